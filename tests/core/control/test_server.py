"""The controller's socket by itself: what comes together is told together."""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from concviz.core.control.server import Server

PATIENCE_S = 20.0


class Told:
    """A ``server.Handler`` that keeps what it is told."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.server: Server
        self.watched: list[bool] = []

    def line(self, conn: int, line: bytes) -> bool:
        if line.startswith(b"pid "):
            self.watched.append(self.server.watch(conn, int(line[4:])))
        self.events.put(line.decode())
        return True

    def gone(self, conn: int) -> None:
        self.events.put("gone")

    def over(self, conn: int) -> None:
        self.events.put("over")

    def turned(self) -> float | None:
        self.events.put("turned")
        return None

    def failed(self, error: Exception) -> None:
        self.events.put(repr(error))

    def until(self, event: str) -> list[str]:
        events = [self.events.get(timeout=PATIENCE_S)]
        while events[-1] != event:
            events.append(self.events.get(timeout=PATIENCE_S))
        return events


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    handler = Told()
    handler.server = Server(tmp_path / "s", handler, threading.RLock())
    yield handler
    handler.server.close()


def test_the_end_of_who_has_said_something_is_told_with_it(told: Told, tmp_path: Path) -> None:
    """Else somebody could be let go that is not there any more."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(tmp_path / "s"))
        line.sendall(b"x" * (1 << 17) + b"\none\ntwo\n")
    told.server.start()
    assert told.until("gone")[-3:] == ["one", "two", "gone"]


CHILD = """
import os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.sendall(b"pid %d\\n" % os.getpid())
line.close()
sys.stdin.read()
"""


def test_a_process_is_over_when_it_is_and_not_when_its_connection_is(told: Told, tmp_path: Path) -> None:
    told.server.start()
    words = [sys.executable, "-c", CHILD, str(tmp_path / "s")]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as child:
        told.until("gone")
        assert child.stdin
        child.stdin.close()
        events = told.until("over")
        assert set(events[:-1]) <= {"turned"}
    assert told.watched == [True]


def test_a_process_that_somebody_else_tells_of_is_not_watched(told: Told, tmp_path: Path) -> None:
    told.server.start()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(tmp_path / "s"))
        line.sendall(b"pid 1\n")
        told.until("pid 1")
    assert told.watched == [False]
