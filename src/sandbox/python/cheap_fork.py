"""What makes a fork of the warm worker cheap: without it, two thirds of a program's time are page faults.

A forked program shares the worker's memory and pays a fault for each page that it writes or sees first. Which pages
those are is known, because all programs begin and end alike. Four things follow, and none is needed for anything but
speed: where the kernel or the container refuses one, programs are forked as ever.

- What programs will allocate lies together: the heap's holes are filled, so that it goes on in fresh pools.
- The interpreter's own code lies in huge pages: a program inherits two entries instead of faulting in hundreds.
- Its data lies in memory that the kernel gave in large pieces: of what programs only read, fork() and exit() count many
  pages at once.
- The pages that every program writes are copied by fork() itself, at less than half the price of a fault. Linux does
  that with pages that a device may be writing to; a registered buffer of io_uring counts as such. Nothing else of
  io_uring is used, and no program inherits the ring.

docs/decisions/014-a-cheap-fork.md has the measurements.
"""

import contextlib
import ctypes
import gc
import os
import signal
import struct

import kernel
import large_pages
from large_pages import PAGE, NoLargePages

_POOL = 16 << 10  # of Python's small-object allocator, with its header in the first page (Objects/obmalloc.c)
_SMALL, _STEP = 512, 16
_LARGER = (65000, 30000, 16000, 8000, 4000, 2000, 1000, 700, 530)  # of the C library's allocator, largest first
_MOST_FILLED = 1 << 20  # bytes of each size; the holes of a warm interpreter are a tenth of that
_EXCLUSIVE, _FILE, _PRESENT = 1 << 56, 1 << 61, 1 << 63  # pagemap(5)
_REGISTER_BUFFERS, _PARAMETERS_BYTES = 0, 120
_MOST_RANGES = 1024  # UIO_MAXIOV, the bound of older kernels
_GROWTH = 1 << 20  # bytes that the heap may grow by while room is made for it
_WORTH_MOVING = 64  # pages; a smaller piece is hardly more than the page table that it lies in

_fillers = []


class CheapFork:
    """Opened while /proc is there and system calls are free; used once, when everything is warm."""

    def __init__(self):
        self.files = {}
        self.ring = None
        try:
            for name in ("maps", "smaps", "pagemap"):
                self.files[name] = os.open(f"/proc/self/{name}", os.O_RDONLY | os.O_CLOEXEC)
            self.ring = kernel.syscall("io_uring_setup", 1, ctypes.create_string_buffer(_PARAMETERS_BYTES))
        except (OSError, KeyError):
            pass

    def prepare(self, run_sample):
        """
        `run_sample` forks a program and returns its pid when it has written all that it will and still lives. Returns how
        many pages fork() copies from now on; 0 where it can't be told to.
        """
        fill_holes()
        try:
            self._move_code()
            return self._copy_at_fork(run_sample) if self.ring is not None else 0
        except (OSError, KeyError):
            return 0
        finally:
            # The ring stays open: its buffers are what they are only as long as it is.
            for descriptor in self.files.values():
                os.close(descriptor)

    def _lines(self, name):
        text = b""
        while part := os.read(self.files[name], 65536):
            text += part
        os.lseek(self.files[name], 0, os.SEEK_SET)
        return text.decode().splitlines()

    def _has_large_pages(self):
        return kernel.MACHINE == "x86_64" and "smaps" in self.files

    def _move_code(self):
        if self._has_large_pages():
            with contextlib.suppress(NoLargePages):
                large_pages.move_code(self._lines("maps"), lambda: self._lines("smaps"))

    def _copy_at_fork(self, run_sample):
        areas, move = _writable_areas(self._lines("maps")), None
        with contextlib.ExitStack() as room:
            if self._has_large_pages():
                most = _GROWTH + sum(len(entries) // 8 * PAGE for _, _, entries in areas)
                with contextlib.suppress(NoLargePages):
                    place, move = room.enter_context(large_pages.data_mover(most, lambda: self._lines("smaps")))
                    areas = _writable_areas(self._lines("maps"), but=place)
            pid = run_sample()
            try:
                for start, _, entries in areas:
                    os.preadv(self.files["pagemap"], (entries,), start // PAGE * 8)
                ranges = [part for part in _written(areas) if large_pages.is_mapped(*part[:2])]
            finally:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            if move:
                move(_full(areas))
                large_pages.separate([page for start, size, _ in ranges for page in range(start, start + size, PAGE)])
        for chosen in (ranges, [part for part in ranges if not part[2]]):
            table = (_Range * len(chosen))(*[part[:2] for part in chosen])
            try:
                kernel.syscall("io_uring_register", self.ring, _REGISTER_BUFFERS, table, len(chosen))
                return sum(size for _, size, _ in chosen) // PAGE
            except OSError:
                continue  # older kernels refuse what a file is behind; all of them, what exceeds RLIMIT_MEMLOCK
        return 0


class _Range(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]


def fill_holes():
    """
    Takes what is free in the heap, for good. Each small size has then just begun a new pool: what comes next lies in the
    page that a program writes anyway, for the pool's header. Of the larger ones, what comes next is the heap's end. An
    allocator that never puts things side by side (musl's, a debugging one) is given up on.
    """
    for size in _LARGER:
        _fill(size, lambda gap, size=size: 0 < gap < size + 64, lambda _place, in_a_row: in_a_row == 3)
    for size in range(2 * _STEP, _SMALL + 1, _STEP):
        _fill(size, lambda gap, size=size: gap == size,
              lambda place, in_a_row, size=size: in_a_row >= 2 and place % _POOL <= 4 * size)
    gc.collect()
    gc.freeze()


def _fill(size, is_beside, is_enough):
    """Keeps objects of that size until enough of them lie side by side, by the gap to the one before."""
    last = in_a_row = 0
    for _ in range(_MOST_FILLED // size):
        filler = float(size) if size == 32 else bytes(size - 33)
        in_a_row = in_a_row + 1 if is_beside(id(filler) - last) else 0
        last = id(filler)
        _fillers.append(filler)
        if is_enough(last, in_a_row):
            return


def _writable_areas(lines, but=0):
    """
    (start, whether a file is behind it, room for the entries of its pages) of all private writable memory, but the area
    that holds an address. The room is made beforehand, so that nothing of this process's own work is taken for the
    program's.
    """
    areas = []
    for line in lines:
        place, rights, _, device, *_ = line.split()
        if rights == "rw-p" and not line.endswith("[stack]"):
            start, end = (int(part, 16) for part in place.split("-"))
            if start <= but < end:
                continue
            areas.append((start, device != "00:00", bytearray(8 * ((end - start) // PAGE))))
    return areas


def _full(areas):
    """The larger areas, from their first page that is there to their last: (start, bytes)."""
    ranges = []
    for start, _, entries in areas:
        present = [index for index, (entry,) in enumerate(struct.iter_unpack("=Q", entries)) if entry & _PRESENT]
        if len(present) >= _WORTH_MOVING:
            ranges.append((start + present[0] * PAGE, (present[-1] + 1 - present[0]) * PAGE))
    return ranges


def _written(areas):
    """The parts that are this process's alone now, so that the program has copies: (start, bytes, of a file), longest first."""
    ranges = []
    for start, of_file, entries in areas:
        for index, (entry,) in enumerate(struct.iter_unpack("=Q", entries)):
            if entry & _PRESENT and entry & _EXCLUSIVE and not entry & _FILE:
                page = start + index * PAGE
                if ranges and sum(ranges[-1][:2]) == page and ranges[-1][2] == of_file:
                    ranges[-1] = (ranges[-1][0], ranges[-1][1] + PAGE, of_file)
                else:
                    ranges.append((page, PAGE, of_file))
    return sorted(ranges, key=lambda part: -part[1])[:_MOST_RANGES]
