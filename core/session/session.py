"""A session folder, opened: its facts, its timeline, its gauges, and what has arrived since the last look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from concviz.core.session.system import SystemView
from concviz.core.timeline.timeline import Timeline


class SessionError(Exception):
    """A session cannot be opened; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """The facts about a session."""

    path: Path
    name: str
    command: tuple[str, ...]
    python: str | None
    started: str
    start_ns: int
    end_ns: int | None
    exit_code: int | None
    signal: int | None
    running: bool
    complete: bool
    events: int
    dropped: int
    pid: int
    captured: bool


class Session:
    """A session folder being read; ``advance`` takes in what arrived."""

    def __init__(self, info: SessionInfo) -> None:
        """Use ``open``."""
        self.info = info
        self.timeline = Timeline(info.start_ns)
        self.system = SystemView()
        self.notes: tuple[str, ...] = ()

    @classmethod
    def open(cls, path: Path) -> Session:
        """Open a session folder.

        Raises:
            SessionError: it is missing, empty, or of a newer format than this concviz knows.
        """
        raise SessionError(f"{path} is no session")

    def advance(self, now_ns: int, limit: int = 200_000) -> bool:
        """Take in what arrived, at most ``limit`` records; True if anything changed.

        Args:
            now_ns: the monotonic clock, read by the caller.
            limit: how much to read at most, so that a frame is not late.
        """
        return False

    def output(self, offset: int) -> tuple[bytes, int]:
        """What the program printed from ``offset`` on, and the offset to ask from next time."""
        return b"", offset
