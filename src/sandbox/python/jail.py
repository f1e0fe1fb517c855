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
import sys
import sysconfig

import kernel
import seccomp

INNER_ID = 65534
SCRATCH = "size=16m,nr_inodes=4096,mode=700"
STAGE = "/tmp"
DEVICES = ("null", "zero", "full", "random", "urandom")


class Refusal(Exception):
    """A layer of the jail could not be made: which step, what the kernel said, what to do about it."""

    def __init__(self, step, error, fix):
        super().__init__(step)
        self.step, self.error, self.fix = step, error, fix


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def _namespace_fix():
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return ("this system's AppArmor forbids user namespaces to ordinary users (Ubuntu 23.10 and newer): "
                "run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`")
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "run `sudo sysctl -w kernel.unprivileged_userns_clone=1`"
    if _read("/proc/sys/user/max_user_namespaces") == "0":
        return "run `sudo sysctl -w user.max_user_namespaces=15000`"
    return ("in a container, start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined` "
            "(Docker, Podman) or a profile that allows user namespaces and mounts")


def _step(name, action, *arguments):
    try:
        return action(*arguments)
    except OSError as error:
        raise Refusal(name, str(error), _namespace_fix()) from None


def enter(slots, parent_died):
    """
    Forks into new namespaces. Returns in the child alone, as process 1 of the jail; the caller's process stays
    outside, waits for it and ends with it.
    """
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    if parent_died():
        os._exit(0)
    mapped, mapped_end = os.pipe()
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    flags = (kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET
             | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    pid = _step("make namespaces", kernel.clone, flags)
    if pid > 0:
        os.close(mapped)
        try:
            _map_ids(pid, outer_uid, outer_gid)
            os.write(mapped_end, b"1")
        except OSError as error:
            os.write(mapped_end, str(error).encode())
        _wait_outside(pid)
    os.close(mapped_end)
    answer = os.read(mapped, 4096).decode()
    os.close(mapped)
    if answer != "1":
        raise Refusal("map user and group ids", answer or "the launcher died", _namespace_fix())
    _build(slots)
    _become_nobody(as_root=outer_uid == 0)


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


def _wait_outside(pid):
    """The launcher's own process holds nothing open, so that the worker sees the caller hang up."""
    os.closerange(3, 1024)
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _library_folders():
    """Where the interpreter and the system keep libraries; nothing of the user's and nothing to execute."""
    folders = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo"}
    for prefix in {sys.base_prefix, sys.base_exec_prefix}:
        folders.add(os.path.join(prefix, "lib"))
    for name in ("stdlib", "platstdlib"):
        folders.add(sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix}))
    if os.path.realpath(sys.executable).startswith("/nix/store/"):
        folders.add("/nix/store")
    present = sorted(folder for folder in folders if os.path.isdir(folder))
    return [folder for folder in present
            if os.path.islink(folder) or not any(folder.startswith(other + "/") for other in present if other != folder
                                                 and not os.path.islink(other))]


def _package_folders(folders):
    """Third-party packages under those folders: hidden, so that no program depends on what a machine has installed."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for folder in folders:
        for part in (version, "python3"):
            for name in ("site-packages", "dist-packages"):
                path = os.path.join(folder, part, name)
                if os.path.isdir(path):
                    yield path


def _build(slots):
    _step("make mounts private", kernel.mount, None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    _step("mount the jail's root", kernel.mount, "jail", STAGE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV,
          "size=1m,mode=755")
    os.mkdir(STAGE + "/old")
    folders = _library_folders()
    os.chdir(STAGE)
    _step("pivot_root", kernel.syscall, "pivot_root", b".", b"old")
    os.chdir("/")
    for slot in range(slots):
        _build_root(f"/slot{slot}", folders)
    _step("detach the old root", kernel.unmount, "/old")
    os.rmdir("/old")
    _step("make the jail's root read-only", kernel.mount, None, "/", None,
          kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV)
    _step("name the jail", socket.sethostname, "sandbox")


def _build_root(root, folders):
    os.mkdir(root)
    limits = "size=64k,mode=755"
    _step(f"mount {root}", kernel.mount, "root", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, limits)
    for folder in folders:
        target = root + folder
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.islink("/old" + folder):
            os.symlink(os.readlink("/old" + folder), target)
            continue
        os.mkdir(target)
        _step(f"bind {folder}", kernel.mount, "/old" + folder, target, None, kernel.MS_BIND | kernel.MS_REC)
        for point in _mounts_below(target):
            _step(f"make {folder} read-only", _remount_read_only, point)
    for path in _package_folders([folder for folder in folders if not os.path.islink("/old" + folder)]):
        _step(f"hide {path}", kernel.mount, "empty", root + path, "tmpfs",
              kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV, "size=4k,mode=555")
    os.mkdir(root + "/dev")
    for name in DEVICES:
        if not stat.S_ISCHR(os.stat("/old/dev/" + name).st_mode):
            raise Refusal(f"bind /dev/{name}", "it is not a device here", "give the container a real /dev")
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        _step(f"bind /dev/{name}", kernel.mount, "/old/dev/" + name, f"{root}/dev/{name}", None, kernel.MS_BIND)
    os.mkdir(root + "/tmp")
    options = f"{SCRATCH},uid={INNER_ID},gid={INNER_ID}"
    _step("mount the scratch", kernel.mount, "scratch", root + "/tmp", "tmpfs",
          kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, options)
    _step(f"make {root} read-only", kernel.mount, None, root, None,
          kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV)


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
        if os.getpid() != 1 or os.getresuid() != (INNER_ID,) * 3:
            raise OSError(errno.EPERM, f"still process {os.getpid()} with uids {os.getresuid()}")

    _step("drop privileges", drop)


def program_lock():
    """
    Installs the worker's system call filter and returns what locks a forked child into its slot's root: no way up,
    no capability, no process of its own. Prepared here, because it runs once per program.
    """
    drop_capabilities, install_filter = kernel.capability_setter(), seccomp.program_filter_installer()
    _step("install the system call filter", seccomp.install, seccomp.worker_filter())

    def lock(root):
        os.chroot(root)
        os.chdir("/tmp")
        drop_capabilities()
        install_filter(os.getpid())

    return lock
