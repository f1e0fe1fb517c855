"""One program, in its own process: reads its job after the fork, runs it, answers on its own channel.

Nothing in here is trusted with a verdict. From the moment the program's first line runs, the channel is the
program's: whatever it writes is only ever a claim about values, which the judge outside compares with expectations
that never come here. What must hold whatever a program does is done before that line: descriptors, root,
limits, capabilities, system call filter.

The answer is a list of lines. The first says whether the program could be loaded, then one per call:
  {"v": value}                                     a call's value (values.py)
  {"e": [type, message, line], "k"?: "memory"|"output"}   an exception, or a limit that showed as one
  {"p": "ok"} | {"p": "unparsable", "e": …} | {"p": "error", "e": …, "k"?}
  {"end": "cpu"}                                   the CPU budget ran out; what was answered before stands
Lines are collected and written once, at the end or when the CPU timer fires. In a stepwise job each is written
as it comes, so that the judge can see which call ended the process.
"""

import _signal  # the module behind `signal`, whose enumerations cost a fresh process a hundred page faults
import atexit
import errno
import os
import resource
import sys

from values import TooLarge, encode, read_json, write_json

FILE = "<program>"
CHANNEL = 3
MEGABYTE = 1 << 20
_MESSAGE = 400


MAGIC = b"JOB1"


def read_frame():
    """A mark, a four-byte length, then JSON. Every byte of the job is read before the program can run."""
    header = _read_exactly(8)
    if header[:4] != MAGIC:
        raise ValueError("a job was expected: something else was left on the channel")
    return read_json(_read_exactly(int.from_bytes(header[4:], "big")).decode())


def _read_exactly(count):
    parts = []
    while count > 0:
        part = os.read(CHANNEL, count)
        if not part:
            os._exit(3)  # the caller hung up
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def set_limits(request):
    """Hard limits of this process. CPU seconds here are the kernel's last word; the timer and the worker come first."""
    seconds = int(request.cpu_seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (request.output_bytes, request.output_bytes))
    _lower(resource.RLIMIT_AS, request.memory_mb * MEGABYTE)
    _lower(resource.RLIMIT_NPROC, 256)


def _lower(name, value):
    try:
        resource.setrlimit(name, (value, value))
    except (ValueError, OSError):  # macOS has no address-space limit, and some containers a lower hard one
        if sys.platform == "linux":
            soft, hard = resource.getrlimit(name)
            if hard == resource.RLIM_INFINITY or hard > value:
                raise
            resource.setrlimit(name, (hard, hard))


def _describe(error):
    """The "e" and "k" of an exception. Reads of a hostile exception object may fail: then its type must do."""
    kind, answer = type(error), {}
    name, message, line = type.__dict__["__name__"].__get__(kind), "", None
    try:
        line = _program_line(BaseException.__traceback__.__get__(error))
        if kind in (SyntaxError, IndentationError, TabError) and error.filename == FILE:
            line, message = error.lineno, error.msg
        else:
            message = str(error)
        if issubclass(kind, MemoryError):
            answer["k"] = "memory"
        elif issubclass(kind, OSError) and error.errno == errno.EFBIG:
            answer["k"] = "output"
    except BaseException:
        pass
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
            text = text[os.write(CHANNEL, text):]


def _arm_cpu_timer(seconds, answers):
    def out_of_time(_signal, _frame):
        answers.pending.append('{"end":"cpu"}')
        answers.flush()
        os._exit(0)

    _signal.signal(_signal.SIGPROF, out_of_time)
    _signal.setitimer(_signal.ITIMER_PROF, seconds)


def _compiled(source, answers):
    try:
        return compile(source[1:] if source[:1] == "\ufeff" else source, FILE, "exec", dont_inherit=True)
    except BaseException as error:
        answers.add(write_json({"p": "unparsable", "e": _describe(error)["e"]}))
        return None


def run_calls(job, request, scope):
    """Style "function": the program once, then each call in order; an exception counts for its own call only."""
    answers = Answers(job["stepwise"], request.output_bytes)
    _arm_cpu_timer(request.cpu_seconds, answers)
    evaluate(job, answers, scope)
    answers.flush()
    return 0


def evaluate(job, answers, scope):
    code = _compiled(job["program"], answers)
    if code is None:
        return
    try:
        exec(code, scope)
    except BaseException as error:
        answers.add(write_json({"p": "error", **_describe(error)}))
        return
    answers.add('{"p":"ok"}')
    for call in job["calls"]:
        try:
            answers.value(eval(compile(call, "<test>", "eval", dont_inherit=True), scope))
        except TooLarge:
            answers.add('{"e":["OutputLimit","the value is larger than the output limit",null],"k":"output"}')
        except BaseException as error:
            answers.add(write_json(_describe(error)))


def run_script(job, request, scope):
    """Style "stdio": the program as a script. Its exit code is the process's; stdout is read outside, from the file."""
    answers = Answers(True, request.output_bytes)
    _arm_cpu_timer(request.cpu_seconds, answers)
    code = _compiled(job["program"], answers)
    if code is None:
        return 0
    try:
        try:
            exec(code, scope)
        finally:
            _finish_script()
    except SystemExit as stop:
        _flush_stdout()
        status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        if status & 0xFF:
            answers.add(write_json({"p": "error", **_describe(stop)}))
        return status & 0xFF
    except BaseException as error:
        answers.add(write_json({"p": "error", **_describe(error)}))
    return 0


def _finish_script():
    """What the interpreter does at its end: wait for threads, run exit hooks, write what is buffered."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    _flush_stdout()


def _flush_stdout():
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
