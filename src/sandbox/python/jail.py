"""The OS jail of one warm worker: namespaces, a root of its own for every slot, one capability left.

What a program finds inside: Python's standard library and the system's libraries, read-only; /dev/null, zero, full
and the random devices; an empty /tmp of its own. No /proc, no home, no executables, no network, no other process.
Each slot (a place where one program runs at a time) has a root and a scratch of its own, so programs in flight side
by side cannot see each other. The worker keeps CAP_SYS_CHROOT, inside its user namespace only, to move each program
into its slot's root; the program drops it before the first line of hostile code.
Works as root and as an ordinary user. Any step that fails is a Refusal: never a weaker jail.
"""

import ctypes
import errno
import os
import re
import socket
import stat
from os import chdir, chroot, getpid  # by name, as in candidate.py

import kernel
import landlock
import outside
import seccomp
from cheap_fork import CheapFork
from libraries import DEVICES, library_folders, package_folders
from packages import move_packages
from refusal import Refusal, filter_fix, namespace_fix, step

INNER_ID = 65534
SCRATCH = "size=16m,nr_inodes=4096,mode=700"
STAGE = "/tmp"
PACKAGES = "/packages"


class Jail:
    """What the worker asks of its tier."""

    processes = outside.PROGRAM_THREADS

    def __init__(self, slots, report, fork):
        self.slots, self.fork = slots, fork
        self.landlock = landlock.abi()
        self.report = {**report, "landlock": self.landlock}
        self.free_files = [self._free_files(index) for index in range(slots)]

    def scratch(self, index):
        return f"/slot{index}/tmp"

    def _free_files(self, index):
        return os.statvfs(self.scratch(index)).f_ffree

    def used(self, index):
        """Whether a program left anything in its scratch: cheap, because it is asked after every program."""
        return self._free_files(index) != self.free_files[index]

    def overflows(self, _index):
        return False  # its mount's size is its bound

    def make_lock(self):
        """
        What locks a forked child into its slot's root: no way up, no capability, no process of its own. Prepared here,
        because it runs once per program.
        """
        drop_capabilities, install_filter = kernel.capability_setter(), seccomp.program_filter_installer()
        roots = [f"/slot{index}" for index in range(self.slots)]
        restrict, rules = landlock.restricter(), self._rules(roots)
        def lock(index):
            chroot(roots[index])
            chdir("/tmp")
            drop_capabilities()
            if rules is not None:
                restrict(rules)
            install_filter(getpid())

        return lock

    def seal(self):
        """The worker's own system call filter, once it is warm."""
        step("install the system call filter", seccomp.install, seccomp.worker_filter(), fix=filter_fix)

    def _rules(self, roots):
        """The same rules as the mounts', by another part of the kernel: belt and braces."""
        if not self.landlock:
            return None
        rules = []
        for root in roots:
            rules += [[root, landlock.READ], [root + "/tmp", landlock.WRITE]]
            rules += [[f"{root}/dev/{name}", landlock.USE] for name in DEVICES]
        return step("make the Landlock rules", landlock.rule_set, self.landlock, rules, fix=filter_fix)


def enter(slots, parent_died, memory_mb, packages):
    """
    Forks into new namespaces. Returns in the child alone, as process 1 of the jail; the caller's process stays
    outside, waits for it, ends with it and cleans up.
    """
    outside.follow_parent(parent_died)
    mapped, mapped_end = os.pipe()
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    flags = (kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET
             | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    group = outside.make_group(slots, memory_mb)
    try:
        pid = step("make namespaces", kernel.clone, flags)
    except Refusal:
        group.remove(0)
        raise
    if pid > 0:
        os.close(mapped)
        version = outside.attach(group, pid)
        try:
            _map_ids(pid, outer_uid, outer_gid)
            os.write(mapped_end, f"mapped {version}".encode())
        except OSError as error:
            os.write(mapped_end, str(error).encode())
        outside.wait(pid, group)
    os.close(mapped_end)
    fork = CheapFork()
    answer = os.read(mapped, 4096).decode()
    os.close(mapped)
    word, _, version = answer.partition(" ")
    if word != "mapped":
        raise Refusal("map user and group ids", answer or "the launcher died", namespace_fix())
    _build(slots, packages)
    move_packages({folder: package_place(folder) for folder in packages})
    _become_nobody(as_root=outer_uid == 0)
    return Jail(slots, {"cgroup": version, "memoryFile": group.memory_file if version != "none" else ""}, fork)


def _map_ids(pid, uid, gid):
    """Inside, programs are nobody. A root caller maps the real nobody too, so that they are nobody outside as well."""
    if uid == 0:
        maps = f"0 0 1\n{INNER_ID} {INNER_ID} 1\n", f"0 0 1\n{INNER_ID} {INNER_ID} 1\n"
    else:
        with open(f"/proc/{pid}/setgroups", "w") as file:
            file.write("deny")
        maps = f"{INNER_ID} {uid} 1\n", f"{INNER_ID} {gid} 1\n"
    for name, text in zip(("uid_map", "gid_map"), maps):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(text)


def package_place(folder):
    """Where programs find a package: not where the machine has it, which is nobody's business and may be inside /tmp."""
    return f"{PACKAGES}/{os.path.basename(folder)}"


def _build(slots, packages):
    step("make mounts private", kernel.mount, None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    step("mount the jail's root", kernel.mount, "jail", STAGE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV,
          "size=1m,mode=755")
    os.mkdir(STAGE + "/old")
    folders = library_folders()
    for folder in folders:
        if folder.startswith("/tmp/"):
            raise Refusal("find the interpreter's library", f"{folder} is inside /tmp, where each program has its own files",
                          "name an interpreter that is installed elsewhere, with the option `python`")
    os.chdir(STAGE)
    step("pivot_root", kernel.syscall, "pivot_root", b".", b"old")
    os.chdir("/")
    for slot in range(slots):
        _build_root(f"/slot{slot}", folders, packages)
    step("detach the old root", kernel.unmount, "/old")
    os.rmdir("/old")
    step("make the jail's root read-only", kernel.mount, None, "/", None,
          kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV)
    step("name the jail", socket.sethostname, "sandbox")


def _build_root(root, folders, packages):
    os.mkdir(root)
    limits = "size=128k,mode=755"
    step(f"mount {root}", kernel.mount, "root", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, limits)
    for folder in folders:
        target = root + folder
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.islink("/old" + folder):
            os.symlink(os.readlink("/old" + folder), target)
            continue
        _bind(folder, target)
    hidden = [root + path
              for path in package_folders([folder for folder in folders if not os.path.islink("/old" + folder)])]
    for path in hidden:
        step(f"hide {path}", kernel.mount, "empty", path, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV,
             "size=16k,mode=755")
    for package in packages:
        os.makedirs(root + PACKAGES, exist_ok=True)
        _bind(package, root + package_place(package))
    for path in hidden:
        step(f"make {path} read-only", _remount_read_only, path)
    os.mkdir(root + "/dev")
    for name in DEVICES:
        if not stat.S_ISCHR(os.stat("/old/dev/" + name).st_mode):
            raise Refusal(f"bind /dev/{name}", "it is not a device here", "give the container a real /dev")
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        step(f"bind /dev/{name}", kernel.mount, "/old/dev/" + name, f"{root}/dev/{name}", None, kernel.MS_BIND)
    os.mkdir(root + "/tmp")
    options = f"{SCRATCH},uid={INNER_ID},gid={INNER_ID}"
    step("mount the scratch", kernel.mount, "scratch", root + "/tmp", "tmpfs",
          kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, options)
    step(f"make {root} read-only", kernel.mount, None, root, None,
          kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV)


def _bind(folder, target):
    os.mkdir(target)
    step(f"bind {folder}", kernel.mount, "/old" + folder, target, None, kernel.MS_BIND | kernel.MS_REC)
    for point in _mounts_below(target):
        step(f"make {folder} read-only", _remount_read_only, point)


def _mounts_below(target):
    """The mount at `target` and those inside it. The old root's /proc still shows them, by their paths from our root."""
    points = [target]
    with open("/old/proc/self/mountinfo") as file:
        for line in file:
            point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[4])
            if point.startswith(target + "/"):
                points.append(point)
    return points


def _remount_read_only(point):
    """Keeps the flags that a more privileged namespace locked; the kernel refuses a remount that drops one."""
    try:
        present = os.statvfs(point).f_flag
    except OSError as error:
        if error.errno == errno.EACCES:
            return  # a mount that this user cannot reach is out of a program's reach too
        raise
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
    for seen, flag in ((os.ST_NOEXEC, kernel.MS_NOEXEC), (os.ST_NOATIME, kernel.MS_NOATIME),
                       (os.ST_NODIRATIME, kernel.MS_NODIRATIME), (os.ST_RELATIME, kernel.MS_RELATIME)):
        if present & seen:
            flags |= flag
    kernel.mount(None, point, None, flags)


def _become_nobody(as_root):
    def drop():
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
        for capability in range(64):
            if kernel.LIBC.prctl(kernel.PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
                break
        if as_root:
            os.setgroups([])
            os.setresgid(INNER_ID, INNER_ID, INNER_ID)
            os.setresuid(INNER_ID, INNER_ID, INNER_ID)
        kernel.prctl(kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
        kernel.capability_setter(kernel.CAP_SYS_CHROOT)()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if os.getpid() != 1 or os.getresuid() != (INNER_ID,) * 3:
            raise OSError(errno.EPERM, f"still process {os.getpid()} with uids {os.getresuid()}")

    step("drop privileges", drop)
