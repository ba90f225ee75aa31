"""A core's cells as segments: bars of who ran, strokes of what else did. Pure.

The height of a bar is the share of the cell in which workers of the program ran. Where a run of one thread
begins stands the letter of its process, underlined when it came from another core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from concviz.tui import glyphs
from concviz.tui.core_names import CoreNames
from concviz.tui.palette import Palette, style
from concviz.tui.strips import CURSOR_LINE

if TYPE_CHECKING:
    from concviz.core.timeline.cores import CoreCells

OTHERS, IDLE, UNKNOWN = "╱", "·", " "
LABEL_FRAME = 4
"""Cells of a run besides the name that is written into it: its letter, two spaces, a bar."""
_SOME, _MUCH = 8, 4
"""Parts of a cell from which on others are shown: alone, and behind a bar."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what decides its glyph and its colours."""

    glyph: str
    who: int
    others: bool = False
    lead: bool = False
    moved: bool = False


def paint(cells: CoreCells, cell_ns: int, t0_ns: int, names: CoreNames, occupants: Sequence[tuple[int, int]],
          *, plain: bool = False) -> list[Cell]:
    """The cells of one core, names written into runs that are long enough."""
    found = [
        _cell(*values, cell_ns=cell_ns, plain=plain) for values in zip(
            cells.ours_ns.tolist(), cells.others_ns.tolist(), cells.who.tolist(), cells.known.tolist())
    ]
    at = 0
    for who, run in groupby(found, key=lambda cell: cell.who):
        end = at + len(list(run))
        if who >= 0:
            letter = names.letter(occupants[who][0])
            text = f"{letter} {names.name(who, t0_ns + at * cell_ns)} "
            text = text if len(text) + 2 <= end - at else letter
            for place, glyph in enumerate(text, at):
                found[place] = Cell(glyph, who, found[place].others, lead=True)
        at = end
    for place in cells.moved.nonzero()[0].tolist():
        cell = found[place]
        if cell.who >= 0:
            glyph = cell.glyph if cell.lead else names.letter(occupants[cell.who][0])
            found[place] = Cell(glyph, cell.who, cell.others, lead=True, moved=True)
    return found


def _cell(ours: int, others: int, who: int, known: bool, *, cell_ns: int, plain: bool) -> Cell:
    if who >= 0 and not (plain and others > ours):  # without colour a ground behind a bar is not seen
        height = min(glyphs.FULL, max(1, (2 * glyphs.FULL * ours // cell_ns + 1) // 2))
        return Cell(glyphs.BARS[height], who, others * _MUCH >= cell_ns)
    if others * _SOME >= cell_ns:
        return Cell(OTHERS, -1)
    return Cell(IDLE if known else UNKNOWN, -1)


def segments(
    cells: list[Cell], palette: Palette, names: CoreNames, occupants: Sequence[tuple[int, int]],
    cursor: int | None,
) -> list[Segment]:
    """One segment for each run of cells that look alike; the cursor's column is a line across them."""
    found: list[Segment] = []
    at = 0
    for _, run in groupby(cells, key=lambda cell: (cell.who, cell.others, cell.lead, cell.moved, cell.glyph
                                                  in (OTHERS, IDLE, UNKNOWN))):
        group = list(run)
        text = "".join(cell.glyph for cell in group)
        ink = _style(group[0], palette, names, occupants)
        end = at + len(group)
        if cursor is not None and at <= cursor < end:
            line = palette.text(palette.cursor, bold=True)
            found += [Segment(text[: cursor - at], ink), Segment(CURSOR_LINE, line),
                      Segment(text[cursor - at + 1 :], ink)]
        else:
            found.append(Segment(text, ink))
        at = end
    return [segment for segment in found if segment.text]


def _style(cell: Cell, palette: Palette, names: CoreNames, occupants: Sequence[tuple[int, int]]) -> Style:
    if cell.who < 0:
        return style(palette.muted if cell.glyph == OTHERS else palette.faint, palette.background)
    color = names.color(occupants[cell.who][0], palette)
    ground = palette.raised if cell.others else palette.panel
    if cell.lead:
        return style(palette.foreground, ground, bold=True, underline=cell.moved)
    return style(color, ground)
