"""The vocabulary of the launch tests: run concviz as a user does, and the same program without it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0
IDLE = "while True: __import__('time').sleep(0.01)"
"""Waits for a signal: Python handles one that came just before a long system call only after it."""
CONCVIZ = (sys.executable, "-m", "concviz")


def concviz(*words: str | Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """Run ``concviz words…`` to its end; stdout and stderr as bytes."""
    return bare(*CONCVIZ, *words, **how)


def bare(*words: str | Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """Run any command to its end; stdin is empty unless ``input`` or ``stdin`` is given."""
    if "input" not in how:
        how.setdefault("stdin", subprocess.DEVNULL)
    how.setdefault("stdout", subprocess.PIPE)
    how.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([str(word) for word in words], timeout=PATIENCE_S, **how)


def recorded(session: Path, *target: str | Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """Run ``concviz record`` without sampling, into ``session``."""
    return concviz("record", "--hz", "0", "-o", session, *target, **how)


def facts(session: Path, name: str = "session.json") -> dict[str, Any]:
    """A JSON file of the session."""
    found: dict[str, Any] = json.loads((session / name).read_bytes())
    return found


class OnTerminal:
    """A process that leads a session on a pseudo-terminal of its own, as under a terminal emulator."""

    def __init__(self, words: Sequence[str | Path], **how: Any) -> None:
        self._master, slave = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=lambda: os.login_tty(os.dup(0)), **how,
        )
        os.close(slave)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def read_until(self, text: bytes) -> None:
        """Wait until the terminal has shown ``text``; fails when the process ends before."""
        while text not in self.shown:
            assert self._read(), f"{text!r} never came: {self.shown!r}"

    def end(self) -> int:
        """Wait for the end of the process and return its code, negative for a signal."""
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait(PATIENCE_S)

    def hang_up(self) -> int:
        """Close the terminal, as a terminal emulator's window; the process's code, negative for a signal."""
        os.close(self._master)
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], PATIENCE_S)
        assert ready, f"nothing more came: {self.shown!r}"
        try:
            data = os.read(self._master, 4096)
        except OSError:  # EIO: nobody has the terminal open any more
            return False
        self.shown += data
        return bool(data)


def until(condition: Callable[[], bool], watched: Path) -> None:
    """Wait until ``condition`` holds; it is looked at again whenever the kernel gives others a turn.

    For what cannot be waited for by a descriptor (a file that another process writes).
    """
    import time

    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, sorted(path.name for path in watched.iterdir())
        os.sched_yield()
