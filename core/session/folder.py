"""The files of a session folder besides its logs: what was started, how it ended, which logs there are."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from concviz.core.session.chunks import SUFFIX
from concviz.core.session.files import Files
from concviz.core.text import clean

FORMAT = 1
JSON_LIMIT = 1 << 20
"""Bytes of a JSON file that are looked at."""
_LOG_LIMIT = 64 * 1024
_ARGUMENTS = 1000
_BIGGEST = 1 << 62


class SessionError(Exception):
    """A session cannot be opened; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Start:
    """What ``session.json`` says; defaults where it says nothing."""

    command: tuple[str, ...] = ()
    python: str | None = None
    started: str = ""
    start_ns: int = 0
    pid: int = 0
    recorder_pid: int = 0
    captured: bool = False
    damaged: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """What ``end.json`` says."""

    ended_ns: int
    exit_code: int | None
    signal: int | None

    @property
    def status(self) -> int | None:
        """The exit code, or minus the signal's number; None where neither is known."""
        return -self.signal if self.signal and self.exit_code is None else self.exit_code


def read_start(files: Files) -> Start:
    """Read ``session.json``; a damaged one gives what can be told from the rest of the session.

    Raises:
        SessionError: there is no session, or one of a newer format.
    """
    shown = clean(files.path, 500)
    if not os.path.exists(files.path):
        hint = f": did you mean {shown}{SUFFIX}?" if os.path.isfile(f"{files.path}{SUFFIX}") else ""
        raise SessionError(f"there is no session {shown}{hint}")
    if files.growing and not os.path.isdir(files.path):
        raise SessionError(f"{shown} is no session: a session is a folder, or a file that concviz has packed")
    data = _json(files, "session.json")
    if data is None:
        logs = log_stems(files)
        if not logs:
            raise SessionError(f"{shown} holds no session")
        return Start(start_ns=min(opened_of(stem) for stem in logs), damaged=True)
    form = data.get("format")
    if isinstance(form, int) and form > FORMAT:
        raise SessionError(
            f"{shown} was recorded by a newer concviz (format {form}; this one reads up to {FORMAT})"
        )
    return _start(data)


def start_in(text: bytes) -> Start | None:
    """What a ``session.json`` says; None where it cannot be read."""
    data = _object(text)
    return None if data is None else _start(data)


def _start(data: dict[str, Any]) -> Start:
    command = data.get("command")
    python, name = data.get("python"), data.get("name")
    return Start(
        tuple(clean(a, 1000) for a in command[:_ARGUMENTS]) if isinstance(command, list) else (),
        clean(python, 40) if isinstance(python, str) else None,
        clean(data.get("started") or "", 60), _whole(data.get("start_ns")), _whole(data.get("pid")),
        _whole(data.get("recorder_pid")), bool(data.get("captured")),
        name=clean(name, 100) if isinstance(name, str) else "",
    )


def read_end(files: Files) -> End | None:
    """Read ``end.json``; None while (or where) there is none that can be read."""
    return end_in(files.read(files.root / "end.json", JSON_LIMIT, 0))


def end_in(text: bytes) -> End | None:
    """What an ``end.json`` says; None where it cannot be read."""
    data = _object(text)
    if data is None or not _whole(data.get("ended_ns")):
        return None
    code, signal = data.get("exit_code"), data.get("signal")
    return End(
        _whole(data.get("ended_ns")), code if type(code) is int and abs(code) < 1 << 32 else None,
        signal if type(signal) is int and 0 < signal < 256 else None,
    )


def log_stems(files: Files) -> list[str]:
    """The names of the event logs, without suffix, in the order in which they were opened."""
    stems = [n[: -len(".events")] for n in files.events() if n.endswith(".events")]
    return sorted((s for s in stems if opened_of(s)), key=lambda s: (opened_of(s), s))


def opened_of(stem: str) -> int:
    """When a log was opened, by its name; 0 where it isn't a log's name."""
    parts = stem.split("-")
    try:
        pid, interpreter, opened = int(parts[0]), int(parts[1]), int(parts[2], 16)
    except (ValueError, IndexError):
        return 0
    ok = len(parts) == 3 and 0 < pid < 1 << 32 and 0 <= interpreter < 1 << 32 and 0 < opened < _BIGGEST
    return opened if ok else 0


def said(files: Files) -> list[str]:
    """The lines of ``log.txt``: what concviz itself had to say about the recording."""
    text = files.read(files.root / "log.txt", _LOG_LIMIT, 0).decode("utf-8", "replace")
    return [clean(line) for line in text.splitlines() if line.strip()]


def _whole(value: object) -> int:
    return value if type(value) is int and 0 <= value < _BIGGEST else 0


def _json(files: Files, name: str) -> dict[str, Any] | None:
    return _object(files.read(files.root / name, JSON_LIMIT, 0))


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
