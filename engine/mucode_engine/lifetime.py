"""Nothing outlives the process that asked for it: Linux kills us when our parent dies, however it died."""

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends; `parent` is the pid it had when we were started."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request took effect
        os._exit(1)


def kill_group(pid: int) -> None:
    """SIGKILL a job and everything it started: each job leads a session and so a process group."""
    for kill in (os.killpg, os.kill):  # the group exists only once the child has called setsid
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
