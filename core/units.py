"""Numbers and names as people read them, on the screen and in pictures. Pure."""

from __future__ import annotations

import os
import re
import signal

from concviz.core.language import NP_, pgettext

_SCALES = (
    (1_000_000_000, NP_("unit", "s")), (1_000_000, NP_("unit", "ms")), (1_000, NP_("unit", "µs")),
    (1, NP_("unit", "ns")),
)

_SIZES = (NP_("unit", "B"), NP_("unit", "kB"), NP_("unit", "MB"), NP_("unit", "GB"))
_UNNAMED = re.compile(r"Task-\d+")  # the name that asyncio gives


def duration(ns: int) -> str:
    """Three significant digits: ``132 ms``, ``4.21 s``; from a minute on as ``clock``: ``2:05.300``."""
    if ns < 0:
        return "−" + duration(-ns)
    if ns >= 60_000_000_000:
        return clock(ns)
    for scale, unit in _SCALES:
        if ns >= scale * 0.9995:
            value = ns / scale
            digits = 0 if value >= 99.95 or scale == 1 else 1 if value >= 9.995 else 2
            return f"{value:.{digits}f} {pgettext('unit', unit)}"
    return f"0 {pgettext('unit', 's')}"


def clock(ns: int, step_ns: int = 1_000_000) -> str:
    """An instant of the session, as precise as ``step_ns`` asks: ``1.250 s``, ``2:05.3``."""
    digits = 0
    while digits < 9 and step_ns < 10 ** (9 - digits):
        digits += 1
    seconds, rest = divmod(abs(ns), 1_000_000_000)
    fraction = f".{rest:09d}"[: digits + 1] if digits else ""
    sign = "−" if ns < 0 else ""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{seconds % 60:02d}{fraction}"
    if minutes:
        return f"{sign}{minutes}:{seconds % 60:02d}{fraction}"
    return f"{sign}{seconds}{fraction} {pgettext('unit', 's')}"


def count(number: int) -> str:
    """Thousands set apart by a space: ``41 208``."""
    return f"{number:,}".replace(",", " ")


def share(part: int, whole: int) -> str:
    """A percentage that never rounds something to nothing: ``<1 %``."""
    if part <= 0 or whole <= 0:
        return "0 %"
    percent = 100 * part / whole
    return "<1 %" if percent < 0.5 else f"{percent:.0f} %"


def short(name: str) -> str:
    """A worker's name; of one that begins with a path only the last part of that."""
    if not name.startswith("/"):
        return name
    first, space, rest = name.partition(" ")
    return (os.path.basename(first) or first) + space + rest


def unnamed(name: str, coroutine: str) -> str:
    """What a task does that nobody has named: its coroutine, without what that is local to; else ''."""
    return short(coroutine.rpartition("<locals>.")[2]) if _UNNAMED.fullmatch(name) else ""


def size(n_bytes: int) -> str:
    """Bytes in powers of 1000: ``42.1 MB``."""
    value = float(n_bytes)
    for unit in _SIZES:
        if value < 999.5:
            digits = 0 if unit == _SIZES[0] or value >= 99.5 else 1
            return f"{value:.{digits}f} {pgettext('unit', unit)}"
        value /= 1000
    return f"{value:.1f} " + pgettext("unit", "TB")


def signal_name(number: int) -> str:
    """``SIGINT``; of a signal without a name its number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
