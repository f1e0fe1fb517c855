"""One warm host for all tests: importing the libraries takes longer than everything that is tested."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

ENGINE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ENGINE))
os.environ["OMP_NUM_THREADS"] = "1"
PATIENCE = 120  # seconds to wait for an event


class Host:
    """Starts jobs in a warm host and collects their events."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mucode_engine", "host"],
            cwd=ENGINE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._events: dict[str, Queue[dict[str, Any]]] = {"": Queue()}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            event = json.loads(line)
            self._events[event.get("id", "")].put(event)

    def send(self, order: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def start(self, job: str, spec: dict[str, Any]) -> str:
        id = str(len(self._events))
        self._events[id] = Queue()
        self.send({"id": id, "op": "start", "job": job, "spec": spec})
        return id

    def event(self, id: str = "") -> dict[str, Any]:
        """The next event of a job, or of the host itself."""
        return self._events[id].get(timeout=PATIENCE)

    def finish(self, job: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a job to its end: all its events."""
        id = self.start(job, spec)
        events = [self.event(id)]
        while events[-1]["event"] != "exited":
            events.append(self.event(id))
        return events

    def serve(self, **spec: Any) -> str:
        """Start a server; its URL."""
        event = self.event(self.start("serve", spec))
        assert event["event"] == "listening", event
        return str(event["url"])


_host: Host | None = None


def pytest_sessionstart() -> None:
    global _host
    _host = Host()  # warms up while the tests are collected


def pytest_sessionfinish() -> None:
    if _host:
        assert _host.process.stdin
        _host.process.stdin.close()
        _host.process.wait(10)


@pytest.fixture(scope="session")
def host() -> Host:
    assert _host
    assert _host.event()["event"] == "ready"
    return _host


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny model."""
    from tiny import make_model

    path = str(tmp_path_factory.mktemp("models") / "tiny")
    make_model(path)
    return path


def post(url: str, body: Any) -> tuple[int, dict[str, Any]]:
    """Status and JSON answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def write_rows(path: Path, rows: list[Any]) -> str:
    """A JSON Lines file; strings are written as they are."""
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return str(path)
