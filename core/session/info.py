"""What is known of a session as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """The facts about a session."""

    path: Path
    name: str
    """The program's, or the folder's where that is not known."""
    command: tuple[str, ...]
    python: str | None
    """Version of the program's Python, None where it is not known (yet)."""
    started: str
    """ISO 8601."""
    start_ns: int
    end_ns: int | None
    """When the program was over; None while (or where) that is not known."""
    exit_code: int | None
    signal: int | None
    running: bool
    """The program (or its recorder) is still there."""
    complete: bool
    """The recording has an end, all of it was read, and no file is known to have been cut since."""
    events: int
    """Records read so far."""
    dropped: int
    """Records that are missing: dropped by the agent, never committed, or damaged."""
    pid: int
    captured: bool
    """The program's output is kept in the session."""
    held: bool = False
    """It was held at some time, or is."""
