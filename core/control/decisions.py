"""The schedule of a session: every decision, a JSON line each in SESSION/schedule.jsonl.

Lines are appended as they are made, so that a session that was killed can be repeated up to there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from concviz.core.control.view import GRANULARITIES, SYNC, Link
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.folder import SessionError
from concviz.core.session.held import NAME, was_held
from concviz.core.text import clean

VERSION = 4
"""2: a library's free lock is no step, and a read says how much it found. 3: so does a select, and a small
write is one step. 4: who takes the last out of a queue and ends has made one."""
_LIMIT = 256 << 20
"""Bytes that are read."""
_SOURCE_LIMIT = 64 << 20


class ScheduleError(Exception):
    """A schedule cannot be read or repeated; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: who was let go, before what."""

    n: int
    """Counted from 1."""
    worker: str
    """Key of the worker (see ``view.Choice.key``)."""
    kind: str
    site: tuple[str, int] | None
    """File and line."""
    of: int = 1
    """How many were ready."""
    fifo: bool = True
    """Could a plain event loop have taken it?"""
    callback: str = ""
    """Name of the function, where it was a callback or a timer of an event loop."""
    size: int | None = None
    """Bytes that it found to read, or had read."""
    found: int | None = None
    """Which of its descriptors a select had found, as bits in their order."""

    @property
    def what(self) -> tuple[str, str, tuple[str, int] | None, str]:
        """What it is known by in another run."""
        return self.worker, self.kind, self.site, self.callback

    def __str__(self) -> str:
        what = f"{self.kind} {self.callback}".rstrip()
        where = f" at {clean(self.site[0])}:{self.site[1]}" if self.site else ""
        size = "" if self.size is None else f" of {self.size} bytes"
        found = "" if self.found is None else f" from a select that found {_places(self.found)}"
        return f"{self.worker} before {what}{size}{found}{where}"


def _places(bits: int) -> str:
    return ", ".join(f"#{at}" for at in range(bits.bit_length()) if bits >> at & 1) or "nothing"


@dataclass(frozen=True)
class Schedule:
    """The decisions of a program that was held from its start, up to where it was first released."""

    decisions: tuple[Decision, ...] = ()
    granularity: int = SYNC
    sources: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every file in which a decision was made."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that the program ran with so that it can be repeated."""

    @classmethod
    def load(cls, path: Path) -> Schedule:
        """Read a schedule: the file, or the session, a folder or packed, that holds one.

        Raises:
            ScheduleError: there is none, it is damaged, or the program was not held from its start.
        """
        data = _in_session(path) if os.path.isdir(path) or path.suffix == SUFFIX else _in_file(path)
        return _schedule(path, list(_lines(path, data)))

    def changed_sources(self) -> list[str]:
        """The files that are not any more what they were."""
        return [file for file, digest in self.sources.items() if source_digest(file) != digest]


def _in_file(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LIMIT)
    except OSError as error:
        raise ScheduleError(f"'{path}' cannot be read: {error.strerror}") from None


def _in_session(path: Path) -> bytes:
    from concviz.core.session.packed import opened  # brings NumPy

    try:
        files = opened(path)
    except SessionError as error:
        raise ScheduleError(str(error)) from None
    if not was_held(files):
        raise ScheduleError(f"'{path}' has no schedule: the program was never stepped")
    return files.read(files.root / NAME, _LIMIT, 0)


def _lines(path: Path, data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n")[:-1]:  # what has no end was cut off
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            raise ScheduleError(f"'{path}' is damaged") from None
        if not isinstance(fields, dict):
            raise ScheduleError(f"'{path}' is damaged")
        yield fields


def _schedule(path: Path, lines: list[dict[str, Any]]) -> Schedule:
    head = lines[0] if lines else {}
    if type(head.get("schedule")) is not int:
        raise ScheduleError(f"'{path}' is no schedule")
    if head["schedule"] > VERSION:
        raise ScheduleError(f"'{path}' was written by a newer concviz (version {head['schedule']})")
    if head["schedule"] < VERSION:
        raise ScheduleError(f"'{path}' is an older concviz's, whose steps were others: record it again")
    if head.get("from_start") is not True:
        raise ScheduleError(f"'{path}' cannot be repeated: the program was not held from its start")
    decisions: list[Decision] = []
    sources: dict[str, str] = {}
    granularity = None
    for line in lines[1:]:
        if "source" in line:
            sources[str(line["source"])] = str(line.get("sha256"))
        elif line.get("hold") in GRANULARITIES:
            granularity = granularity or GRANULARITIES[line["hold"]]
        elif "release" in line:
            break
        elif "n" in line:
            decisions.append(_decision(path, line))
    environment = head.get("environment")
    kept = {str(k): str(v) for k, v in environment.items()} if isinstance(environment, dict) else {}
    return Schedule(tuple(decisions), granularity or SYNC, sources, kept)


def _decision(path: Path, line: dict[str, Any]) -> Decision:
    n, worker, kind, site = (line.get(name) for name in ("n", "worker", "kind", "site"))
    if isinstance(site, list) and len(site) == 2 and isinstance(site[0], str) and type(site[1]) is int:
        place = (site[0], site[1])
    elif site is None:
        place = None
    else:
        raise ScheduleError(f"'{path}' is damaged")
    if type(n) is not int or not isinstance(worker, str) or not isinstance(kind, str):
        raise ScheduleError(f"'{path}' is damaged")
    of = line.get("of")
    return Decision(n, clean(worker), clean(kind), place, of if type(of) is int else 1,
                    line.get("fifo") is not False, clean(line.get("callback") or ""),
                    _natural(line.get("size")), _natural(line.get("found")))


def _natural(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def source_digest(file: str) -> str:
    """SHA-256 of a source file; '' where it cannot be read."""
    try:
        with open(file, "rb") as source:
            return hashlib.sha256(source.read(_SOURCE_LIMIT)).hexdigest()
    except (OSError, ValueError):
        return ""


def _place(links: Sequence[Link] | None) -> list[str | int] | None:
    site = links[0].waits_at if links else None
    return [site.file, site.line] if site else None


class Writer:
    """Appends to a session's schedule. The file appears with the first hold; trouble with it is silent."""

    def __init__(self, session: Path) -> None:
        self._path = session / NAME
        self._fd = -1
        self._sources: set[str] = set()

    def held(
        self, granularity: int, from_start: bool, environment: Mapping[str, str], now_ns: int,
    ) -> None:
        """The program is held from now on; ``environment``: what it needs to run again as it does now."""
        if self._fd < 0:
            self._open()
            self._line({"schedule": VERSION, "from_start": from_start, "environment": dict(environment)})
        word = next(name for name, number in GRANULARITIES.items() if number == granularity)
        self._line({"hold": word, "at_ns": now_ns})

    def released(self, now_ns: int) -> None:
        """The program runs by itself from now on."""
        self._line({"release": True, "at_ns": now_ns})

    def decided(self, decision: Decision) -> None:
        """Write a decision, and the digest of its file where that was not named before."""
        if decision.site and decision.site[0] not in self._sources:
            self._sources.add(decision.site[0])
            self._line({"source": decision.site[0], "sha256": source_digest(decision.site[0])})
        self._line({
            "n": decision.n, "worker": decision.worker, "kind": decision.kind,
            "site": list(decision.site) if decision.site else None, "of": decision.of, "fifo": decision.fifo,
            **({"callback": decision.callback} if decision.callback else {}),
            **({} if decision.size is None else {"size": decision.size}),
            **({} if decision.found is None else {"found": decision.found}),
        })

    def deadlock(self, links: Sequence[Link] | None, now_ns: int) -> None:
        """Nobody, or nobody in a circle, can go on from now on; None: that is over."""
        circle = None if links is None else [link.lane for link in links]
        self._line({"deadlock": circle, "site": _place(links), "at_ns": now_ns})

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._fd = os.open(self._path, flags, 0o600)
        except OSError:
            pass

    def _line(self, fields: Mapping[str, object]) -> None:
        if self._fd >= 0:
            try:
                os.write(self._fd, json.dumps(fields).encode() + b"\n")
            except OSError:
                self.close()
