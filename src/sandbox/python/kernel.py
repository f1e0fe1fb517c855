"""Direct system calls through ctypes: what the jail needs and Python's standard library has no name for.

No package and no setuid helper is needed; every failure is an OSError that names the call.
"""

import ctypes
import os
import platform

LIBC = ctypes.PyDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

MACHINE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
    platform.machine().lower(), platform.machine()
)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_NOATIME, MS_NODIRATIME = 32, 1024, 2048
MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 4096, 16384, 1 << 18, 1 << 21
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 8, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36

CAP_SYS_CHROOT = 18

# The same on every machine.
_NEW = {"io_uring_setup": 425, "io_uring_register": 427,
        "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446}
_NUMBERS = {
    "x86_64": {"clone": 56, "capset": 126, "pivot_root": 155, "seccomp": 317, **_NEW},
    "aarch64": {"clone": 220, "capset": 91, "pivot_root": 41, "seccomp": 277, **_NEW},
}


def check(result, call):
    """The result of a libc call, or the OSError that errno stands for."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def numbers(name):
    return _NUMBERS[MACHINE][name]


def syscall(name, *arguments):
    number = _NUMBERS[MACHINE][name]
    return check(LIBC.syscall(number, *arguments), name)


def clone(flags):
    """fork() into new namespaces; returns 0 in the child. Python is told, as os.fork would tell it."""
    ctypes.pythonapi.PyOS_BeforeFork()
    signal_to_parent = 17  # SIGCHLD
    pid = LIBC.syscall(_NUMBERS[MACHINE]["clone"], ctypes.c_ulong(flags | signal_to_parent), None, None, None, None)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    return check(pid, "clone")


def prctl(option, *arguments):
    padded = (list(arguments) + [0, 0, 0, 0])[:4]
    return check(LIBC.prctl(option, *(ctypes.c_ulong(a) for a in padded)), f"prctl({option})")


def mount(source, target, kind, flags, options=""):
    encoded = [None if text is None else text.encode() for text in (source, target, kind)]
    result = LIBC.mount(*encoded, ctypes.c_ulong(flags), options.encode())
    check(result, f"mount {target}")


def unmount(target):
    check(LIBC.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def capability_setter(*kept):
    """A function that leaves the process with the capabilities given and no others. Prepared once: it runs per program."""
    mask = sum(1 << capability for capability in kept)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    data = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)  # effective, permitted, inheritable; low then high words
    number, call = _NUMBERS[MACHINE]["capset"], LIBC.syscall

    def set_capabilities():
        check(call(number, header, data), "capset")

    return set_capabilities
