"""The warm process: it imports PyTorch, transformers and TRL once (10 s and more) and forks a child per job.

It must stay forkable, so it never runs a PyTorch operation: the OpenMP threads that the first parallel operation
starts do not survive a fork, and a child that waits for them hangs. It reads orders on standard input, one JSON
object a line, and writes the events of all jobs, tagged with the job's id, on its private standard output:

  {"id": "7", "op": "start", "job": "serve" | "train", "spec": {...}}      {"id": "7", "op": "stop"}

End of input ends the host and every job; so does the death of its parent, and of the host itself.
"""

import contextlib
import fcntl
import gc
import json
import os
import selectors
import signal
from dataclasses import dataclass, field
from typing import Any

from mucode_engine.jobs import run_job
from mucode_engine.lifetime import die_with_parent, kill_group
from mucode_engine.report import Report, private_stdout

_IMPORTS_OF_JOBS = ("serve", "train_generator", "train_verifier")


@dataclass
class _Job:
    id: str
    pid: int
    pipe: int
    unread: bytearray = field(default_factory=bytearray)


class _Host:
    def __init__(self, stdout: int) -> None:
        self._stdout = stdout
        self._report = Report(stdout)
        self._selector = selectors.DefaultSelector()
        self._jobs: dict[str, _Job] = {}
        self._orders = bytearray()

    def run(self) -> None:
        self._selector.register(0, selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select():
                if key.data is not None:
                    self._read_events(key.data)
                elif not self._read_orders():
                    for job in self._jobs.values():
                        kill_group(job.pid)
                    return

    def _read_orders(self) -> bool:
        data = os.read(0, 1 << 16)
        self._orders += data
        *lines, rest = self._orders.split(b"\n")
        self._orders = bytearray(rest)
        for line in lines:
            if line.strip():
                self._obey(bytes(line))
        return bool(data)

    def _obey(self, line: bytes) -> None:
        try:
            order = json.loads(line)
            id, op = str(order["id"]), order["op"]
            if op == "start":
                job, spec = order["job"], order["spec"]
        except (ValueError, KeyError, TypeError) as error:
            self._report(
                "failed", kind="fault", error=f"not an order: {line[:200].decode(errors='replace')} ({error!r})"
            )
            return
        if op == "start" and id in self._jobs:
            self._report("failed", id=id, kind="fault", error=f"a job with id {id!r} is running")
        elif op == "start":
            self._start(id, job, spec)
        elif op == "stop":
            if id in self._jobs:  # one that has just ended needs no stop
                kill_group(self._jobs[id].pid)
        else:
            self._report("failed", id=id, kind="fault", error=f"op {op!r} is not one of start, stop")

    def _start(self, id: str, job: str, spec: Any) -> None:
        reading, writing = os.pipe()
        host = os.getpid()
        pid = os.fork()
        if pid == 0:
            os._exit(self._be_child(host, job, spec, writing))
        os.close(writing)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_NONBLOCK)
        started = _Job(id, pid, reading)
        self._jobs[id] = started
        self._selector.register(reading, selectors.EVENT_READ, started)

    def _be_child(self, host: int, job: str, spec: Any, writing: int) -> int:
        code = 1
        try:
            os.setsid()
            die_with_parent(host)
            self._selector.close()
            os.close(self._stdout)
            for other in self._jobs.values():
                os.close(other.pipe)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the host's parent decides when a job ends
            code = run_job(job, spec, Report(writing))
        finally:
            os._exit(code)

    def _read_events(self, job: _Job) -> None:
        try:
            data = os.read(job.pipe, 1 << 16)
        except BlockingIOError:
            return
        job.unread += data
        *lines, rest = job.unread.split(b"\n")
        job.unread = bytearray(rest)
        for line in lines:
            event = json.loads(line)
            self._report(event.pop("event"), id=job.id, **event)
        if not data:
            self._end(job)

    def _end(self, job: _Job) -> None:
        """The job closed its pipe: it has ended, or is about to."""
        self._selector.unregister(job.pipe)
        os.close(job.pipe)
        _, status = os.waitpid(job.pid, 0)
        kill_group_leftovers(job.pid)
        del self._jobs[job.id]
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        self._report("exited", id=job.id, code=None if ended_by else os.WEXITSTATUS(status), signal=ended_by)


def kill_group_leftovers(group: int) -> None:
    """What a job left behind in its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def main(parent: int) -> None:
    """Import everything, say so, and obey orders until standard input ends."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C goes to the whole group; the parent tells us
    stdout = private_stdout()
    device, versions = _import_everything()
    gc.collect()
    gc.freeze()  # keep the collector from touching, and so copying, the pages shared with the children
    Report(stdout)("ready", device=device, versions=versions)
    _Host(stdout).run()


def _import_everything() -> tuple[str, dict[str, str]]:
    """Import all that jobs need; returns the kind of device there is and the versions of what matters."""
    import importlib
    import platform

    for name in _IMPORTS_OF_JOBS:
        importlib.import_module(f"mucode_engine.{name}")
    import torch

    libraries = ("torch", "transformers", "trl", "accelerate")
    versions = {name: importlib.import_module(name).__version__ for name in libraries}
    return "cuda" if torch.cuda.is_available() else "cpu", {"python": platform.python_version()} | versions
