"""Landlock: a rule set that a process puts on itself, by which it loses every file that no rule names.

Needs no privilege and no namespace. Which rights it can take away depends on the kernel's ABI; all that the ABI knows
are taken, TCP, abstract unix sockets and signals to outside included. It does not cover a file's metadata: whether a
path exists, its size and times (stat), links and modes; modes are left to the system call filter.
"""

import ctypes
import errno
import os

from kernel import check, LIBC, numbers

_READ_FILE, _WRITE_FILE, _READ_DIR = 1 << 2, 1 << 1, 1 << 3
_FS_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # what each ABI added
_NET_RIGHTS, _SCOPES = 3, 3  # bind and connect TCP (ABI 4); abstract unix sockets and signals (ABI 6)
_REFER, _TRUNCATE = 1 << 13, 1 << 14
# Remove and make files, folders and symbolic links; rename across folders; no devices, sockets or pipes.
_CHANGE = _WRITE_FILE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12 | _REFER | _TRUNCATE

READ = _READ_FILE | _READ_DIR
WRITE = READ | _CHANGE
USE = _READ_FILE | _WRITE_FILE  # of a device


def abi():
    """The kernel's Landlock ABI; 0 where there is none, or a container's filter hides it."""
    result = LIBC.syscall(numbers("landlock_create_ruleset"), None, ctypes.c_size_t(0), ctypes.c_uint(1))
    return max(0, result)


def rule_set(version, rules):
    """A descriptor of the rule set that allows `rules`, [path, rights] each, and nothing else. Missing paths are left out."""
    handled = 0
    for since, rights in _FS_RIGHTS.items():
        handled |= rights if version >= since else 0
    net, scopes = (_NET_RIGHTS if version >= 4 else 0), (_SCOPES if version >= 6 else 0)
    attributes = (ctypes.c_uint64 * 3)(handled, net, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    call = LIBC.syscall(numbers("landlock_create_ruleset"), attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    rules_descriptor = check(call, "landlock_create_ruleset")
    for path, rights in rules:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EACCES):
                continue
            raise
        rule = _PathBeneath(rights & handled, place)
        result = LIBC.syscall(numbers("landlock_add_rule"), rules_descriptor, 1, ctypes.byref(rule), 0)
        os.close(place)
        check(result, f"landlock_add_rule {path}")
    return rules_descriptor


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def restricter():
    """A function that puts a rule set on the calling process, for good. Prepared once: it runs per program."""
    number, call, zero = numbers("landlock_restrict_self"), LIBC.syscall, ctypes.c_uint(0)

    def restrict(descriptor):
        check(call(number, descriptor, zero), "landlock_restrict_self")

    return restrict
