"""The worker's places: what it knows of a program, and what a slot keeps between one program and the next."""

import fcntl
import os

CONTROL = 3
DESCRIPTORS = 128  # of the worker: a channel, two files and a rule set for each of at most 16 slots


def tell(text, descriptor=CONTROL):
    send_all(descriptor, (text + "\n").encode())


def send_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


class Request:
    """What the worker knows of a program: which slot, and how much it may use."""

    __slots__ = ("slot", "cpu_seconds", "wall_seconds", "memory_mb", "output_bytes", "file_bytes", "style", "mark")

    def __init__(self, words):
        self.slot = int(words[0])
        self.cpu_seconds, self.wall_seconds = float(words[1]), float(words[2])
        self.memory_mb, self.output_bytes, self.file_bytes = int(words[3]), int(words[4]), int(words[5])
        self.style, self.mark = words[6], bytes.fromhex(words[7])


class Slot:
    """A place where one program runs at a time: its channel, its captured stdout, its scratch."""

    def __init__(self, index, tier):
        self.index, self.tier, self.channel = index, tier, CONTROL + 1 + index
        self.stdin, self.stdout = temporary_file("stdin"), temporary_file("stdout")
        self.pid = self.request = self.killed = self.started = None
        self.slow = self.busy = False
        self.seen_at = self.seen_cpu = 0.0

    def begin(self, request, now):
        self.request, self.killed, self.started = request, None, now
        self.slow = self.busy = False
        self.seen_at, self.seen_cpu = now, 0.0

    def watch(self, now, used, share):
        """Whether the program computed or waited in the last window: half its wall limit, at most a second."""
        window = now - self.seen_at
        if window >= min(1.0, self.request.wall_seconds / 2):
            self.busy = used - self.seen_cpu > share * window
            self.seen_at, self.seen_cpu = now, used

    def rewind(self):
        """Its stdin and stdout are as new before the next program: empty, at their start, with their own flags and mode."""
        for file in (self.stdin, self.stdout) if self.request.style == "stdio" else (self.stdout,):
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
            fcntl.fcntl(file, fcntl.F_SETFL, 0)
            os.fchmod(file, 0o600)

    def clean(self):
        """What a program left in its scratch is gone before the next one."""
        if self.tier is None:
            return
        scratch = self.tier.scratch(self.index)
        os.chmod(scratch, 0o700)
        if self.tier.used(self.index):
            empty(scratch)
        os.utime(scratch, (0, 0))

    def overflows(self):
        """Whether its scratch holds more than it may, where nothing but the worker bounds it."""
        return self.tier is not None and self.tier.overflows(self.index)


def empty(folder):
    """Without recursion: a program may nest folders deeper than a path or a stack can follow."""
    moved = 0
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            with os.scandir(entry.path) as inners:
                for inner in list(inners):
                    if inner.is_dir(follow_symlinks=False):
                        os.chmod(inner.path, 0o700)  # its ".." is about to change, which is a write to it
                    moved += 1
                    os.rename(inner.path, f"{folder}/.moved-{moved}-{os.urandom(8).hex()}")
            os.rmdir(entry.path)


def temporary_file(name):
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    import tempfile

    descriptor, path = tempfile.mkstemp()
    os.unlink(path)
    return descriptor


def send_file(channel, file, size):
    """From file to socket without passing through this process's memory, which the next program inherits."""
    offset = 0
    while offset < size:
        offset += os.sendfile(channel, file, offset, size - offset)
