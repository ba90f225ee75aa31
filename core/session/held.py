"""For how long the program was held, by the decisions that were written meanwhile (``schedule.jsonl``)."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "schedule.jsonl"
_LONGEST = 1 << 16
"""Bytes of a line that is looked at."""


def was_held(session: Path) -> bool:
    """Was the program of a session ever held?"""
    return (session / NAME).exists()


def held_ns(session: Path, end_ns: int) -> int:
    """Nanoseconds in which the program was held; where nobody let it go, until ``end_ns``."""
    total, since = 0, None
    try:
        with open(session / NAME, "rb") as file:
            while line := file.readline(_LONGEST):
                if b'"at_ns"' not in line or not line.endswith(b"\n"):
                    continue
                at, holds = _moment(line)
                if at and holds and since is None:
                    since = at
                elif at and not holds and since is not None:
                    total, since = total + max(at - since, 0), None
    except OSError:
        return 0
    return total + (max(end_ns - since, 0) if since is not None else 0)


def _moment(line: bytes) -> tuple[int, bool]:
    """When a line says that the program was held, or let go; 0 where it says neither."""
    try:
        fields = json.loads(line)
        at = fields["at_ns"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return 0, False
    told = type(at) is int and ("hold" in fields or "release" in fields)
    return (at, "hold" in fields) if told else (0, False)
