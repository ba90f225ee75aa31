"""For how long the program was held, by the decisions that were written meanwhile (``schedule.jsonl``)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from concviz.core.session.files import Files

NAME = "schedule.jsonl"
_LONGEST = 1 << 16
"""Bytes of a line that is looked at."""


def was_held(files: Files) -> bool:
    """Was the program of a session ever held?"""
    return files.size(files.root / NAME) is not None


def held_ns(files: Files, start_ns: int, end_ns: int) -> int:
    """Nanoseconds between ``start_ns`` and ``end_ns``, at which it began and ended, in which it was held.

    (Whoever holds a program from its start does so before that, and lets go of it when it has ended.)
    """
    total, since = 0, None
    for line in _lines(files):
        if b'"at_ns"' not in line:
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
