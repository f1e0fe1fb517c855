"""Moves a process's code and data into memory that the kernel gave in large pieces, at the addresses where they are.

Code that covers whole huge pages is two entries of a page table instead of a thousand. Data stays in small entries, for a
program writes here and there; but where neighbouring ones lie in one piece, fork() and exit() count them at once.
Only for x86-64: elsewhere, the instruction cache would have to be told of moved code.
"""

import contextlib
import ctypes
import mmap
import os
import signal

import kernel

PAGE, HUGE = mmap.PAGESIZE, 2 << 20
_READ, _WRITE, _EXECUTE = 1, 2, 4
_ADVISE_HUGE, _ADVISE_NO_HUGE = 14, 15
_MOVE_HERE = 1 | 2  # MREMAP_MAYMOVE | MREMAP_FIXED
# move(original, copy, size): copies, and puts the copy in the original's place: mremap(copy, size, size, _MOVE_HERE,
# original). Between the two nothing may write there, and whatever Python does writes somewhere.
_MOVE = bytes.fromhex(
    "49 89 f8"           # mov r8, rdi      new address: the original's
    "49 89 f1"           # mov r9, rsi
    "48 89 d1"           # mov rcx, rdx
    "48 87 fe"           # xchg rdi, rsi
    "f3 a4"              # rep movsb
    "4c 89 cf"           # mov rdi, r9      old address: the copy's
    "48 89 d6"           # mov rsi, rdx     old size; rdx holds the new one
    "41 ba 03 00 00 00"  # mov r10d, 3
    "b8 19 00 00 00"     # mov eax, 25      mremap
    "0f 05"              # syscall
    "c3"                 # ret
)


class NoLargePages(Exception):
    """The kernel has none to give; nothing was changed."""


def _room(size, lines_of_smaps):
    """Writable memory in huge pages: (its place, a function that gives back what of it is still there)."""
    whole = -(-size // HUGE) * HUGE
    start = _map(whole + HUGE, _READ | _WRITE)
    place, end = -(-start // HUGE) * HUGE, start + whole + HUGE
    if kernel.LIBC.madvise(ctypes.c_void_p(place), ctypes.c_size_t(whole), _ADVISE_HUGE) == 0:
        for page in range(place, place + whole, HUGE):
            ctypes.memset(page, 0, 1)
    if _huge_bytes(place, lines_of_smaps()) < whole:
        _unmap(start, end - start)  # copies in small pages would make each fork dearer
        raise NoLargePages
    _unmap(start, place - start)
    return place, lambda used: _unmap(place + used, end - place - used)


def move_code(maps, lines_of_smaps):
    """The interpreter's code, where it covers whole huge pages."""
    for start, end in _code_ranges(maps):
        size = end - start
        copy, give_back = _room(size, lines_of_smaps)
        ctypes.memmove(copy, start, size)
        rights = ctypes.c_void_p(copy), ctypes.c_size_t(size), _READ | _EXECUTE
        kernel.check(kernel.LIBC.mprotect(*rights), "mprotect")
        kernel.LIBC.mremap.restype = ctypes.c_void_p
        kernel.LIBC.mremap(*rights[:2], ctypes.c_size_t(size), _MOVE_HERE, ctypes.c_void_p(start))
        give_back(size)


@contextlib.contextmanager
def data_mover(most, lines_of_smaps):
    """
    (where its room is, a function that moves writable memory: (start, bytes) of each piece, `most` bytes in all). The
    room is made before the caller looks for what to move: to read the kernel's tables makes the heap grow, and shrink
    again behind what was seen.
    """
    with _mover() as move:
        copy, give_back = _room(most, lines_of_smaps)
        used = 0

        def move_all(ranges):
            nonlocal used
            for start, size in ranges:
                if used + size > most or not is_mapped(start, size):
                    continue
                move(start, copy + used, size)
                used += size
                # Else the kernel would one day collect what is written and what is not into whole huge pages again.
                kernel.LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _ADVISE_NO_HUGE)

        try:
            yield copy, move_all
        finally:
            give_back(used)


def is_mapped(start, size):
    """Whether all of it is still there: the allocator gives back what it has no use for."""
    there = ctypes.create_string_buffer(-(-size // PAGE))
    return kernel.LIBC.mincore(ctypes.c_void_p(start), ctypes.c_size_t(size), there) == 0


def separate(pages):
    """Gives each of these pages memory of its own: the kernel does that at a write, while a child shares the piece."""
    worker = os.getpid()
    pid = os.fork()
    if pid == 0:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # else it would outlive a worker that is killed just now
        if os.getppid() == worker:
            signal.pause()
        os._exit(0)
    for page in pages:
        ctypes.memmove(page, page, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@contextlib.contextmanager
def _mover():
    """The machine code above as a function. Raises NoLargePages where a process may not make code."""
    start = _map(PAGE, _READ | _WRITE)
    ctypes.memmove(start, _MOVE, len(_MOVE))
    if kernel.LIBC.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(PAGE), _READ | _EXECUTE) < 0:
        _unmap(start, PAGE)
        raise NoLargePages
    call = ctypes.PYFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(start)

    def move(original, copy, size):
        result = call(original, copy, size)
        if result != original:
            raise OSError(-result, f"mremap: {os.strerror(-result)}")

    try:
        yield move
    finally:
        _unmap(start, PAGE)


def _code_ranges(maps):
    """Whole huge pages of the interpreter that are mapped to be read or executed, and never written."""
    runs = []
    for line in maps:
        place, rights, _, _, _, *path = line.split(maxsplit=5)
        start, end = (int(part, 16) for part in place.split("-"))
        if rights not in ("r--p", "r-xp") or not path or "python" not in path[0].rsplit("/", 1)[-1]:
            continue
        if runs and runs[-1][1] == start and runs[-1][3] == path[0]:
            runs[-1] = (runs[-1][0], end, runs[-1][2] or "x" in rights, path[0])
        else:
            runs.append((start, end, "x" in rights, path[0]))
    whole = [(-(-start // HUGE) * HUGE, end // HUGE * HUGE) for start, end, code, _ in runs if code]
    return [(start, end) for start, end in whole if start < end]


def _huge_bytes(address, smaps):
    inside = False
    for line in smaps:
        word, *rest = line.split()
        if "-" in word and not word.endswith(":"):
            start, end = (int(part, 16) for part in word.split("-"))
            inside = start <= address < end
        elif inside and word == "AnonHugePages:":
            return int(rest[0]) << 10
    return 0


def _map(size, protection):
    kernel.LIBC.mmap.restype = ctypes.c_void_p
    private_and_anonymous = 0x22
    start = kernel.LIBC.mmap(None, ctypes.c_size_t(size), protection, private_and_anonymous, -1, ctypes.c_long(0))
    if start == ctypes.c_void_p(-1).value:
        raise OSError("no memory for a copy")
    return start


def _unmap(start, size):
    if size > 0:
        kernel.LIBC.munmap(ctypes.c_void_p(start), ctypes.c_size_t(size))
