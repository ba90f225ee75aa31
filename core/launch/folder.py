"""The session folder as the recorder writes it (``core/session/FORMAT.md``): created, described, closed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from concviz import __version__
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.launch.target import Target
from concviz.core.session.alive import of_session
from concviz.core.session.files import pread
from concviz.core.session.folder import FORMAT, JSON_LIMIT, Start, end_in, start_in


def create(path: Path) -> Path:
    """Make the session folder, for its owner alone, and return its absolute path.

    Raises:
        LaunchError: it exists and holds something, is a file, or cannot be made.
    """
    path = path.expanduser().absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        if any(path.iterdir()):
            raise LaunchError(f"'{path}' is not empty: a session needs a folder of its own", NO_SESSION)
        path.chmod(0o700)
        (path / "events").mkdir(mode=0o700)
    except FileExistsError:
        raise LaunchError(f"'{path}' cannot be a session: a file is in the way", NO_SESSION) from None
    except OSError as error:
        raise LaunchError(f"the session '{path}' cannot be created: {error.strerror}", NO_SESSION) from None
    return path


def write_start(session: Path, target: Target, *, captured: bool, start_ns: int, pid: int = 0) -> None:
    """Describe the program in session.json; called before it starts and again when its pid is known.

    Raises:
        LaunchError: it cannot be written (a full disk).
    """
    wall_ns = time.time_ns() - (time.perf_counter_ns() - start_ns)
    facts = {
        "format": FORMAT,
        "concviz": __version__,
        "name": target.name,
        "command": list(target.argv),
        "cwd": _cwd(),
        "python": target.python,
        "started": _iso(wall_ns),
        "start_ns": start_ns,
        "start_wall_ns": wall_ns,
        "pid": pid,
        "recorder_pid": os.getpid(),
        "captured": captured,
    }
    try:
        _write(session / "session.json", facts)
    except OSError as error:
        raise LaunchError(f"'{session}' cannot be written to: {error.strerror}", NO_SESSION) from None


def write_end(session: Path, ended_ns: int, status: int) -> None:
    """Write end.json; ``status`` is the exit code, or minus the number of the signal that killed it."""
    _write(session / "end.json", {
        "ended_ns": ended_ns,
        "exit_code": status if status >= 0 else None,
        "signal": -status if status < 0 else None,
    })


def write_sizes(session: Path, sizes: Mapping[str, int]) -> None:
    """Write sizes.json: how long each log was when the session was closed, so that a later loss shows."""
    _write(session / "sizes.json", sizes)


def read_status(session: Path) -> int | None:
    """Return the ``status`` in end.json; None while the program runs, or where it isn't known."""
    end = end_in(pread(session / "end.json", JSON_LIMIT, 0))
    return end.status if end is not None else None


def recorder_lives(session: Path, but: int = 0) -> bool:
    """Is a session's recorder still there, and not the process ``but``?"""
    start = _start(session)
    return start.recorder_pid != but and of_session(start.start_ns)(start.recorder_pid, 0)


def program_lives(session: Path) -> bool:
    """Is a session's program still there?"""
    start = _start(session)
    return of_session(start.start_ns)(start.pid, 0)


def read_program(session: Path) -> int:
    """Return the pid of a session's program; 0 where it isn't known, or has not begun."""
    return _start(session).pid


def _start(session: Path) -> Start:
    return start_in(pread(session / "session.json", JSON_LIMIT, 0)) or Start()


def note(session: Path, line: str) -> None:
    """Append a line to log.txt; a recording never fails for want of a note."""
    try:
        fd = os.open(session / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, (line.rstrip("\n") + "\n").encode("utf-8", "backslashreplace"))
        finally:
            os.close(fd)
    except OSError:
        pass


def _write(path: Path, facts: Mapping[str, object]) -> None:
    """Replace ``path`` at once, so that a reader never sees half of it."""
    text = json.dumps(facts, indent=1)
    temporary = path.with_name(path.name + ".new")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)
    temporary.replace(path)


def _iso(wall_ns: int) -> str:
    """Local time as ISO 8601, to the millisecond."""
    local = time.localtime(wall_ns // 10**9)
    zone = time.strftime("%z", local)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{wall_ns // 10**6 % 1000:03}{zone[:3]}:{zone[3:5]}"


def _cwd() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # the folder was removed under our feet
        return None
