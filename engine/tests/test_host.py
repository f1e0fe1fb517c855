"""Nothing outlives its parent, and a job's end is always told."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import ENGINE, Host

# A host whose jobs only sleep: what is tested is the life of processes, not what they compute.
_SLEEPING_HOST = """
import os, time
from mucode_engine import host
host._import_everything = lambda: ("cpu", {})
def sleep(job, spec, report):
    report("listening", pid=os.getpid())
    time.sleep(600)
host.run_job = sleep
host.main(os.getppid())
"""
_PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1]]).wait()
"""


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def _gone(pids: list[int]) -> bool:
    for _ in range(100):
        if not any(map(_alive, pids)):
            return True
        time.sleep(0.05)
    return False


def _family() -> tuple[subprocess.Popen[bytes], int, list[int]]:
    """A parent, its host, and two jobs of the host."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, _SLEEPING_HOST], cwd=ENGINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin
    assert parent.stdout
    assert json.loads(parent.stdout.readline())["event"] == "ready"
    jobs = []
    for id in ("1", "2"):
        parent.stdin.write(json.dumps({"id": id, "op": "start", "job": "serve", "spec": {}}).encode() + b"\n")
        parent.stdin.flush()
        jobs.append(json.loads(parent.stdout.readline())["pid"])
    host = int(Path(f"/proc/{jobs[0]}/stat").read_text().split()[3])
    return parent, host, jobs


def test_a_killed_parent_takes_host_and_jobs_along() -> None:
    parent, host, jobs = _family()  # this test keeps the host's standard input open
    assert all(map(_alive, [host, *jobs]))
    parent.kill()
    parent.wait()
    assert _gone([host, *jobs])


def test_a_killed_host_takes_jobs_along() -> None:
    parent, host, jobs = _family()
    os.kill(host, signal.SIGKILL)
    parent.wait(10)
    assert _gone(jobs)


def test_end_of_orders_ends_everything() -> None:
    parent, host, jobs = _family()
    assert parent.stdin
    parent.stdin.close()
    parent.wait(10)
    assert _gone([host, *jobs])


def test_a_crashed_job_is_told_and_the_host_goes_on() -> None:
    parent, _, jobs = _family()
    assert parent.stdin
    assert parent.stdout
    os.kill(jobs[0], signal.SIGSEGV)
    assert json.loads(parent.stdout.readline()) == {"event": "exited", "id": "1", "code": None, "signal": 11}
    parent.stdin.write(b'{"id": "2", "op": "stop"}\n')
    parent.stdin.flush()
    assert json.loads(parent.stdout.readline()) == {"event": "exited", "id": "2", "code": None, "signal": 9}
    parent.stdin.close()
    parent.wait(10)


def test_bad_orders_are_answered(host: Host) -> None:
    host.send({"op": "start"})
    assert host.event()["kind"] == "fault"
    host.send({"id": "none", "op": "stop"})  # a job that has ended already: nothing to do
    failed, exited = host.finish("serve", {"model": "nowhere"})
    assert (failed["event"], exited["event"]) == ("failed", "exited")
