"""Cells become glyphs and inks, glyphs and inks become segments. Pure.

One cell says three things: the height of the bar is the share of its time the worker ran (in sevenths,
so that lanes above each other stay apart), the ground behind it is what the worker did with the rest,
and a worker that did not run at all shows the stroke of what it waited for. An underlined cell holds
many switches. What is not known exactly has faded a little into its ground.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from rich.segment import Segment

from concviz.core.model import READY_REASONS, Known, Reason
from concviz.tui import glyphs
from concviz.tui.palette import EMPTY, PART, REST, Palette, ink, ink_of

if TYPE_CHECKING:
    from concviz.core.timeline.answers import Cells

MANY_SWITCHES = 8
LABEL_ROOM = 9
"""Cells of the shortest wait that gets its word; a long word needs more."""
LABEL_FRAME = 4
"""Cells around a word: two strokes and a space before it, a space after it."""
LESSER_BARS = frozenset(glyphs.BARS[1 : (glyphs.FULL + 1) // 2])
"""Bars of less than half a cell."""
CURSOR_LINE = "│"

_REST_GLYPHS = tuple(glyphs.REST[reason] for reason in Reason)
_READY = frozenset(int(reason) for reason in READY_REASONS)


@dataclass(slots=True)
class Painted:
    """Consecutive cells of one lane: a glyph and an ink number each."""

    glyphs: list[str] = field(default_factory=list)
    inks: list[int] = field(default_factory=list)


def paint_cell(
    running: int, ready: int, waiting: int, reason: int, switches: int, cell_ns: int, known: int = 0
) -> tuple[str, int]:
    """Glyph and ink of one cell, from the nanoseconds it spent in each state."""
    rest = ready + waiting
    if not running:
        if not rest:
            return " ", EMPTY
        if not reason and ready > waiting:
            reason = Reason.LOOP
        return _REST_GLYPHS[reason], ink(reason, REST, known=known)
    busy = switches >= MANY_SWITCHES
    height = min(glyphs.FULL, max(1, (2 * glyphs.FULL * running // cell_ns + 1) // 2))
    ground = reason if rest * 16 >= cell_ns or reason not in _READY else 0
    return glyphs.BARS[height], ink(ground, PART, busy, known)


def paint(cells: Cells, cell_ns: int) -> Painted:
    """Paint what the timeline answered for one lane."""
    painted = Painted()
    add_glyph, add_ink = painted.glyphs.append, painted.inks.append
    times = cells.ns.tolist()
    before: tuple[int, ...] = ()
    glyph, number = " ", EMPTY
    for (running, ready, waiting), reason, switches, known in zip(
        times, cells.reason.tolist(), cells.switches.tolist(), cells.known.tolist()
    ):
        now = (running, ready, waiting, reason, switches, known)
        if now != before:
            glyph, number = paint_cell(running, ready, waiting, reason, switches, cell_ns, known)
            before = now
        add_glyph(glyph)
        add_ink(number)
    return painted


def least_known(painted: Painted) -> Known:
    """EXACT where all cells are; SAMPLED where samples tell some of them; INFERRED where none do."""
    found = {ink_of(number).known for number in set(painted.inks)}
    return Known.SAMPLED if Known.SAMPLED in found else max(found, default=Known.EXACT)


def labelled(text: str, number: int) -> str:
    """A run of cells of one ink, with the reason's word written into it where it is a long enough wait."""
    reason, _, layer, _ = ink_of(number)
    word = glyphs.reason_word(reason)
    if layer != REST or not word or len(text) < max(LABEL_ROOM, len(word) + LABEL_FRAME):
        return text
    return f"{text[:2]} {word} {text[LABEL_FRAME + len(word) :]}"


def in_shapes(painted: Painted) -> Painted:
    """For a screen without colour: a cell shows the one state that took most of it.

    A bar without its ground would read as running where the worker ran a hundredth of the time. The
    stroke of what it did instead is underlined where it ran, too.
    """
    found = Painted(list(painted.glyphs), list(painted.inks))
    for at, (glyph, number) in enumerate(zip(painted.glyphs, painted.inks)):
        if glyph not in LESSER_BARS:
            continue
        reason, known, layer, _ = ink_of(number)
        if layer == PART and reason:
            found.glyphs[at], found.inks[at] = _REST_GLYPHS[reason], ink(reason, REST, True, known)
    return found


def segments(painted: Painted, palette: Palette, cursor: int | None = None) -> list[Segment]:
    """One segment for each run of the same ink; the cursor's column is a line across all but a word."""
    if palette.plain:
        painted = in_shapes(painted)
    text = "".join(painted.glyphs)
    found: list[Segment] = []
    at = 0
    inks = palette.inks
    for number, run in groupby(painted.inks):
        end = at + len(list(run))
        shown = labelled(text[at:end], number) if end - at >= LABEL_ROOM else text[at:end]
        if cursor is not None and at <= cursor < end:
            before, crossed, after = shown[: cursor - at], shown[cursor - at], shown[cursor - at + 1 :]
            mark = crossed if crossed.isalpha() else CURSOR_LINE
            found.append(Segment(before, inks[number]))
            found.append(Segment(mark, palette.crossed[number]))
            found.append(Segment(after, inks[number]))
        else:
            found.append(Segment(shown, inks[number]))
        at = end
    return [segment for segment in found if segment.text]
