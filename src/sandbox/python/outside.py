"""The worker's outermost process: stays outside its jail, ends with the caller, and cleans up after the worker.

It hears of the caller's death and ends the worker; the worker is killed with it. What it can't clean up because it was
killed itself, the next start sweeps.
"""

import os
import resource
import signal

import cgroup
import kernel

WORKER_MB, SLOT_MB = 256, 32  # the warm interpreter; what a slot holds beside its program's memory
PROGRAM_THREADS = 256


def follow_parent(parent_died):
    """Die with the parent; it may have died before this."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    if parent_died():
        os._exit(0)


def clean_up_after_parent(parent_died, clean_up):
    """From now on, what this process has made goes with the parent; until wait() takes over."""

    def end(_signal, _frame):
        clean_up()
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent_died():
        end(None, None)


def make_group(slots, memory_mb):
    """The group's limit is what all slots together may use, and the worker itself."""
    return cgroup.make((slots * (memory_mb + SLOT_MB) + WORKER_MB) << 20, slots * PROGRAM_THREADS + 16)


def attach(group, pid):
    """The version of the group that the process is in now. A group that can't take it is no reason to refuse: it says so."""
    try:
        group.add(pid)
        return group.version
    except OSError:
        group.remove(0)
        return "none"


def wait(pid, group, scratch=None):
    """Never returns. Holds nothing open but the scratch folder's lock, so that the worker sees the caller hang up."""
    caller, lock = os.getppid(), scratch.lock if scratch else None
    signal.signal(signal.SIGTERM, lambda _signal, _frame: os.kill(pid, signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    for descriptor in range(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        if descriptor != lock:
            _close(descriptor)
    if os.getppid() != caller:
        os.kill(pid, signal.SIGKILL)
    # The worker may end first, by the caller's hanging up, and the caller's death come while this cleans up: from the
    # moment that its process id can be another's, nobody kills it.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _, status = os.waitpid(pid, 0)
    _bury_orphans()
    group.remove()
    if scratch:
        scratch.remove()
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _bury_orphans():
    """Programs that outlived the worker for a moment come to this process, a subreaper; all of them have been killed."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass
