"""The warm worker: enters the jail, imports what programs use, then forks one throw-away process per program.

It never sees a program, a test or an answer. The caller writes a job on one of the slot channels; the forked child
reads it there and answers there, and the worker only reports that the child and all it started are gone.

  caller to worker, on the control channel:   run SLOT CPU_SECONDS WALL_SECONDS MEMORY_MB OUTPUT_BYTES FILE_BYTES STYLE
                                                  MARK
                                              kill SLOT
  worker to caller:                           {"event": "ready"|"refused", …} once, then per program
                                              slow SLOT, where it is moved to the slow lane, and
                                              done SLOT STATUS CPU_MICROSECONDS KILLED STDOUT_BYTES SEAL
STATUS is the exit code, or minus the signal. KILLED is cpu, wall, disk, caller or "-". After the child's death the worker
writes, on the slot channel, what the program wrote to its stdout (style "stdio"; from file to socket inside the kernel)
and then SEAL, random bytes made after that death: everything before the seal is the child's, and no program can forge
where its answer ends.

usage: worker.py PARENT_PID SLOTS ISOLATION [OPTIONS]; OPTIONS is JSON: {"memoryMb": for the group's limit,
"numpy": the site folder to load it from}. Descriptor 3 is the control channel, 4… are the slots.
"""

import gc
import os
import select
import signal
import sys
import time
import types
from _socket import socketpair
# By name what each program calls: looking into a module costs a fresh process three pages.
from _signal import SIG_DFL, SIGCHLD, SIGUSR1, set_wakeup_fd
from _signal import signal as set_signal
from os import closerange, dup2, set_blocking

from slots import CONTROL, DESCRIPTORS, Request, Slot, send_all, send_file, tell
from values import read_json, write_json

TICK_SECONDS = 0.02
CPU_GRACE_SECONDS = 0.2
# A program that has used this much CPU time leaves the fast lane: it goes on at a lower priority, and another may start.
FAST_CPU_SECONDS = 0.1
SLOW_NICENESS = 5
# Below our own: under `nice` a fixed number would ask for a higher priority, which nobody without rights gets.
OWN_NICENESS = os.getpriority(os.PRIO_PROCESS, 0)
# The wall limit is for programs that wait. One that computes, on a machine too busy to let it, is given up to so many
# times as long: its CPU time decides. Computing is using more than this share of a window of at most a second.
WALL_STRETCH = 10
BUSY_SHARE = 0.01
STACK_BYTES = 64 << 20
THREAD_STACK_BYTES = 8 << 20  # the usual one; it would be the main stack's, and a few threads would fill the memory limit
OWN_MODULES = ("candidate", "values", "slots", "scratch", "kernel", "refusal", "libraries", "landlock", "cgroup",
               "outside", "jail", "fork_tier", "cheap_fork", "large_pages", "seccomp", "packages", "serving", "objects", "handles",
               "reading", "writing", "crossing")
# What all programs have in common.
SAMPLE = {
    "program": "import math\ndef f(a):\n    total = 0\n    for x in a:\n        total += x\n    return [total]\n",
    "calls": ["f([1, 2])", "f('a')"],
    "stepwise": False,
}


def cpu_seconds(pid):
    """The CPU time of a child; the clock's number is derived from the pid (clock_getcpuclockid(3))."""
    if sys.platform != "linux":
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


class Worker:
    def __init__(self, slots, candidate, tier, more_memory_mb=0):
        self.candidate = candidate
        self.slots = [Slot(index, tier) for index in range(slots)]
        self.more_memory_mb = more_memory_mb
        self.running = {}
        self.pending = b""
        self.wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.signal(signal.SIGUSR1, lambda _signal, _frame: os._exit(5))
        self.lock = tier and tier.make_lock()

    def serve(self):
        poll = select.poll()
        poll.register(CONTROL, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        looked = 0.0
        while True:
            events = poll.poll(TICK_SECONDS * 1000 if self.running else None)
            for descriptor, _ in events:
                if descriptor == self.wake:
                    os.read(self.wake, 4096)
                elif not self.read_control():
                    return
            if self.running:
                self.reap()
                now = time.monotonic()
                if now - looked >= TICK_SECONDS:
                    looked = now
                    self.enforce(now)

    def read_control(self):
        try:
            data = os.read(CONTROL, 65536)
        except ConnectionResetError:
            return False  # the caller was killed with something unread
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
        slot.begin(request, time.monotonic())
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
            run = self.candidate.runner(request.style)
            status = run(job, request, sys.modules["__main__"].__dict__)
        except BaseException:
            status = 3  # the program closed or broke what the answer needed
        finally:
            os._exit(status)

    def give_up_everything(self, slot, request):
        """The order matters: the job is read while the channel is ours alone, then every descriptor and right goes."""
        set_wakeup_fd(-1)
        set_signal(SIGCHLD, SIG_DFL)
        set_signal(SIGUSR1, SIG_DFL)
        dup2(slot.channel, CONTROL)
        set_blocking(CONTROL, True)
        job = self.candidate.read_frame(request.mark)
        if request.style == "stdio":
            dup2(slot.stdin, 0)
        request.memory_mb += self.more_memory_mb
        self.candidate.set_limits(request)
        if self.lock:
            self.lock(slot.index)
        else:
            os.setsid()
        dup2(1, 2)
        dup2(slot.stdout, 1)
        closerange(CONTROL + 1, DESCRIPTORS)
        return job

    def kill(self, slot, reason):
        slot.killed = slot.killed or reason
        try:
            os.kill(slot.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def enforce(self, now):
        for pid, slot in self.running.items():
            if slot.killed == "wall":
                self.kill(slot, "wall")
            if slot.killed:
                continue
            request, used = slot.request, cpu_seconds(pid)
            slot.watch(now, used, BUSY_SHARE)
            elapsed = now - slot.started
            if used > request.cpu_seconds + CPU_GRACE_SECONDS:
                self.kill(slot, "cpu")
            elif elapsed > request.wall_seconds * (WALL_STRETCH if slot.busy else 1):
                # One tick to hand in what it has answered, then the end.
                slot.killed = "wall"
                os.kill(pid, signal.SIGPROF)
            elif slot.overflows():
                self.kill(slot, "disk")
            elif used > FAST_CPU_SECONDS and not slot.slow:
                slot.slow = True
                os.setpriority(os.PRIO_PROCESS, pid, min(19, OWN_NICENESS + SLOW_NICENESS))
                tell(f"slow {slot.index}")

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
        slot.rewind()
        slot.clean()


def prepare_interpreter():
    """Everything that programs import most, loaded once; `random` seeded alike for every program."""
    register, os.register_at_fork = os.register_at_fork, lambda **_hooks: None
    import _thread
    import random

    os.register_at_fork = register
    random.seed(0)
    _thread.stack_size(THREAD_STACK_BYTES)
    for name in ("bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "itertools",
                 "math", "operator", "re", "string", "typing", "dataclasses", "cmath", "statistics", "encodings.ascii", "_sitebuiltins"):
        __import__(name)


def become_anonymous(name="__main__"):
    """
    Programs see a fresh `__main__`, no arguments, no environment, and no way back to this package's files. What
    `__name__` is there is decided here and not for each program, to which it then costs nothing.
    """
    import builtins

    builtins.exit, builtins.quit = (sys.modules["_sitebuiltins"].Quitter(word, "Ctrl-D") for word in ("exit", "quit"))
    main = types.ModuleType(name)
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = sys.modules[name] = main  # pickle and dataclasses look classes up by their module's name
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
    program = write_json(SAMPLE)
    for _ in range(20):
        answers = worker.candidate.Answers(False, 1000)
        worker.candidate.evaluate(read_json(program), answers, {"__name__": worker.candidate.MODULE})
        Request(["0", "1", "1", "1", "1", "1", "function", "00"])
    try:
        compile("def f(:\n", "<program>", "exec")
    except SyntaxError:
        pass
    for module in OWN_MODULES:
        sys.modules.pop(module, None)
    gc.collect()
    gc.freeze()


def run_sample(worker):
    """Forks a program like all others, and returns its pid when it has answered; it then waits to be killed."""
    slot, (ours, theirs) = worker.slots[0], socketpair()
    frame = write_json(SAMPLE).encode()
    request = Request(["0", "5", "10", "512", "65536", "65536", "function", "00"])
    send_all(ours.fileno(), request.mark + len(frame).to_bytes(4, "big") + frame)
    channel, slot.channel = slot.channel, theirs.fileno()
    pid = os.fork()
    if pid == 0:
        job = worker.give_up_everything(slot, request)
        worker.candidate.runner(request.style)(job, request, sys.modules["__main__"].__dict__)
        while True:
            time.sleep(60)
    slot.channel = channel
    theirs.close()
    if not os.read(ours.fileno(), 4096):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise OSError("the sample program ended")
    ours.close()
    return pid


def main():
    parent, slots, isolation = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    options = read_json(sys.argv[4]) if len(sys.argv) > 4 else {}
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if hard == resource.RLIM_INFINITY or hard >= STACK_BYTES:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    prepare_interpreter()
    import candidate

    tier, fork, packages, more_memory_mb = None, None, [], 0
    try:
        if options.get("numpy"):
            from packages import address_space_mb, load_numpy

            before = address_space_mb()
            packages = load_numpy(options["numpy"])
            more_memory_mb = address_space_mb() - before
        if isolation != "unsafe":
            if sys.platform != "linux":
                raise OSError("this tier is made of Linux system calls; this is " + sys.platform)
            if isolation == "strict":
                from jail import enter
            else:
                from fork_tier import enter
            memory_mb = options.get("memoryMb", 512) + more_memory_mb
            tier = enter(slots, lambda: os.getppid() != parent, memory_mb, packages)
            candidate.PROCESSES, fork = tier.processes, tier.fork
        elif sys.platform == "linux":
            from cheap_fork import CheapFork

            fork = CheapFork()
        become_anonymous(candidate.MODULE)
        worker = Worker(slots, candidate, tier, more_memory_mb)
        warm_up(worker)
        hot_pages = fork.prepare(lambda: run_sample(worker)) if fork else 0
        if tier:
            tier.seal()
    except Exception as error:
        refusal = {"step": getattr(error, "step", "start"), "error": str(getattr(error, "error", error)),
                   "fix": getattr(error, "fix", "")}
        tell(write_json({"event": "refused", **refusal}))
        os._exit(4)
    layers = tier.report if tier else {"cgroup": "none", "memoryFile": "", "landlock": 0}
    tell(write_json({"event": "ready", "python": sys.version.split()[0], "hotPages": hot_pages, **layers}))
    worker.serve()
    os._exit(0)


if __name__ == "__main__":
    main()
