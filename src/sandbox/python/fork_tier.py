"""The tier "fork": what can be had without namespaces, for containers that refuse them.

Two system call filters, limits, no privilege, another user when root started it, death with the worker, and Landlock
where the kernel has it: then a program reads the libraries and writes its slot's scratch folder, and that is all it can
open. Without Landlock the filter refuses whatever would write to the file system, and reading is the user's own.
docs/reference/threat-model.md says what this does not stop. Without system call filters the tier is refused.
"""

import os
import resource
import signal
from os import chdir, getpid, getppid  # by name, as in candidate.py

import kernel
import landlock
import outside
import seccomp
from cheap_fork import CheapFork
from libraries import DEVICES, library_folders
from refusal import Refusal, filter_fix, step
from scratch import Scratch, holds_too_much

NOBODY = 65534


class ForkTier:
    """What the worker asks of its tier."""

    def __init__(self, folders, packages, report, fork):
        self.folders, self.packages, self.fork = folders, packages, fork
        self.landlock = landlock.abi()
        self.report = {**report, "landlock": self.landlock}
        self.rules = []
        # Nobody else's: counted over all processes of the user, so there must be room for those that are already there.
        self.processes = _threads_of(os.getuid()) + 4 * outside.PROGRAM_THREADS

    def scratch(self, index):
        return self.folders[index]

    def used(self, index):
        with os.scandir(self.folders[index]) as entries:
            return next(entries, None) is not None

    def overflows(self, index):
        return self.landlock > 0 and holds_too_much(self.folders[index])

    def make_lock(self):
        """What locks a forked child in. Prepared here: it runs once per program."""
        shared = [[folder, landlock.READ] for folder in (*library_folders(), *self.packages)]
        shared += [["/dev/" + name, landlock.USE] for name in DEVICES]
        restrict, worker, folders = landlock.restricter(), os.getpid(), self.folders
        if self.landlock:
            self.rules = rules = [
                step("make the Landlock rules", landlock.rule_set, self.landlock,
                     [*shared, [folder, landlock.WRITE]], fix=filter_fix) for folder in folders]
        install_filter = seccomp.program_filter_installer(shared_files=True, read_only=not self.landlock)
        die_with_parent = kernel.prctl
        with_landlock = self.landlock > 0

        def lock(index):
            chdir(folders[index])
            die_with_parent(kernel.PR_SET_PDEATHSIG, 9)
            if getppid() != worker:
                os._exit(0)
            if with_landlock:
                restrict(rules[index])
            install_filter(getpid())

        return lock

    def seal(self):
        """The worker's own system call filter, once it is warm."""
        step("install the system call filter", seccomp.install, seccomp.worker_filter(), fix=filter_fix)


def enter(slots, parent_died, memory_mb, packages):
    """Forks; returns in the child alone, which has no privilege left. The caller's process waits for it and cleans up."""
    outside.follow_parent(parent_died)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    as_root = os.geteuid() == 0
    scratch = step("make the scratch folders", Scratch, slots, NOBODY if as_root else None, fix=filter_fix)
    group = outside.make_group(slots, memory_mb)
    outside.clean_up_after_parent(parent_died, lambda: (group.remove(0), scratch.remove()))
    caller, launcher = os.getppid(), os.getpid()
    attached, attached_end = os.pipe()
    pid = os.fork()
    if pid > 0:
        os.close(attached)
        os.write(attached_end, outside.attach(group, pid).encode())
        outside.wait(pid, group, scratch)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.close(scratch.lock)
    os.close(attached_end)
    version = os.read(attached, 16).decode()
    os.close(attached)
    fork = CheapFork()
    step("drop privileges", _drop, as_root, fix=filter_fix)
    outside.follow_parent(lambda: os.getppid() != launcher)
    _check_library()
    _check_caller(caller)
    in_group = version not in ("none", "")
    report = {"cgroup": version or "none", "memoryFile": group.memory_file if in_group else ""}
    return ForkTier(scratch.folders, packages, report, fork)


def _drop(as_root):
    os.setsid()  # no terminal
    for capability in range(64):
        if as_root and kernel.LIBC.prctl(kernel.PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    if as_root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.prctl(kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
    kernel.capability_setter()()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    # No process of the same user reads this one's memory, nor those that it forks; and no core dumps.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check_library():
    """Root's own interpreter may lie where nobody else may look."""
    library = os.path.dirname(os.__file__)
    if not os.access(library, os.R_OK | os.X_OK):
        raise Refusal("read the standard library without privilege", f"{library} is closed to user {os.getuid()}",
                      "name an interpreter that every user may read, with the option `python`")


def _check_caller(caller):
    """The caller's memory holds the expected values. Landlock closes /proc; else another user, or Yama, must."""
    if landlock.abi():
        return
    try:
        os.close(os.open(f"/proc/{caller}/mem", os.O_RDONLY))
    except OSError:
        return
    raise Refusal("close the caller's memory to programs", "without Landlock, /proc opens it to all of this user's processes",
                  "enable Landlock (Linux 5.13 or newer, lsm=landlock), run "
                  "`sudo sysctl -w kernel.yama.ptrace_scope=1`, or start as root")


def _threads_of(user):
    """How many threads the user's processes have now; 0 where /proc does not say."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status") as file:
                status = dict(line.split(":\t", 1) for line in file if ":\t" in line)
            if int(status["Uid"].split()[0]) == user:
                count += int(status["Threads"])
        except (OSError, KeyError, ValueError):
            continue
    return count
