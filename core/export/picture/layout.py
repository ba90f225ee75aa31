"""Where everything stands in a picture, in pixels, worked out before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concviz.core.export.markup import width
from concviz.core.export.picture.crowd import crowd_name
from concviz.core.export.picture.ends import ends_room
from concviz.core.export.picture.rows import Row, rows_of
from concviz.core.export.picture.scale import Scale
from concviz.core.export.request import Request
from concviz.core.units import short

MARGIN = 20
CURVE, CURVE_APART = 22, 9
INDENT = 1.15
"""Of a lane below its parent, in heights of its text."""
_HEAD = 64
_AXIS = 24
MARK = 9.0
"""From one row of marks to the next; they stand between the axis and the lanes."""
_ABOVE = 8.0
"""Pixels between the axis, or the marks, and the lanes."""
_MOST_ROWS = 160
_CROWD = 2.4
"""Height of a crowd, in lanes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a lane is: from one to the next, its bar, its text."""

    pitch: float
    bar: float
    font: float


SIZES = (Sizes(23, 16, 12), Sizes(18, 13, 11), Sizes(13, 9.5, 9), Sizes(10, 7, 7))
_FROM_ROWS = (0, 36, 90, 10_000)
"""How many rows each of the sizes is for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row and its top."""

    row: Row
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a picture's parts."""

    scale: Scale
    sizes: Sizes
    places: tuple[Place, ...]
    curves_y: float
    axis_y: float
    """Where the axis stands."""
    lanes_y: float
    """Where the lanes begin, below the axis and the marks."""
    lanes_end: float


def layout_of(request: Request, foot: float = 0, marks: int = 0) -> Layout:
    """Lay out a picture: as high as its lanes need, or what fits into the height that was asked for.

    Args:
        request: what is drawn. foot: pixels that are kept for what stands below the lanes.
        marks: rows of them.
    """
    shown = request.shown()
    curves_y = MARGIN + _HEAD
    axis_y = curves_y + 2 * (CURVE + CURVE_APART) + _AXIS
    lanes_y = axis_y + _ABOVE + MARK * marks
    room = None if request.height is None else request.height - lanes_y - foot
    sizes, rows = _choose(request, shown, room)
    places, y = [], lanes_y
    for row in rows:
        high = sizes.pitch * (_CROWD if row.members else 1)
        places.append(Place(row, y, high))
        y += high
    left = MARGIN + _names_width(request, rows, sizes)
    wide = request.width - left - MARGIN
    scale = Scale(request.from_ns, request.to_ns, left, wide - ends_room(request, rows, sizes.font, wide))
    return Layout(scale, sizes, tuple(places), curves_y, axis_y, lanes_y, y)


def _choose(request: Request, shown: frozenset[int], room: float | None) -> tuple[Sizes, list[Row]]:
    """The largest lanes that fit, and the rows; what does not fit at the smallest is a crowd."""
    if room is None:
        rows = rows_of(request.timeline, shown, _MOST_ROWS)
        size = max(i for i, least in enumerate(_FROM_ROWS) if len(rows) >= least)
        return SIZES[size], rows
    for sizes in SIZES:
        most = max(1, int(room / sizes.pitch))
        if len(shown) <= most or sizes is SIZES[-1]:
            break
    rows = rows_of(request.timeline, shown, most)
    while most > 1 and sum(_CROWD if row.members else 1 for row in rows) * sizes.pitch > room:
        most -= 1
        rows = rows_of(request.timeline, shown, most)
    return sizes, rows


def _names_width(request: Request, rows: Sequence[Row], sizes: Sizes) -> float:
    """Room for the names: what the longest needs, up to three tenths of the picture."""
    wanted = [
        (row.depth + 1) * INDENT * sizes.font + width(row_name(request, row), sizes.font) + 16 for row in rows
    ]
    least = width("parallelism", 11) + 60
    return min(max([least, *wanted]), request.width * 0.3)


def row_name(request: Request, row: Row) -> str:
    """What stands before a lane."""
    if row.members:
        return crowd_name(request.timeline, row)
    return short(request.timeline.workers[row.worker].name)
