"""Scratch folders of a worker whose slots have no file system of their own: one folder a slot, in one that is locked.

There is no mount to bound them, so the worker measures the folders of programs that run longer than a moment.
"""

import fcntl
import os

from slots import empty

PREFIX = "mucode-sandbox-"
BASES = ("/dev/shm", "/tmp")  # memory where there is room: no wear, no waiting for a disk
BYTES, FILES, DEPTH = 16 << 20, 4096, 32


class Scratch:
    """Folders of all slots. The lock tells others that the owner lives, in whatever process namespace."""

    def __init__(self, slots, owner):
        for base in BASES:
            sweep(base)
        self.path, self.lock = _locked_folder(BASES[0] if _has_room(BASES[0], slots) else BASES[1])
        self.folders = [os.path.join(self.path, f"slot{index}") for index in range(slots)]
        for folder in self.folders:
            os.mkdir(folder, 0o700)
            if owner is not None:
                os.chown(folder, owner, owner)
        os.chmod(self.path, 0o711)

    def remove(self):
        """After the last program is gone."""
        try:
            empty(self.path)
            os.rmdir(self.path)
        except OSError:
            pass  # the next start tries again


def _has_room(base, slots):
    try:
        return os.access(base, os.W_OK) and os.statvfs(base).f_bavail * os.statvfs(base).f_frsize > 4 * slots * BYTES
    except OSError:
        return False


def _locked_folder(base):
    while True:
        path = os.path.join(base, f"{PREFIX}{os.getpid()}-{os.urandom(8).hex()}")
        os.mkdir(path, 0o700)
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(path):
            return path, lock
        os.close(lock)  # swept by another start between the two lines above


def sweep(base):
    """Removes folders of ours that nobody holds."""
    try:
        entries = list(os.scandir(base))
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(PREFIX) or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                empty(entry.path)
                os.rmdir(entry.path)
        except OSError:
            pass
        os.close(descriptor)


def holds_too_much(folder):
    """Whether a program has put more into its folder than it may: bytes, files, or folders in folders."""
    size = files = 0
    pending = [(folder, 0)]
    while pending:
        path, depth = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if files > FILES or size > BYTES or depth > DEPTH:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((entry.path, depth + 1))
        except FileNotFoundError:
            continue  # the program has just removed it
        except OSError:
            return True  # made unreadable
    return False
