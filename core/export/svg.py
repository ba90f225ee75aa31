"""A session as an SVG picture, drawn from the timeline: shapes, text, tooltips; no script, no web font.

Everything is said in presentation attributes, which every viewer understands. The size is bounded: where a
session has more spans than a picture can show one by one, the short ones are drawn in columns that tell the
exact share of each state, and the picture says so.
"""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

from concviz.core.export.markup import number as n
from concviz.core.export.markup import text
from concviz.core.export.moments import halves, rows
from concviz.core.export.picture import animation, frame, marks, wakes
from concviz.core.export.picture.crowd import crowd_svg
from concviz.core.export.picture.lane import Detail, LanePen
from concviz.core.export.picture.layout import Layout, Place, layout_of
from concviz.core.export.picture.paints import Paints
from concviz.core.export.picture.pieces import count_wide
from concviz.core.export.request import Progress, Request
from concviz.core.insight.notes import told
from concviz.core.language import _, ngettext
from concviz.core.units import count, duration

_LEAST_PX = 1.5
_FOOT = 76.0
"""Pixels below the lanes that a legend and notes take, mostly."""
_SHAPES, _SHAPES_ANIMATED = 8_000, 1_500
"""Spans drawn one by one, at most."""
_COLUMNS, _COLUMNS_ANIMATED = 40_000, 12_000
"""Columns for the others, about."""
_BYTES_ANIMATED, _LANES_ANIMATED = 480_000, 60
"""How large an animation of so many lanes may be; of more lanes, as much more."""
_PASSES = 4


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Draw the picture; again where the foot was higher than thought, or an animation is too large."""
    looking, drawn = halves(progress)
    found = marks.few(rows(request, looking, marks.apart_ns(request)))
    foot, coarse, left = _FOOT, 1.0, 1.0
    for _pass in range(_PASSES):
        drawing = _Drawing(request, found, foot, coarse)
        part = left / 2 if request.animate or request.height else left
        picture = drawing.draw(partial(_tell, drawn, 1 - left, part)).encode()
        left -= part
        too_high = request.height is not None and drawing.height > request.height
        too_large = len(picture) / _most_bytes(drawing.layout) if request.animate else 0.0
        if not too_high and too_large <= 1:
            break
        foot = drawing.height - drawing.layout.lanes_end if too_high else foot
        coarse *= max(1.0, too_large * 1.15)
    progress(1.0)
    out.write(picture)


def _tell(progress: Progress, done: float, part: float, share: float) -> None:
    """A share of a part of the work, after what is done."""
    progress(done + part * share)


def _most_bytes(layout: Layout) -> float:
    """What an animation may take: every viewer of a page that shows it plays all of it."""
    return _BYTES_ANIMATED * max(1.0, len(layout.places) / _LANES_ANIMATED)


class _Drawing:
    """One picture in the making; ``height`` is known when it is drawn."""

    def __init__(self, request: Request, found: marks.Marks, foot: float, coarse: float) -> None:
        self.request, self.timeline, self.marks = request, request.timeline, found
        self.layout = layout_of(request, foot, len(found))
        self.paints = Paints(request.colors, self.layout.sizes.bar)
        self.detail = _detail(request, self.layout, coarse)
        self.pen = LanePen(
            self.timeline, self.layout.scale, self.paints, self.detail, self.layout.sizes.font * 0.82
        )
        self.arrows = wakes.wakes_svg(request, self.layout)
        self.merged = 0
        self.height = 0.0

    def draw(self, progress: Progress) -> str:
        """The whole file."""
        request, layout = self.request, self.layout
        lanes = []
        for i, place in enumerate(layout.places):
            lanes.append(frame.place_svg(place, self._lane(place)))
            progress((i + 1) / len(layout.places))
        legend, y = frame.legend(
            request, self.paints, layout.lanes_end + 22, arrows=bool(self.arrows.svg),
            marked=bool(self.marks))
        notes, y = frame.notes(request, self._notes(), y + 6)
        self.height = max(y + 8, request.height or 0)
        words = f'<g font-size="{n(self.pen.font_px)}" fill="{request.colors.foreground}">'
        parts = (
            self._open(), frame.heading(request), frame.curves(request, layout), frame.axis(request, layout),
            marks.marks_svg(request, layout, self.marks),
            words, *lanes, "</g>", self.arrows.svg, frame.ends(request, layout), frame.names(request, layout),
            animation.over(request, layout) if request.animate else "", legend, notes,
            f"<defs>{self.paints.definitions()}</defs></svg>\n",
        )
        return "\n".join(part for part in parts if part)

    def _open(self) -> str:
        wide, high = self.request.width, n(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
            f'viewBox="0 0 {wide} {high}" font-family="{frame.MONO}" role="img">'
            f"<title>{text(self.request.heading)}</title>"
            f'<rect width="{wide}" height="{high}" fill="{self.request.colors.background}"/>'
        )

    def _lane(self, place: Place) -> str:
        if place.row.members:
            high = place.height - self.layout.sizes.pitch + self.layout.sizes.bar
            return crowd_svg(self.timeline, place.row, self.layout.scale, self.paints, high)
        lane = self.pen.draw(place.row.worker)
        self.merged += lane.merged
        return lane.svg

    def _notes(self) -> list[str]:
        lines = []
        if self.merged:
            column = duration(self.pen.cell_ns)
            least = duration(round(self.detail.least_px * self.layout.scale.px_ns))
            together = ngettext(
                "{n} span shorter than {least} is drawn together with others: the heights in a column "
                "({column}) are the exact shares of the states.",
                "{n} spans shorter than {least} are drawn together: the heights in a column ({column}) "
                "are the exact shares of the states.", self.merged)
            lines.append(together.format(n=count(self.merged), least=least, column=column))
            lines.append(_("What is narrower than a pixel is drawn one pixel wide, so that it can be seen."))
        if self.arrows.left_out:
            lines.append(wakes.words(self.arrows.left_out))
        if self.request.lanes:
            lines.append(_("Concurrency and parallelism are the whole program's, not these lanes' alone."))
        lines += [f"! {note}" for note in told(self.request.session.notes)]
        if self.request.animate:  # last: where it does not play this line is empty
            lines.append(animation.words(self.request))
        return lines


def _detail(request: Request, layout: Layout, coarse: float) -> Detail:
    """The finest detail that stays within the bounds, or ``coarse`` times less."""
    scale, lanes = layout.scale, [place.row.worker for place in layout.places if not place.row.members]
    columns = [request.timeline.columns(lane, scale.from_ns, scale.to_ns) for lane in lanes]
    most = (_SHAPES_ANIMATED if request.animate else _SHAPES) / coarse
    least = _LEAST_PX
    while sum(
        count_wide(column, scale.from_ns, scale.to_ns, least * scale.px_ns) for column in columns
    ) > most:
        least *= 1.5
    cells = (_COLUMNS_ANIMATED if request.animate else _COLUMNS) / coarse
    return Detail(least, max(1.0, len(lanes) * scale.width / cells), stretches=not request.animate)


