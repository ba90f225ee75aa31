"""How workers came to a bad end, said behind their lanes; what the words need is kept free on the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from concviz.core.export.markup import number as n
from concviz.core.export.markup import text, width
from concviz.core.export.picture.rows import Row
from concviz.core.export.request import Request
from concviz.core.insight.endings import said_how
from concviz.core.language import pgettext
from concviz.core.model import Outcome

_SIGNS = {Outcome.FAILED: "✗", Outcome.CANCELLED: "⊘", Outcome.KILLED: "†"}
_AWAY = 4.0
"""Pixels between a lane's end and its words."""
_FONT = 0.9
"""Height of the words, in heights of a name."""
_MOST = 0.15
"""The widest words, in widths of the picture."""


def ends_room(request: Request, rows: Sequence[Row], font: float, room: float) -> float:
    """Pixels to keep free to the right of the lanes.

    Args:
        rows: what is drawn. font: of the names, in pixels. room: pixels for lanes and words together.
    """
    needed = 0.0
    for row in rows:
        if words := _words(request, row, font * _FONT):
            wide = width(words, font * _FONT) + _AWAY
            needed = max(needed, room - (room - wide) / _share(request, row))
    return needed


def ends_svg(
    request: Request, places: Iterable[tuple[Row, float, float]], font: float
) -> str:
    """Behind the lane of a worker that failed, was cancelled or killed: a sign, and how.

    Args:
        places: rows, with the x of their end and the y of their middle. font: of the names, in pixels.
    """
    size, found = font * _FONT, []
    for row, x, y in places:
        if words := _words(request, row, size):
            found.append(f'<text x="{n(x + _AWAY)}" y="{n(y + font * 0.33)}">{text(words)}</text>')
    return f'<g font-size="{n(size)}" fill="{request.colors.bad}">{"".join(found)}</g>' if found else ""


def _words(request: Request, row: Row, size: float) -> str:
    """The sign and what happened, in words of that size; '' where it ended well, or later, or in a crowd."""
    worker = request.timeline.workers[row.worker]
    sign = _SIGNS.get(worker.outcome)
    if row.members or sign is None or worker.end_ns is None or worker.end_ns > request.to_ns:
        return ""
    outcome = pgettext("lane", str(worker.outcome))
    fuller = (f"{sign} {said_how(worker.detail)}" if worker.detail else "", f"{sign} {outcome}")
    return next((words for words in fuller if words and width(words, size) <= request.width * _MOST), sign)


def _share(request: Request, row: Row) -> float:
    """Where in the window it ended: more than 0, at most 1."""
    end_ns = request.timeline.workers[row.worker].end_ns or request.to_ns
    return max((end_ns - request.from_ns) / (request.to_ns - request.from_ns), 1e-9)
