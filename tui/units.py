"""Numbers and names as people read them: durations, instants, counts, sizes, programs. Pure."""

from __future__ import annotations

import os
import re
import signal

from concviz.core.language import NP_, pgettext

_STAMP = re.compile(r"-\d{8}-\d{6}(-\d+)?$")
_SCALES = (
    (1_000_000_000, NP_("unit", "s")), (1_000_000, NP_("unit", "ms")), (1_000, NP_("unit", "µs")),
    (1, NP_("unit", "ns")),
)


def duration(ns: int) -> str:
    """Three significant digits: ``132 ms``, ``4.21 s``, ``2:05 min``."""
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


def size(octets: int) -> str:
    """Bytes in powers of 1000: ``42.1 MB``."""
    value = float(octets)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def share(part: int, whole: int) -> str:
    """A percentage that never rounds something to nothing: ``<1 %``."""
    if part <= 0 or whole <= 0:
        return "0 %"
    percent = 100 * part / whole
    return "<1 %" if percent < 0.5 else f"{percent:.0f} %"


def brief(number: int) -> str:
    """A count in at most four characters: ``938``, ``41k``, ``1.2M``."""
    for scale, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= scale:
            return f"{number / scale:.{1 if number < 10 * scale else 0}f}{unit}"
    return str(number)


def signal_name(number: int) -> str:
    """``SIGINT``; of a signal without a name its number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def program(session_name: str) -> str:
    """The program's name: a session folder's without the time it was made."""
    return _STAMP.sub("", session_name) or session_name


def short(name: str) -> str:
    """A worker's name; of one that begins with a path only the last part of that."""
    if not name.startswith("/"):
        return name
    first, space, rest = name.partition(" ")
    return (os.path.basename(first) or first) + space + rest
