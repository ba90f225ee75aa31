"""The door into SVG and HTML: text made harmless, numbers made short, widths guessed.

What came from the observed program has been cleaned (``core/text.py``) when it was read; it is cleaned again
here, because this is the last place where it can be.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable
from xml.sax.saxutils import escape

from concviz.core.text import LIMIT, clean

_ENTITIES = {'"': "&quot;", "'": "&#39;"}
_WIDE = frozenset("WF")
NEWLINE, _LINE = "\n", 300
_EM = 0.61  # of a character in the usual monospace fonts


def text(value: object, limit: int = LIMIT) -> str:
    """Text that may stand between tags and in attributes of XML and HTML."""
    return escape(clean(value, limit), _ENTITIES)


def tooltip(lines: Iterable[str]) -> str:
    """A ``title`` element of several lines."""
    return f"<title>{NEWLINE.join(text(line, _LINE) for line in lines)}</title>"


def number(value: float) -> str:
    """A coordinate with two decimals at most: ``12``, ``0.5``."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def width(value: str, size_px: float) -> float:
    """About how wide a text is in a monospace font of that size, in pixels."""
    return cells(value) * size_px * _EM


def cells(value: str) -> int:
    """How many characters' widths a text takes."""
    if value.isascii():
        return len(value)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in value
    )


def fitted(value: str, room_px: float, size_px: float) -> str:
    """As much of a text as fits, with ``…`` where that is not all; '' where it is next to nothing."""
    most = int(room_px / (size_px * _EM))
    if cells(value) <= most:
        return value
    if most < 3:
        return ""
    while cells(value) > most - 1:
        value = value[: min(len(value) - 1, most - 1)]
    return value + "…"


def wrapped(value: str, room_px: float, size_px: float, most: int) -> list[str]:
    """A text in lines that fit, at most so many; the last one ends with ``…`` where that is not all."""
    rows = textwrap.wrap(value, max(int(room_px / (size_px * _EM)), 3))
    if len(rows) > most:
        rows = [*rows[: most - 1], " ".join(rows[most - 1 :])]
    return [fitted(row, room_px, size_px) for row in rows]
