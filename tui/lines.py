"""Words into strips: cut to the width in cells, padded, styled; never parsed as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from concviz.tui.glyphs import ELLIPSIS

Part = tuple[str, Style]
_NUMBER = re.compile(r"[-_ ]?\d[\d_]*$")
"""What tells the workers of one pool from each other: ``-0_1``, ``_12``."""


def width_of(parts: Iterable[Part]) -> int:
    """Cells that the words take."""
    return sum(cell_len(text) for text, _ in parts)


def cut(text: str, width: int) -> str:
    """The text, shortened with an ellipsis to at most ``width`` cells."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def cut_name(text: str, width: int) -> str:
    """The same of a worker's name: the number at its end stays, so that those of one pool differ."""
    found = _NUMBER.search(text)
    number = found.group() if found else ""
    if cell_len(text) <= width or not number or len(number) > width // 2:
        return cut(text, width)
    return set_cell_size(text, width - len(number) - 1).rstrip() + ELLIPSIS + number


def cut_pair(one: str, other: str, width: int) -> tuple[str, str]:
    """Two names in so many cells together: the longer one gives way, or each has half of them."""
    half = width // 2
    one_width, other_width = cell_len(one), cell_len(other)
    if one_width + other_width > width:
        one = cut_name(one, max(1, half, width - other_width))
        other = cut_name(other, max(1, half, width - one_width))
    return one, other


def fitted(text: str, width: int) -> str:
    """The text at exactly ``width`` cells."""
    return set_cell_size(cut(text, width), width)


def cut_parts(parts: Sequence[Part], width: int) -> list[Part]:
    """As many of the parts as fit, the last one shortened."""
    kept: list[Part] = []
    room = width
    for text, style in parts:
        needed = cell_len(text)
        if needed > room:
            if room > 0:
                kept.append((cut(text, room), style))
            break
        kept.append((text, style))
        room -= needed
    return kept


def line(parts: Sequence[Part], width: int, ground: Style, right: Sequence[Part] = ()) -> Strip:
    """A strip of exactly ``width`` cells: ``parts`` at the left, ``right`` at the right edge."""
    tail = cut_parts(right, width)
    tail_width = width_of(tail)
    room = width - tail_width - (1 if tail else 0)
    head = cut_parts(parts, max(0, room))
    gap = width - tail_width - width_of(head)
    segments = [Segment(text, style) for text, style in head]
    if gap > 0:
        segments.append(Segment(" " * gap, ground))
    segments.extend(Segment(text, style) for text, style in tail)
    return Strip(segments, width)


def wrapped(text: str, width: int) -> list[str]:
    """Words in lines of at most ``width`` cells; a word that is longer, such as a path, is broken."""
    found: list[str] = []
    current = ""
    for word in text.split():
        joined = f"{current} {word}" if current else word
        if current and cell_len(joined) > width:
            found.append(current)
            joined = word
        *whole, current = chop_cells(joined, max(1, width))
        found += whole
    if current:
        found.append(current)
    return found
