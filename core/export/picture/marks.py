"""Marks of what was worth a look, between axis and lanes: a diamond where it begins, a line while it lasts.

What a mark is about is its tooltip: a picture that is looked at as a whole is not covered with words.
"""

from __future__ import annotations

from collections.abc import Sequence

from concviz.core.export.markup import number as n
from concviz.core.export.markup import tooltip
from concviz.core.export.moments import Slice
from concviz.core.export.picture.lane import box
from concviz.core.export.picture.layout import MARK, Layout
from concviz.core.export.picture.titles import when
from concviz.core.export.request import Request
from concviz.core.language import _
from concviz.core.units import clock

_R = 3.5
"""Half a diamond, in pixels."""
_LINE = 2.0
_MOST = 4
"""Rows; what would need more shares the last one: the lanes are what the picture is about."""
_APART_PX, _LANES = 12, 0.5
"""From one mark to the next in its row, where the lanes take this share of the picture, or more."""

Marks = Sequence[Sequence[Slice]]
"""Rows of moments, from the lowest up."""


def apart_ns(request: Request) -> int:
    """How far marks must stand apart in a row to be told apart."""
    return round(_APART_PX * (request.to_ns - request.from_ns) / (request.width * _LANES))


def few(rows: Marks) -> Marks:
    """As many rows as a picture has room for."""
    shared = [slice_ for row in rows[_MOST - 1 :] for slice_ in row]
    return [*rows[: _MOST - 1], shared] if shared else rows


def marks_svg(request: Request, layout: Layout, rows: Marks) -> str:
    """All marks; of those that share a place the shorter one is on top."""
    found = []
    for row, slices in enumerate(rows):
        y = layout.lanes_y - MARK * (row + 0.5) - 2
        shorter_last = sorted(slices, key=lambda slice_: slice_.t0_ns - slice_.t1_ns)
        found += [_mark(request, layout, y, slice_) for slice_ in shorter_last]
    return f'<g fill="{request.colors.accent}">{"".join(found)}</g>' if found else ""


def swatch(color: str, high: float) -> str:
    """What a legend shows of it."""
    return f'<g fill="{color}">{_shape(4, 26, high / 2)}</g>'


def _mark(request: Request, layout: Layout, y: float, slice_: Slice) -> str:
    zero_ns = request.timeline.start_ns
    x, x1 = (layout.scale.x(t_ns + zero_ns) for t_ns in (slice_.t0_ns, slice_.t1_ns))
    px_ns = layout.scale.px_ns
    instant = slice_.t1_ns - slice_.t0_ns < px_ns
    at = _("at {at}").format(at=clock(slice_.t0_ns, max(1, round(px_ns))))
    title = tooltip([slice_.title, at if instant else when(slice_.t0_ns, slice_.t1_ns)])
    around = box(x - _R, y - MARK / 2, max(x1 - x, _R) + _R, MARK)
    hit = f'<path fill="none" pointer-events="all" d="{around}"/>'  # what is so thin is hard to point at
    return f"<g>{title}{_shape(x, x1, y)}{hit}</g>"


def _shape(x: float, x1: float, y: float) -> str:
    diamond = f'<path d="M{n(x - _R)} {n(y)}l{_R}-{_R}l{_R} {_R}l-{_R} {_R}z"/>'
    if x1 - x <= _R:
        return diamond
    return f'<path opacity="0.6" d="{box(x, y - _LINE / 2, x1 - x, _LINE)}"/>{diamond}'
