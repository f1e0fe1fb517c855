"""System call filters: an allow-list for the worker, and a small one more for each program.

The large filter is installed once, on the warm worker, and inherited. What the worker itself must still do for the
next program (fork, chroot, drop capabilities, signal its children) is taken away from the program by a second filter
of some twenty instructions, because the kernel's price of installing a filter grows with its length.
Calls that are refused answer EPERM; those whose callers have a fallback answer ENOSYS. Another architecture's
calls (i386, x32) end the process.
"""

import ctypes
import errno
import struct

from kernel import LIBC, MACHINE, PR_SET_NO_NEW_PRIVS, check, prctl, syscall

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_CLONE_THREAD = 0x00010000
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag

# Name: (x86_64, aarch64); None where the architecture has no such call.
_CALLS = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226),
    "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66),
    "sched_yield": (24, 124), "mremap": (25, 216), "msync": (26, 227), "madvise": (28, 233), "dup": (32, 23),
    "nanosleep": (35, 101), "getitimer": (36, 102), "setitimer": (38, 103), "getpid": (39, 172), "exit": (60, 93),
    "uname": (63, 160), "flock": (73, 32), "fsync": (74, 82), "fdatasync": (75, 83), "truncate": (76, 45),
    "ftruncate": (77, 46), "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50), "fchmod": (91, 52),
    "umask": (95, 166), "gettimeofday": (96, 169), "getrlimit": (97, 163), "getrusage": (98, 165),
    "sysinfo": (99, 179), "times": (100, 153), "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175),
    "getegid": (108, 177), "getppid": (110, 173), "getgroups": (115, 158), "getresuid": (118, 148),
    "getresgid": (120, 150), "getpgid": (121, 155), "getsid": (124, 156), "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132), "statfs": (137, 43),
    "fstatfs": (138, 44), "gettid": (186, 178), "futex": (202, 98), "sched_getaffinity": (204, 123),
    "getdents64": (217, 61), "set_tid_address": (218, 96), "fadvise64": (221, 223), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94), "epoll_ctl": (233, 21),
    "openat": (257, 56), "mkdirat": (258, 34), "newfstatat": (262, 79), "fstat": (5, 80), "unlinkat": (263, 35),
    "renameat": (264, 38), "linkat": (265, 37), "symlinkat": (266, 36), "readlinkat": (267, 78),
    "fchmodat": (268, 53), "faccessat": (269, 48), "pselect6": (270, 72), "ppoll": (271, 73),
    "set_robust_list": (273, 99), "utimensat": (280, 88), "epoll_pwait": (281, 22), "fallocate": (285, 47),
    "eventfd2": (290, 19), "epoll_create1": (291, 20), "dup3": (292, 24), "pipe2": (293, 59), "preadv": (295, 69),
    "pwritev": (296, 70), "getcpu": (309, 168), "renameat2": (316, 276), "getrandom": (318, 278),
    "membarrier": (324, 283), "statx": (332, 291), "rseq": (334, 293), "close_range": (436, 436),
    "faccessat2": (439, 439), "sendfile": (40, 71), "getsockname": (51, 204), "getpeername": (52, 205),
    "getsockopt": (55, 209), "recvfrom": (45, 207), "restart_syscall": (219, 128),
    "sched_getparam": (143, 121), "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    # Calls of x86_64 that newer architectures express through the ones above.
    "open": (2, None), "stat": (4, None), "lstat": (6, None), "poll": (7, None), "access": (21, None),
    "pipe": (22, None), "select": (23, None), "dup2": (33, None), "pause": (34, None), "alarm": (37, None),
    "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None), "creat": (85, None), "link": (86, None),
    "unlink": (87, None), "symlink": (88, None), "readlink": (89, None), "chmod": (90, None), "getpgrp": (111, None),
    "time": (201, None), "epoll_create": (213, None), "epoll_wait": (232, None), "utimes": (235, None),
    "eventfd": (284, None), "epoll_pwait2": (441, 441),
}
_WORKER_ONLY = {"wait4": (61, 260), "chroot": (161, 51), "capset": (126, 91), "seccomp": (317, 277),
                 "landlock_restrict_self": (446, 446), "setpriority": (141, 140)}
_MISSING = {"clone3": (435, 435), "openat2": (437, 437), "memfd_create": (319, 279)}  # ENOSYS: callers fall back
_SPECIAL = {
    "clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "prctl": (157, 167),
    "ioctl": (16, 29), "fcntl": (72, 25), "socketpair": (53, 199), "fork": (57, None), "vfork": (58, None),
    "sendto": (44, 206),
}
# In a file system that is not a program's own: what Landlock does not cover. Owners may change modes of any file.
_MODES = ("chmod", "fchmod", "fchmodat", "utimensat", "utimes", "truncate")
# And where there is no Landlock, whatever would write to it.
_CHANGES = ("creat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
            "linkat", "symlink", "symlinkat")
_WRITING = 0o1103  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
# isatty, terminal size, close-on-exec, bytes waiting, non-blocking. Nothing that sets an owner to be signalled.
_IOCTLS = (0x5401, 0x5413, 0x5450, 0x5451, 0x541B, 0x5421)
# Duplicate, descriptor flags, status flags, file locks. No F_SETOWN, F_SETSIG, F_SETLEASE, F_NOTIFY or seals.
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)
_PR_SET_NAME, _PR_GET_NAME, _AF_UNIX = 15, 16, 1

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH = 0, 4


def _argument(index):
    return 16 + 8 * index  # the low 32 bits; both architectures are little-endian


def _numbers(table):
    column = 0 if MACHINE == "x86_64" else 1
    return {name: pair[column] for name, pair in table.items() if pair[column] is not None}


def _step(code, value, if_true=0, if_false=0):
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _refuse(number):
    return _step(_RETURN, _ERRNO | number)


def _when(number, *steps):
    """`steps` for one system call; all of them end with a return."""
    return [_step(_EQUAL, number, 0, len(steps)), *steps]


def _only(argument, values):
    """Allow where the argument is one of the values, else EPERM."""
    tests = [_step(_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [_step(_LOAD, _argument(argument)), *tests, _refuse(errno.EPERM), _step(_RETURN, _ALLOW)]


def _prologue():
    steps = [_step(_LOAD, _ARCH), _step(_EQUAL, _ARCHITECTURE[MACHINE], 1, 0), _step(_RETURN, _KILL), _step(_LOAD, _NUMBER)]
    if MACHINE == "x86_64":
        steps += [_step(_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _KILL)]  # x32
    return steps


def _search_tree(allowed):
    """Return ALLOW for the sorted numbers and fall through for others, by binary search over eight-number leaves."""
    if len(allowed) <= 8:
        found = _step(_RETURN, _ALLOW)
        tests = [_step(_EQUAL, number, len(allowed) - 1 - index, 1 if index == len(allowed) - 1 else 0)
                 for index, number in enumerate(allowed)]
        return [*tests, found]
    middle = len(allowed) // 2
    low, high = _search_tree(allowed[:middle]), _search_tree(allowed[middle:])
    # The low half is shorter than 256 steps in any list this file can hold, so one jump reaches the high half.
    low.append(_refuse(errno.EPERM))
    return [_step(_AT_LEAST, allowed[middle], len(low), 0), *low, *high]


def worker_filter():
    """What the warm worker, and so every program, may call at most."""
    special = _numbers(_SPECIAL)
    steps = _prologue()
    for number in _numbers(_MISSING).values():
        steps += _when(number, _refuse(errno.ENOSYS))
    steps += _when(special["ioctl"], *_only(1, _IOCTLS))
    steps += _when(special["fcntl"], *_only(1, _FCNTLS))
    steps += _when(special["socketpair"], *_only(0, (_AF_UNIX,)))
    # To the other end alone: with an address, a datagram socket would reach any socket of the machine.
    steps += _when(special["sendto"], *_only(5, (0,)))
    steps += _when(
        special["clone"],
        _step(_LOAD, _argument(0)),
        _step(_ANY_BIT, _NAMESPACES, 0, 1),
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    )
    plain = {**_numbers(_CALLS), **_numbers(_WORKER_ONLY)}
    allowed = sorted([*plain.values(), *(special[name] for name in ("kill", "tgkill", "prlimit64", "prctl"))])
    return b"".join([*steps, *_search_tree(allowed), _refuse(errno.EPERM)])


def program_filter(pid, shared_files=False, read_only=False):
    """
    What is taken from a program besides: processes, others' signals and limits, and the worker's own calls. On files
    that are not its own, also their modes and times; where nothing else guards them, all writing.
    """
    special = _numbers(_SPECIAL)
    thread = [_step(_LOAD, _argument(0)), _step(_ANY_BIT, _CLONE_THREAD, 1, 0), _refuse(errno.EPERM), _step(_RETURN, _ALLOW)]
    steps = _prologue()
    steps += _when(special["clone"], *thread)
    for name in ("kill", "tgkill"):
        steps += _when(special[name], *_only(0, (pid,)))
    steps += _when(special["prlimit64"], *_only(0, (0, pid)))
    steps += _when(special["prctl"], *_only(0, (_PR_SET_NAME, _PR_GET_NAME)))
    calls = _numbers(_CALLS)
    if read_only:
        for name, argument in (("open", 1), ("openat", 2)):
            if name in calls:
                steps += _when(calls[name], _step(_LOAD, _argument(argument)), _step(_ANY_BIT, _WRITING, 0, 1),
                               _refuse(errno.EROFS), _step(_RETURN, _ALLOW))
    more = [*(_MODES if shared_files else ()), *(_CHANGES if read_only else ())]
    refused = sorted([*_numbers(_WORKER_ONLY).values(), *(calls[name] for name in more if name in calls)])
    for index, number in enumerate(refused):
        steps.append(_step(_EQUAL, number, len(refused) - index, 0))
    return b"".join([*steps, _step(_RETURN, _ALLOW), _refuse(errno.EPERM)])


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


def install(filter_bytes):
    """Adds a filter to this process for good; needs no_new_privs, which it sets."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    buffer = ctypes.create_string_buffer(filter_bytes, len(filter_bytes))
    program = _Program(len(filter_bytes) // 8, ctypes.addressof(buffer))
    syscall("seccomp", 1, 0, ctypes.byref(program))


_PID_MARK = 0x7ABCDEF1


def program_filter_installer(**files):
    """A function of the pid that installs the program's filter; everything that can be prepared is prepared here."""
    template = program_filter(_PID_MARK, **files)
    mark, places, at = struct.pack("<I", _PID_MARK), [], -1
    while (at := template.find(mark, at + 1)) >= 0:
        places.append(at)
    buffer = ctypes.create_string_buffer(template, len(template))
    program = _Program(len(template) // 8, ctypes.addressof(buffer))
    pointer, number, call = ctypes.byref(program), _numbers(_WORKER_ONLY)["seccomp"], LIBC.syscall

    def install_for(pid):
        for place in places:
            struct.pack_into("<I", buffer, place, pid)
        check(call(number, 1, 0, pointer), "seccomp")

    return install_for
