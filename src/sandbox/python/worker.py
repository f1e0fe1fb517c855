"""The warm worker: enters the jail, imports what programs use, then forks one throw-away process per program.

It never sees a program, a test or an answer. The caller writes a job on one of the slot channels; the forked child
reads it there and answers there, and the worker only reports that the child and all it started are gone.

  caller to worker, on the control channel:   run SLOT CPU_SECONDS WALL_SECONDS MEMORY_MB OUTPUT_BYTES STYLE
                                              kill SLOT
  worker to caller:                           {"event": "ready"|"refused", …} once, then per program
                                              done SLOT STATUS CPU_MICROSECONDS KILLED STDOUT_BYTES SEAL
STATUS is the exit code, or minus the signal. KILLED is cpu, wall, caller or "-". After the child's death the worker
writes, on the slot channel, what the program wrote to its stdout (style "stdio"; from file to socket inside the kernel)
and then SEAL, random bytes made after that death: everything before the seal is the child's, and no program can forge
where its answer ends.

usage: worker.py PARENT_PID SLOTS ISOLATION; descriptor 3 is the control channel, 4… are the slots.
"""

import _signal
import gc
import os
import select
import signal
import sys
import time
import types

from slots import CONTROL, Request, Slot, send_all, send_file, tell
from values import read_json, write_json

TICK_SECONDS = 0.02
CPU_GRACE_SECONDS = 0.2
STACK_BYTES = 64 << 20


def cpu_seconds(pid):
    """The CPU time of a child; the clock's number is derived from the pid (clock_getcpuclockid(3))."""
    if sys.platform != "linux":
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


class Worker:
    def __init__(self, slots, candidate, make_lock):
        self.candidate = candidate
        self.slots = [Slot(index, make_lock is not None) for index in range(slots)]
        self.running = {}
        self.pending = b""
        self.wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.signal(signal.SIGUSR1, lambda _signal, _frame: os._exit(5))
        self.lock = make_lock and make_lock()

    def serve(self):
        poll = select.poll()
        poll.register(CONTROL, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            events = poll.poll(TICK_SECONDS * 1000 if self.running else None)
            for descriptor, _ in events:
                if descriptor == self.wake:
                    os.read(self.wake, 4096)
                elif not self.read_control():
                    return
            if self.running:
                self.reap()
                self.enforce()

    def read_control(self):
        data = os.read(CONTROL, 65536)
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            word, *words = line.decode().split(" ")
            if word == "run":
                self.start(Request(words))
            elif self.slots[int(words[0])].pid:
                self.kill(self.slots[int(words[0])], "caller")
        return bool(data)

    def start(self, request):
        slot = self.slots[request.slot]
        slot.request, slot.killed, slot.started = request, None, time.monotonic()
        pid = os.fork()
        if pid == 0:
            self.become_program(slot, request)
        slot.pid = pid
        self.running[pid] = slot

    def become_program(self, slot, request):
        """In the child, and never back. A failure before the program runs is the sandbox's: it ends the worker."""
        status = 3
        try:
            job = self.give_up_everything(slot, request)
        except BaseException as error:
            tell(f"fault {type(error).__name__}: {error}", descriptor=2)
            os.kill(os.getppid(), signal.SIGUSR1)
            os._exit(status)
        try:
            run = self.candidate.run_script if request.style == "stdio" else self.candidate.run_calls
            status = run(job, request, sys.modules["__main__"].__dict__)
        except BaseException:
            status = 3  # the program closed or broke what the answer needed
        finally:
            os._exit(status)

    def give_up_everything(self, slot, request):
        """The order matters: the job is read while the channel is ours alone, then every descriptor and right goes."""
        _signal.set_wakeup_fd(-1)
        _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
        _signal.signal(_signal.SIGUSR1, _signal.SIG_DFL)
        os.dup2(slot.channel, CONTROL)
        os.set_blocking(CONTROL, True)
        job = self.candidate.read_frame()
        if request.style == "stdio":
            # Before the file-size limit: input may be larger than what a program may write.
            send_all(slot.stdin, job["stdin"].encode("utf-8", "surrogateescape"))
            os.lseek(slot.stdin, 0, os.SEEK_SET)
            os.dup2(slot.stdin, 0)
        self.candidate.set_limits(request)
        if self.lock:
            self.lock(slot.root)
        else:
            os.setsid()
        os.dup2(1, 2)
        os.dup2(slot.stdout, 1)
        os.closerange(CONTROL + 1, 64)
        return job

    def kill(self, slot, reason):
        slot.killed = slot.killed or reason
        try:
            os.kill(slot.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def enforce(self):
        now = time.monotonic()
        for pid, slot in self.running.items():
            if slot.killed == "wall":
                self.kill(slot, "wall")
            if slot.killed:
                continue
            elapsed, request = now - slot.started, slot.request
            if elapsed > request.wall_seconds:
                # One tick to hand in what it has answered, then the end.
                slot.killed = "wall"
                os.kill(pid, signal.SIGPROF)
            elif elapsed > request.cpu_seconds and cpu_seconds(pid) > request.cpu_seconds + CPU_GRACE_SECONDS:
                self.kill(slot, "cpu")

    def reap(self):
        while self.running:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            slot = self.running.pop(pid, None)
            if slot is not None:
                self.report(slot, pid, os.waitstatus_to_exitcode(status), usage)

    def report(self, slot, pid, status, usage):
        if not self.lock:
            try:
                os.killpg(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        slot.pid = None
        size = os.fstat(slot.stdout).st_size
        sent = min(size, slot.request.output_bytes) if slot.request.style == "stdio" else 0
        seal = os.urandom(16)
        cpu = int((usage.ru_utime + usage.ru_stime) * 1e6)
        tell(f"done {slot.request.slot} {status} {cpu} {slot.killed or '-'} {sent} {seal.hex()}")
        os.set_blocking(slot.channel, True)
        send_file(slot.channel, slot.stdout, sent)
        send_all(slot.channel, seal)
        for file in (slot.stdin, slot.stdout):
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
        slot.clean()


def prepare_interpreter():
    """Everything that programs import most, loaded once; `random` seeded alike for every program."""
    register, os.register_at_fork = os.register_at_fork, lambda **_hooks: None
    import random

    os.register_at_fork = register
    random.seed(0)
    for name in ("bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "itertools",
                 "math", "operator", "re", "string", "typing", "dataclasses", "cmath", "statistics", "encodings.ascii", "_sitebuiltins"):
        __import__(name)


def become_anonymous():
    """Programs see a fresh `__main__`, no arguments, no environment, and no way back to this package's files."""
    import builtins

    builtins.exit, builtins.quit = (sys.modules["_sitebuiltins"].Quitter(name, "Ctrl-D") for name in ("exit", "quit"))
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.argv[:] = [""]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = []
    os.environ.clear()
    sys.path_importer_cache.pop(sys.path.pop(0), None)  # this folder, as Python put it there


def warm_up(worker):
    """
    A program, some twenty times, in this process: the interpreter rewrites the byte code of what runs often and makes
    some types on first use, and what is done here is shared by every child instead of copied.
    """
    source = "import math\ndef f(a):\n    total = 0\n    for x in a:\n        total += x\n    return [total]\n"
    program = write_json({"program": source, "calls": ["f([1, 2])", "f('a')"], "stepwise": False})
    for _ in range(20):
        answers = worker.candidate.Answers(False, 1000)
        worker.candidate.evaluate(read_json(program), answers, {"__name__": "__main__"})
        Request(["0", "1", "1", "1", "1", "function"])
    try:
        compile("def f(:\n", "<program>", "exec")
    except SyntaxError:
        pass
    for module in ("candidate", "values", "slots", "kernel", "jail", "seccomp"):
        sys.modules.pop(module, None)
    gc.collect()
    gc.freeze()


def main():
    parent, slots, isolation = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if hard == resource.RLIM_INFINITY or hard >= STACK_BYTES:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    prepare_interpreter()
    import candidate

    make_lock = None
    try:
        if isolation == "jail":
            if sys.platform != "linux":
                raise OSError("the jail is made of Linux namespaces; this is " + sys.platform)
            import jail

            jail.enter(slots, lambda: os.getppid() != parent)
            make_lock = jail.program_lock
        become_anonymous()
        worker = Worker(slots, candidate, make_lock)
    except Exception as error:
        refusal = {"step": getattr(error, "step", "start"), "error": str(getattr(error, "error", error)),
                   "fix": getattr(error, "fix", "")}
        tell(write_json({"event": "refused", **refusal}))
        os._exit(4)
    warm_up(worker)
    tell(write_json({"event": "ready", "python": sys.version.split()[0]}))
    worker.serve()
    os._exit(0)


if __name__ == "__main__":
    main()
