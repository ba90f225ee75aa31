"""Numbers and names as people read them: durations, instants, counts, sizes, programs. Pure."""

from __future__ import annotations

import re

from concviz.core.units import clock, count, duration, share, short, signal_name, size, unnamed

__all__ = [
    "brief", "clock", "count", "duration", "program", "share", "short", "signal_name", "size",
    "unnamed",
]

_STAMP = re.compile(r"-\d{8}-\d{6}(-\d+)?$")


def brief(number: int) -> str:
    """A count in at most four characters: ``938``, ``41k``, ``1.2M``."""
    for scale, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= scale:
            return f"{number / scale:.{1 if number < 10 * scale else 0}f}{unit}"
    return str(number)


def program(session_name: str) -> str:
    """The program's name: a session folder's without the time it was made."""
    return _STAMP.sub("", session_name) or session_name
