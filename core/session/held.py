"""When the program was held, and was in a deadlock, by what was written meanwhile (``schedule.jsonl``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from concviz.core.session.files import Files
from concviz.core.text import clean

NAME = "schedule.jsonl"
_SHORTEST_NS = 5_000_000
"""A deadlock that lasts less was none: somebody was about to say that a lock is free."""
_LONGEST = 1 << 16
"""Bytes of a line that is looked at."""


@dataclass(frozen=True, slots=True)
class Deadlock:
    """A deadlock, seen while the program was held; it may have lasted after it was released."""

    t0_ns: int
    t1_ns: int | None
    """None: it lasts."""
    circle: tuple[str, ...]
    """Ids of workers, each of which waits for the next, the last for the first; () where it is not known."""
    file: str = ""
    line: int = 0
    """Where the first one waits."""


def was_held(files: Files) -> bool:
    """Was the program of a session ever held?"""
    return files.size(files.root / NAME) is not None


def held_ns(files: Files, start_ns: int, end_ns: int) -> int:
    """Nanoseconds between ``start_ns`` and ``end_ns``, at which it began and ended, in which it was held.

    (Whoever holds a program from its start does so before that, and lets go of it when it has ended.)
    """
    total, since = 0, None
    for line in _lines(files):
        if b'"hold"' not in line and b'"release"' not in line:
            continue
        at, holds = _moment(line)
        at = at and min(max(at, start_ns), end_ns)
        if at and holds and since is None:
            since = at
        elif at and not holds and since is not None:
            total, since = total + max(at - since, 0), None
    return total + (max(end_ns - since, 0) if since is not None else 0)


def _lines(files: Files) -> Iterator[bytes]:
    """The lines that have an end; of one that is too long some part."""
    at, rest = 0, b""
    while data := files.read(files.root / NAME, _LONGEST, at):
        at += len(data)
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[:_LONGEST]
        yield from lines


def _moment(line: bytes) -> tuple[int, bool]:
    """When a line says that the program was held, or let go; 0 where it says neither."""
    try:
        fields = json.loads(line)
        at = fields["at_ns"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return 0, False
    told = type(at) is int and ("hold" in fields or "release" in fields)
    return (at, "hold" in fields) if told else (0, False)


def deadlocks(files: Files) -> list[Deadlock]:
    """The deadlocks of a session, in order."""
    found: list[Deadlock] = []
    for line in _lines(files):
        if line.startswith(b'{"deadlock"'):
            _take_deadlock(found, line)
    return [each for each in found if each.t1_ns is None or each.t1_ns - each.t0_ns >= _SHORTEST_NS]


def _take_deadlock(found: list[Deadlock], line: bytes) -> None:
    """One begins, or the last one is over."""
    try:
        fields: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return
    at, circle, site = fields.get("at_ns"), fields.get("deadlock"), fields.get("site")
    if type(at) is not int:
        return
    if circle is None and found and found[-1].t1_ns is None:
        found[-1] = replace(found[-1], t1_ns=at)
    elif isinstance(circle, list):
        file, number = "", 0
        if isinstance(site, list) and len(site) == 2 and type(site[1]) is int:
            file, number = clean(site[0]), site[1]
        found.append(Deadlock(at, None, tuple(clean(one) for one in circle), file, number))
