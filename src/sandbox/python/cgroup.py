"""A control group around the worker: a backstop for the memory and the processes of all its programs together.

The limits of one program are rlimits; this bounds their sum, scratch folders included, and no program can leave it.
Version 2 where a folder of it is ours to write (delegated, or we are root), else version 1's memory and pids
controllers, else none: which one is told in the worker's first message. Nothing is ever changed but a group of our own.
"""

import os
import re
import time

PREFIX = "mucode-sandbox-"
_V1_MEMORY = "memory.limit_in_bytes"


class Group:
    """Folders of one worker's group: one for version 2, one a controller for version 1, none for "none"."""

    def __init__(self, version, folders):
        self.version, self.folders = version, folders

    @property
    def memory_file(self):
        """Where the memory limit is written, to be raised for a program that is allowed more."""
        if not self.folders:
            return ""
        return os.path.join(self.folders[0], "memory.max" if self.version == "v2" else _V1_MEMORY)

    def add(self, pid):
        """Raises OSError where the process can't be moved."""
        for folder in self.folders:
            _write(folder, "cgroup.procs", str(pid))

    def remove(self, patience_seconds=1.0):
        """Once its processes are gone, which the kernel may still be burying."""
        end = time.monotonic() + patience_seconds
        for folder in self.folders:
            while not _remove(folder) and time.monotonic() < end:
                time.sleep(0.01)


NONE = Group("none", [])


def make(memory_bytes, processes, place="/proc/self"):
    """The group for a worker that is about to start, or NONE. Also sweeps the groups of workers that are dead."""
    try:
        with open(f"{place}/cgroup") as own, open(f"{place}/mountinfo") as mounts:
            homes = _homes(own.read(), mounts.read())
    except OSError:
        return NONE
    name = f"{PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
    for base in _v2_bases(homes.get("v2")):
        sweep(base)
        folder = _made(base, name, {"memory.max": memory_bytes, "pids.max": processes})
        if folder:
            return Group("v2", [folder])
    folders = []
    for controller, limits in (("memory", {_V1_MEMORY: memory_bytes}), ("pids", {"pids.max": processes})):
        if controller not in homes:
            continue
        sweep(homes[controller])
        folder = _made(homes[controller], name, limits)
        if folder:
            folders.append(folder)
        elif controller == "memory":
            break
    if folders and folders[0].startswith(homes.get("memory", "\0")):
        return Group("v1", folders)
    Group("v1", folders).remove()
    return NONE


def _homes(own, mounts):
    """Where this process's groups lie in the file system: {"v2" or a version 1 controller: folder}."""
    groups = {}
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(",") if controllers else ["v2"]:
            groups[controller] = path
    homes = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, (kind, _, options) = before.split(" "), after.split(" ", 2)
        root, point = (re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text) for text in fields[3:5])
        names = ["v2"] if kind == "cgroup2" else options.split(",") if kind == "cgroup" else []
        for name in names:
            path = groups.get(name)
            if path is not None and (root == "/" or (path + "/").startswith(root + "/")):
                homes[name] = os.path.normpath(f"{point}/{path if root == '/' else path[len(root):]}")
    return homes


def _v2_bases(home):
    """
    Folders that may hold our group. A group with processes of its own can't have children with limits (but the root),
    so beside ours is the usual place, unless ours has a memory limit that a move would leave.
    """
    if home is None:
        return
    bases = [home]
    if _read(home, "memory.max") == "max":
        bases.append(os.path.dirname(home))
    for base in bases:
        if {"memory", "pids"} <= set(_read(base, "cgroup.subtree_control").split()):
            yield base


def _made(base, name, limits):
    folder = os.path.join(base, name)
    try:
        os.mkdir(folder)
    except OSError:
        return None
    try:
        for file, value in limits.items():
            _write(folder, file, str(value))
    except OSError:
        _remove(folder)
        return None
    return folder


def sweep(base):
    """Removes the groups that workers left behind whose launcher was killed. One that is in use can't be removed."""
    try:
        names = os.listdir(base)
    except OSError:
        return
    for name in names:
        owner = re.fullmatch(PREFIX + r"(\d+)-[0-9a-f]+", name)
        if owner and not os.path.exists(f"/proc/{owner[1]}"):
            _remove(os.path.join(base, name))


def _remove(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _read(folder, file):
    try:
        with open(os.path.join(folder, file)) as source:
            return source.read().strip()
    except OSError:
        return ""


def _write(folder, file, text):
    # Never created: a control file that is not there is a controller that is not there.
    descriptor = os.open(os.path.join(folder, file), os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
