"""One lane of a picture: its spans as shapes, grouped by fill, each with its tooltip."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from concviz.core.export.markup import number as n
from concviz.core.export.markup import text, tooltip, width
from concviz.core.export.picture.paints import Paint, Paints
from concviz.core.export.picture.pieces import Cell, Piece, Stretch, cut, stretches
from concviz.core.export.picture.scale import Scale
from concviz.core.export.picture.titles import place_of, span_title, stretch_title
from concviz.core.language import pgettext
from concviz.core.model import READY_REASONS, Kind, Known, Reason, State
from concviz.core.timeline.answers import Columns
from concviz.core.timeline.timeline import Timeline

_LEAST_PX = 1.0
"""What is narrower is drawn this wide: a span of a microsecond in a minute can still be seen."""
_WHOLE_PX = 1.6
"""A stretch narrower than this is one column."""
_TILE_PX = 4.0
"""What is narrower is too narrow for a pattern."""
_WORD_PX = 48.0
"""No span narrower than this has a word in it."""
_SAMPLED = "≈"
_LEAST_BAR = 2.0
_LEAST_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Detail:
    """How fine a picture is drawn."""

    least_px: float
    """Spans from this width on are drawn one by one, with a tooltip."""
    cell_px: float
    """Width of the columns in which the shorter ones are drawn."""
    stretches: bool = True
    """Stretches of short spans have a tooltip, too."""


class Look(NamedTuple):
    """How one column looks: heights of its running and its ready part, in pixels, and what fills it."""

    run: float
    ready: float
    reason: Reason
    ready_reason: Reason
    known: Known


@dataclass(frozen=True, slots=True)
class LaneDrawing:
    """A lane as SVG."""

    svg: str
    merged: int
    """Spans that are drawn together with others."""


class LanePen:
    """Draws lanes; all of one picture with the same pen."""

    def __init__(
        self, timeline: Timeline, scale: Scale, paints: Paints, detail: Detail, font_px: float
    ) -> None:
        """Lanes ``paints.height`` high, their tops at y = 0."""
        self.timeline, self.scale, self.paints = timeline, scale, paints
        self.detail, self.font_px = detail, font_px
        self.cell_ns = scale.cell_ns(detail.cell_px)

    def draw(self, worker: int) -> LaneDrawing:
        """The lane of a worker."""
        scale = self.scale
        columns = self.timeline.columns(worker, scale.from_ns, scale.to_ns)
        wide: dict[Paint, list[str]] = defaultdict(list)
        words: list[str] = []
        pieces = list(cut(columns, scale.from_ns, scale.to_ns, self.detail.least_px * scale.px_ns))
        for piece in pieces:
            if piece.wide:
                paint = self._paint(columns, piece)
                title = tooltip(span_title(self.timeline, worker, columns, piece.first))
                wide[paint].append(f'<path d="{self._box(piece)}">{title}</path>')
                words.append(self._word(worker, columns, piece, paint))
        found = stretches(
            self.timeline, worker, pieces, scale.from_ns, self.cell_ns, _WHOLE_PX * scale.px_ns
        )
        narrow = [self._stretch(worker, columns, stretch) for stretch in found]
        groups = [f'<g fill="{self.paints.fill(paint)}">{"".join(p)}</g>' for paint, p in wide.items()]
        unsure = self._unsure(columns)
        return LaneDrawing("".join([*groups, *narrow, unsure, *words]), sum(s.piece.spans for s in found))

    def _paint(self, columns: Columns, piece: Piece) -> Paint:
        i, wide = piece.first, (piece.t1_ns - piece.t0_ns) / self.scale.px_ns
        state, reason = State(int(columns.state[i])), Reason(int(columns.reason[i]))
        flat = wide < _TILE_PX and state is not State.RUNNING
        return Paint(state, reason, Known(int(columns.known[i])), flat)

    def _box(self, piece: Piece) -> str:
        x = self.scale.x(piece.t0_ns)
        return box(x, 0, self.scale.x(piece.t1_ns) - x, self.paints.height)

    def _stretch(self, worker: int, columns: Columns, stretch: Stretch) -> str:
        """Short spans that follow each other, in columns."""
        parts: dict[Paint, list[str]] = defaultdict(list)
        flat = (stretch.piece.t1_ns - stretch.piece.t0_ns) / self.scale.px_ns < _TILE_PX
        for x0, x1, look in self._looks(worker, stretch):
            for paint, y, high in self._layers(look, flat=flat):
                parts[paint].append(box(x0, y, x1 - x0, high))
        shapes = "".join(f'<path fill="{self.paints.fill(p)}" d="{"".join(d)}"/>' for p, d in parts.items())
        if not self.detail.stretches:
            return shapes
        return f"<g>{tooltip(self._stretch_title(worker, columns, stretch))}{shapes}</g>"

    def _stretch_title(self, worker: int, columns: Columns, stretch: Stretch) -> list[str]:
        piece = stretch.piece
        if piece.spans == 1:
            return span_title(self.timeline, worker, columns, piece.first)
        return stretch_title(self.timeline, worker, stretch.whole, piece.spans)

    def _looks(self, worker: int, stretch: Stretch) -> Iterator[tuple[float, float, Look]]:
        """Left, right and look of what is drawn for a stretch; neighbours that look the same are one."""
        piece, cell = stretch.piece, stretch.whole
        left, right = self.scale.x(piece.t0_ns), self.scale.x(piece.t1_ns)
        if not stretch.columns:
            if not cell.alive_ns:  # a step that took no time at all
                cell = Cell(piece.t0_ns, piece.t1_ns, 1, 0, 0, Reason.NONE, Known.EXACT)
            more = max(0.0, _LEAST_PX - (right - left)) / 2
            yield left - more, right + more, self.look(worker, cell)
            return
        begun: tuple[float, Look] | None = None
        x1 = left
        for cell in stretch.columns:
            look = self.look(worker, cell)
            if begun is None or begun[1] != look:
                if begun is not None:
                    yield begun[0], x1, begun[1]
                begun = (x1, look)
            x1 = self.scale.x(cell.t1_ns)
        if begun is not None:
            yield begun[0], x1, begun[1]

    def look(self, worker: int, cell: Cell) -> Look:
        """A column's heights in half pixels; what took any time at all can be seen."""
        high, alive = self.paints.height, cell.alive_ns
        rest = cell.ready_ns + cell.waiting_ns
        run = _half(high * cell.running_ns / alive) if alive else 0.0
        if cell.running_ns:
            run = min(max(run, _LEAST_BAR), high - _LEAST_GAP if rest else high)
        ready = 0.0
        if cell.ready_ns:
            ready = high - run
            if cell.waiting_ns:
                ready = min(max(_half(high * cell.ready_ns / alive), _LEAST_GAP), high - run - _LEAST_GAP / 2)
        usual = Reason.LOOP if self.timeline.lanes[worker].kind is Kind.TASK else Reason.NONE
        return Look(run, ready, cell.reason, cell.ready_reason or usual, cell.known)

    def _layers(self, look: Look, *, flat: bool) -> Iterator[tuple[Paint, float, float]]:
        """What is drawn for a look: fill, top, height; running lies at the bottom."""
        high = self.paints.height
        rest = high - look.run - look.ready
        if rest > 0:
            reason = Reason.NONE if look.reason in READY_REASONS else look.reason
            yield Paint(State.WAITING, reason, look.known, flat), 0, rest
        if look.ready:
            yield Paint(State.READY, look.ready_reason, look.known, flat), rest, look.ready
        if look.run:
            yield Paint(State.RUNNING, Reason.NONE, look.known), high - look.run, look.run

    def _word(self, worker: int, columns: Columns, piece: Piece, paint: Paint) -> str:
        """The reason, and the place where that fits, written into a wide span."""
        left, right = self.scale.x(piece.t0_ns), self.scale.x(piece.t1_ns)
        if right - left < _WORD_PX:
            return ""
        room = right - left - 2 * self.font_px
        longest_first = self._words(worker, columns, piece, paint)
        word = next((word for word in longest_first if width(word, self.font_px) <= room), "")
        if not word:
            return ""
        wide, colors = width(word, self.font_px), self.paints.colors
        ground = colors.tint(paint.reason) if paint.reason else colors.background
        high, x = self.paints.height, left + self.font_px * 0.8
        return (
            f'<path fill="{ground}" d="{box(x - 3, 1, wide + 6, high - 2)}"/>'
            f'<text x="{n(x)}" y="{n(high / 2 + self.font_px * 0.35)}">{text(word)}</text>'
        )

    def _words(self, worker: int, columns: Columns, piece: Piece, paint: Paint) -> list[str]:
        """What may be written into a span, the longest first; of what runs only where.

        Where a task went on from is no place where its step was long: it is not told.
        """
        i = piece.first
        reason = pgettext("lane", paint.reason.name.lower()) if paint.reason else ""
        if not reason and paint.state is not State.RUNNING:
            return []
        site, sampled = place_of(self.timeline, worker, columns, i)
        if reason and (site is None or sampled):
            return [reason]
        if site is None or (not sampled and columns.after[i]):
            return []
        place = f"{os.path.basename(site.file)}:{site.line}"
        if reason:
            return [f"{reason} {place}", reason]
        sign = f"{_SAMPLED} " if sampled else ""
        return [f"{sign}{place} {site.function}", sign + place]

    def _unsure(self, columns: Columns) -> str:
        """A line below what is not exact: dashes where samples tell it, dots where it is inferred."""
        lines = []
        for known, dashes in ((Known.SAMPLED, "3 2"), (Known.INFERRED, "1 2")):
            d = "".join(
                f"M{n(x0)} 0H{n(x1)}" for x0, x1 in self._runs(columns, known) if x1 - x0 >= _WHOLE_PX
            )
            if d:
                y = n(self.paints.height + 1.5)
                lines.append(f'<path transform="translate(0 {y})" stroke-dasharray="{dashes}" d="{d}"/>')
        color = self.paints.colors.muted
        return f'<g stroke="{color}" fill="none">{"".join(lines)}</g>' if lines else ""

    def _runs(self, columns: Columns, known: Known) -> Iterator[tuple[float, float]]:
        """Where consecutive spans are known in one way, stretches closer than a few pixels taken together."""
        begun: list[float] = []
        which = (columns.known == int(known)).nonzero()[0]
        for t0, t1 in zip(columns.t0_ns[which].tolist(), columns.t1_ns[which].tolist()):
            x0, x1 = self.scale.x(t0), self.scale.x(t1)
            if begun and x0 <= begun[1] + 2:
                begun[1] = max(begun[1], x1)
                continue
            if begun:
                yield begun[0], begun[1]
            begun = [x0, x1]
        if begun:
            yield begun[0], begun[1]


def box(x: float, y: float, wide: float, high: float) -> str:
    """A rectangle as part of a path."""
    return f"M{n(x)} {n(y)}h{n(wide)}v{n(high)}h-{n(wide)}z"


def _half(value: float) -> float:
    return round(value * 2) / 2
