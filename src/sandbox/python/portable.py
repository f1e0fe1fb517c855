"""Python in WebAssembly: what stands in Pyodide for worker.py, around the same candidate.py and values.py.

The interpreter is made ready once; then portable-engine.mjs takes an image of its whole memory. Each program starts in
that image and the image is put back after it, so that a program is what a forked process is in the jail. The channel
(descriptor 3), stdin and stdout are the engine's. Nothing in here is trusted with a verdict.
"""

import builtins
import gc
import os
import select
import sys
import types

import _signal

MODULES = ("bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "itertools", "math",
           "operator", "random", "re", "string", "typing", "dataclasses", "cmath", "statistics", "tempfile", "json", "time",
           "encodings.ascii", "_sitebuiltins", "atexit", "select", "asyncio")


class Request:
    """What candidate.py wants to know of a visit."""

    def __init__(self, job):
        limits = job["limits"]
        self.style = job["style"]
        self.cpu_seconds, self.output_bytes = limits["cpuSeconds"], int(limits["outputBytes"])


def prepare():
    """Before the snapshot that later interpreters start from."""
    for name in MODULES:
        __import__(name)
    # Processes have no limits here that could be set from inside, and no timer: the engine rings instead.
    none = sys.modules["resource"] = types.ModuleType("resource")
    none.setrlimit = none.RLIMIT_AS = none.RLIMIT_CPU = none.RLIMIT_FSIZE = none.RLIMIT_NPROC = None
    _signal.setitimer = _signal.ITIMER_PROF = None
    import candidate

    del sys.modules["resource"], _signal.setitimer, _signal.ITIMER_PROF
    candidate._arm_cpu_timer = _listen_for_the_alarm


def _listen_for_the_alarm(_seconds, answers):
    def out_of_time(_signal, _frame):
        answers.pending.append('{"end":"cpu"}')
        answers.flush()
        os._exit(0)

    _signal.signal(_signal.SIGPROF, out_of_time)


def become_anonymous():
    """Programs see a fresh `__main__`, no environment, no way to JavaScript by name, and nothing of this package."""
    import random
    import time

    import candidate
    from values import read_json, write_json

    random.seed(0)
    time.sleep = _sleep
    _use_plain_event_loop()
    sys.modules["_ctypes"] = None  # foreign functions would be JavaScript's: `import ctypes` fails as where it is missing
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    builtins.exit, builtins.quit = (sys.modules["_sitebuiltins"].Quitter(name, "Ctrl-D") for name in ("exit", "quit"))
    sys.meta_path[:] = [finder for finder in sys.meta_path if "pyodide" not in type(finder).__module__
                        and "pyodide" not in getattr(finder, "__module__", "")]
    hidden = ("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core", "candidate", "values", "portable", "serving",
              "objects", "handles", "reading", "writing", "crossing")
    for name in [name for name in sys.modules if name.split(".")[0] in hidden]:
        del sys.modules[name]
    main = types.ModuleType(candidate.MODULE)
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = sys.modules[candidate.MODULE] = main
    sys.argv[:] = [""]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = []
    sys.path[:] = [path for path in sys.path if path.startswith("/lib/python")]
    sys.path_importer_cache.clear()
    os.environ.clear()
    os.chdir("/tmp")
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = open(("stdin", "stdout", "stderr").index(name), mode, encoding="utf-8", closefd=False,
                      errors="surrogateescape" if name == "stdin" else "backslashreplace" if name == "stderr" else "strict")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    _warm_up(candidate, read_json, write_json)
    gc.collect()
    gc.freeze()

    def run_script(job, request, _scope):
        """One case a program: its stdout, all of it, is the engine's to tell."""
        answers = candidate.Answers(True, request.output_bytes)
        candidate._arm_cpu_timer(request.cpu_seconds, answers)
        code = candidate._compiled(job["program"], answers)
        if code is not None:
            answers.add('{"p":"ok"}')
            candidate.give_stdin_a_path()
            answers.add(write_json({"c": candidate._run_case(code), "end": None}))
        return 0

    def visit():
        job = candidate.read_frame(b"JOB1")
        status = 3
        try:
            run = run_script if job["style"] == "stdio" else candidate.run_calls
            status = run(job, Request(job), main.__dict__)
        except BaseException:
            status = 3  # the program closed or broke what the answer needed
        finally:
            os._exit(status)

    return visit


def _use_plain_event_loop():
    """asyncio without sockets or JavaScript: callbacks and timers, which is what a program alone can have."""
    import asyncio

    class Waits:
        def select(self, timeout):
            if timeout:
                _sleep(timeout)
            return []

    class Loop(asyncio.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = Waits()

        def _process_events(self, _events):
            pass

        def _write_to_self(self):
            pass

    class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
        _loop_factory = Loop

    asyncio.events._set_event_loop_policy(Policy())
    asyncio.events._set_running_loop(None)
    asyncio.run = asyncio.runners.run


def _sleep(seconds, _select=select.select):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _select([], [], [], seconds)


def _warm_up(candidate, read_json, write_json):
    """The interpreter rewrites the byte code of what runs often: once here instead of once in every program."""
    source = "import math\ndef f(a):\n    total = 0\n    for x in a:\n        total += x\n    return [total]\n"
    program = write_json({"program": source, "calls": ["f([1, 2])", "f('a')"], "stepwise": False})
    for _ in range(20):
        answers = candidate.Answers(False, 1000)
        candidate.evaluate(read_json(program), answers, {"__name__": candidate.MODULE})
    try:
        compile("def f(:\n", "<program>", "exec")
    except SyntaxError:
        pass
