"""The worker's places: what it knows of a program, and what a slot keeps between one program and the next."""

import os

CONTROL = 3


def tell(text, descriptor=CONTROL):
    send_all(descriptor, (text + "\n").encode())


def send_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


class Request:
    """What the worker knows of a program: which slot, and how much it may use."""

    __slots__ = ("slot", "cpu_seconds", "wall_seconds", "memory_mb", "output_bytes", "style")

    def __init__(self, words):
        self.slot = int(words[0])
        self.cpu_seconds, self.wall_seconds = float(words[1]), float(words[2])
        self.memory_mb, self.output_bytes, self.style = int(words[3]), int(words[4]), words[5]


class Slot:
    """A place where one program runs at a time: its channel, its captured stdout, its root."""

    def __init__(self, index, jailed):
        self.channel = CONTROL + 1 + index
        self.stdin, self.stdout = temporary_file("stdin"), temporary_file("stdout")
        self.root = f"/slot{index}" if jailed else None
        self.free_files = self._count_free_files()
        self.pid = self.request = self.killed = self.started = None

    def _count_free_files(self):
        return os.statvfs(self.root + "/tmp").f_ffree if self.root else 0

    def clean(self):
        """What a program left in its scratch is gone before the next one."""
        if self.root and self._count_free_files() != self.free_files:
            empty(self.root + "/tmp")


def empty(folder):
    """Without recursion: a program may nest folders deeper than a path or a stack can follow."""
    moved = 0
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in os.listdir(entry.path):
                moved += 1
                os.rename(f"{entry.path}/{inner}", f"{folder}/.moved-{moved}-{os.urandom(8).hex()}")
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
