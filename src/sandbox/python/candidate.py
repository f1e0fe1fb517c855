"""One program, in its own process: reads its job after the fork, runs it, answers on its own channel.

Nothing in here is trusted with a verdict. From the moment the program's first line runs, the channel is the
program's: whatever it writes is only ever a claim about values, which the judge outside compares with expectations
that never come here. What must hold whatever a program does is done before that line: descriptors, root,
limits, capabilities, system call filter.

The answer is a list of lines. The first says whether the program could be loaded, then one per call:
  {"v": value}                                     a call's value (values.py)
  {"e": [type, message, line], "k"?: "memory"|"output"}   an exception, or a limit that showed as one
  {"p": "ok"} | {"p": "unparsable", "e": …} | {"p": "error", "e": …, "k"?}
  {"c": null | {"e": …, "k"?}, "end": bytes}       a script's end, and where its stdout ends in the file
  {"end": "cpu"}                                   the CPU budget ran out; what was answered before stands
Lines are collected and written once, at the end or when the CPU timer fires. In a stepwise job each is written
as it comes, so that the judge can see which call ended the process.
"""

import atexit
import builtins
import errno
import io
import os
import random
import resource
import sys

import serving
# By name what each program calls: looking into a module costs a fresh process three pages. And from _signal, because the
# enumerations of `signal` cost it a hundred.
from _signal import ITIMER_PROF, SIGPROF, setitimer
from _signal import signal as set_signal
from os import read, write
from resource import RLIMIT_AS, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NPROC, setrlimit
from values import TooLarge, encode, read_json, write_json

FILE = "<program>"
# What a program that is called finds in __name__: a main guard is for scripts, and graders that use exec() skip it.
MODULE = "__program__"
CHANNEL = 3
MEGABYTE = 1 << 20
PROCESSES = 256  # threads of all programs of a worker, or of their user, as the tier counts
_MESSAGE = 400


_THIS = sys.modules[__name__]


def read_frame(mark):
    """The visit's mark, a four-byte length, then JSON. Every byte of the job is read before the program can run."""
    header = read_exactly(len(mark))
    if header != mark:
        _skip_to(header, mark)
    return read_json(read_exactly(int.from_bytes(read_exactly(4), "big")).decode())


def _skip_to(header, mark):
    """Past what an earlier process of this slot was told and did not read. One buffer, so that none of it stays here."""
    window, byte = bytearray(header), bytearray(1)
    while window != mark:
        if os.readv(CHANNEL, [byte]) == 0:
            os._exit(3)
        del window[0]
        window += byte


def read_exactly(count):
    parts = []
    while count > 0:
        part = read(CHANNEL, count)
        if not part:
            os._exit(3)  # the caller hung up
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def runner(style):
    """What runs a job of that style."""
    if style == "serve":
        return lambda job, request, scope: serving.serve(_THIS, job, request, scope)
    return run_scripts if style == "stdio" else run_calls


def set_limits(request):
    """Hard limits of this process. CPU seconds here are the kernel's last word; the timer and the worker come first."""
    seconds = int(request.cpu_seconds) + 2
    setrlimit(RLIMIT_CPU, (seconds, seconds))
    setrlimit(RLIMIT_FSIZE, (request.output_bytes, max(request.output_bytes, request.file_bytes)))
    _lower(RLIMIT_AS, request.memory_mb * MEGABYTE)
    _lower(RLIMIT_NPROC, PROCESSES)


def _lower(name, value):
    try:
        setrlimit(name, (value, value))
    except (ValueError, OSError):  # macOS has no address-space limit, and some containers a lower hard one
        if sys.platform == "linux":
            soft, hard = resource.getrlimit(name)
            if hard == resource.RLIM_INFINITY or hard > value:
                raise
            setrlimit(name, (hard, hard))


def describe(error):
    """The "e" and "k" of an exception. Reads of a hostile exception object may fail: then its type must do."""
    kind, answer = type(error), {}
    name, message, line = type.__dict__["__name__"].__get__(kind), "", None
    try:
        line = _program_line(BaseException.__traceback__.__get__(error))
        if kind in (SyntaxError, IndentationError, TabError) and error.filename == FILE:
            line, message = error.lineno, error.msg
        else:
            message = str.replace(str(error), MODULE, "__main__")  # as a reader knows a program's classes
        if issubclass(kind, MemoryError):
            answer["k"] = "memory"
        elif issubclass(kind, OSError) and error.errno == errno.EFBIG:
            answer["k"] = "output"
    except BaseException:
        pass
    if str.__len__(message) > _MESSAGE:  # its last lines say most
        message = str.__getitem__(message, slice(0, _MESSAGE // 2)) + "…" + str.__getitem__(message, slice(1 - _MESSAGE // 2, None))
    return {"e": [str.__getitem__(name, slice(0, 80)), str.__getitem__(message, slice(0, _MESSAGE)), line], **answer}


def _program_line(trace):
    """The line of the innermost frame that runs the program's own source."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Answers:
    """The lines on their way out."""

    def __init__(self, stepwise, limit):
        self.pending, self.stepwise, self.budget = [], stepwise, limit

    def add(self, line):
        self.pending.append(line)
        if self.stepwise:
            self.flush()

    def value(self, value):
        text = encode(value, self.budget)
        self.budget -= len(text)
        self.add('{"v":' + text + "}")

    def flush(self):
        text, self.pending = "\n".join([*self.pending, ""]).encode(), []
        while text:
            text = text[write(CHANNEL, text):]


def _arm_cpu_timer(seconds, answers):
    def out_of_time(_signal, _frame):
        answers.pending.append('{"end":"cpu"}')
        answers.flush()
        os._exit(0)

    set_signal(SIGPROF, out_of_time)
    setitimer(ITIMER_PROF, seconds)


def _compiled(source, answers):
    try:
        return compile(source[1:] if source[:1] == "\ufeff" else source, FILE, "exec", dont_inherit=True)
    except BaseException as error:
        answers.add(write_json({"p": "unparsable", "e": describe(error)["e"]}))
        return None


def run_calls(job, request, scope):
    """Style "function": the program once, then each call in order; an exception counts for its own call only."""
    answers = Answers(job["stepwise"], request.output_bytes)
    _arm_cpu_timer(request.cpu_seconds, answers)
    evaluate(job, answers, scope)
    answers.flush()
    return 0


def load(program, answers, scope):
    """Runs the program's own lines and answers whether that went well."""
    code = _compiled(program, answers)
    if code is None:
        return False
    try:
        exec(code, scope)
    except BaseException as error:
        answers.add(write_json({"p": "error", **describe(error)}))
        return False
    answers.add('{"p":"ok"}')
    return True


def evaluate(job, answers, scope):
    if not load(job["program"], answers, scope):
        return
    for call in job["calls"]:
        try:
            answers.value(eval(compile(call, "<test>", "eval", dont_inherit=True), scope))
        except TooLarge:
            answers.add('{"e":["OutputLimit","the value is larger than the output limit",null],"k":"output"}')
        except BaseException as error:
            answers.add(write_json(describe(error)))


def run_scripts(job, request, _scope):
    """
    Style "stdio": the program as a script, once per stdin, each time as a new `__main__` with the streams new. Time is
    for all of them together. What each wrote to stdout is read outside, from the file, up to where its line says.
    """
    answers = Answers(True, request.output_bytes)
    _arm_cpu_timer(request.cpu_seconds, answers)
    code = _compiled(job["program"], answers)
    if code is None:
        return 0
    answers.add('{"p":"ok"}')
    give_stdin_a_path()
    share = request.output_bytes // len(job["stdins"])
    for stdin in job["stdins"]:
        if not _begin_case(stdin.encode("utf-8", "surrogateescape"), share, request):
            return 3
        end = _run_case(code)
        try:
            written = os.lseek(1, 0, os.SEEK_CUR)
        except OSError:
            return 0  # it closed its stdout: the process ends as if the script had ended it
        answers.add(write_json({"c": end, "end": written}))
    return 0


def give_stdin_a_path():
    """
    `open("/dev/stdin")`, as programs for contests write it, gives the program's stdin. A real file of that name leads through
    /proc, which the jail has not, so Python's `open` knows this one path. As from a pipe, what was read is gone.
    """
    opened = builtins.open

    def open(file, *arguments, **named):
        if file == "/dev/stdin":
            file, named = 0, {**named, "closefd": False}
        return opened(file, *arguments, **named)

    builtins.open = io.open = open


def _begin_case(stdin, share, request):
    """A new stdin and stdout, on descriptors 0 and 1; False where the case before broke those."""
    try:
        random.seed(0)  # each case draws what it would draw alone
        written = os.lseek(1, 0, os.SEEK_CUR)
        # The soft limit is for files that the program writes; its input may be larger.
        setrlimit(RLIMIT_FSIZE, (request.file_bytes, request.file_bytes))
        os.lseek(0, 0, os.SEEK_SET)
        os.ftruncate(0, 0)
        view = memoryview(stdin)
        while view:
            view = view[write(0, view):]
        os.lseek(0, 0, os.SEEK_SET)
        setrlimit(RLIMIT_FSIZE, (min(written + share, request.file_bytes), request.file_bytes))
        sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
        sys.__stdin__, sys.__stdout__ = sys.stdin, sys.stdout
    except (OSError, ValueError):
        return False
    return True


def _run_case(code):
    """null where the script ended well, else how it ended."""
    main = type(sys)("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    end = _end_of(exec, code, main.__dict__)
    return _end_of(_finish_script) or end


def _end_of(run, *arguments):
    try:
        run(*arguments)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        return describe(stop) if status & 0xFF else None
    except BaseException as error:
        return describe(error)
    return None


def _finish_script():
    """
    What the interpreter does at its end: wait for threads, run exit hooks, write what is buffered, put the first streams
    back, let the program's objects go, and write what those have still printed.
    """
    threading = sys.modules.get("threading")
    if threading is not None:
        # Thread pools end their idle workers there; and then take no more work, which the next case must be able to give.
        for end in reversed(getattr(threading, "_threading_atexits", [])):
            end()
        pools = sys.modules.get("concurrent.futures.thread")
        if pools is not None:
            pools._shutdown = False
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    atexit._run_exitfuncs()
    try:
        _flush(sys.stdout)  # while the program's names are there: a stream of its own needs them
    finally:
        sys.stdin, sys.stdout = sys.__stdin__, sys.__stdout__
        sys.modules["__main__"].__dict__.clear()  # finalizers may still print
        try:
            _flush(sys.__stdout__)
        except ValueError:
            pass  # it may have been detached


def _flush(stream):
    """What a program put in the place of stdout may be no whole stream."""
    if stream is not None and not _is_closed(stream):
        stream.flush()


def _is_closed(stream):
    try:
        return stream.closed
    except (AttributeError, ValueError):
        return False
