"""Who woke whom, as thin arrows from lane to lane: where there are few enough of them to be told apart."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from concviz.core.export.markup import number as n
from concviz.core.export.markup import tooltip
from concviz.core.export.picture.layout import Layout, Place
from concviz.core.export.request import ALL, NONE, Request
from concviz.core.language import _, ngettext
from concviz.core.units import clock, count, short

_APART_PX = 6.0
"""Room across that an arrow needs so that a reader can follow it."""
_MOST = 4_000
"""More are not drawn even where all were asked for: the size of a picture is bounded."""
_HEAD_PX = 4.0


class Wake(NamedTuple):
    """Wake-ups of one worker by another that stand at the same place."""

    x: float
    waker: int
    woken: int
    t_ns: int
    """Of the first."""
    many: int


class Drawn(NamedTuple):
    """The arrows as SVG, and how many wake-ups between the lanes are not drawn."""

    svg: str
    left_out: int


def wakes_svg(request: Request, layout: Layout) -> Drawn:
    """Arrows between lanes of their own; those from and to a crowd are told by the tooltips alone."""
    if request.wakes == NONE:
        return Drawn("", 0)
    places = {place.row.worker: place for place in layout.places if not place.row.members}
    found = _wakes(request, layout, places)
    most = _MOST if request.wakes == ALL else int(layout.scale.width / _APART_PX)
    if len(found) > most:
        return Drawn("", sum(wake.many for wake in found))
    arrows = "".join(_arrow(request, layout, places, wake) for wake in found)
    color = request.colors.foreground
    style = f'fill="{color}" stroke="{color}" stroke-width="0.9" opacity="0.75"'
    return Drawn(f"<g {style}>{arrows}</g>" if arrows else "", 0)


def _wakes(request: Request, layout: Layout, places: dict[int, Place]) -> list[Wake]:
    """Of others, in the window; one for all that would be drawn on top of each other."""
    times, wakers, woken = request.timeline.wakes.between(request.from_ns, request.to_ns)
    first: dict[tuple[float, int, int], int] = {}
    many: Counter[tuple[float, int, int]] = Counter()
    for t_ns, by, of in zip(times.tolist(), wakers.tolist(), woken.tolist()):
        if by != of and by in places and of in places:
            key = (round(layout.scale.x(t_ns)), by, of)
            first.setdefault(key, t_ns)
            many[key] += 1
    return [Wake(layout.scale.x(t_ns), by, of, t_ns, many[x, by, of]) for (x, by, of), t_ns in first.items()]


def _arrow(request: Request, layout: Layout, places: dict[int, Place], wake: Wake) -> str:
    """From the middle of the waker's bar to the edge of the woken one's."""
    bar, gap = layout.sizes.bar, layout.sizes.pitch - layout.sizes.bar
    y0, y1 = places[wake.waker].y + bar / 2, places[wake.woken].y
    head = min(_HEAD_PX, gap * 0.7)
    if y1 < y0:  # upwards, to its lower edge
        y1, head = y1 + bar, -head
    half, x = abs(head) * 0.6, wake.x
    d = f"M{n(x)} {n(y0)}V{n(y1 - head)}M{n(x - half)} {n(y1 - head)}h{n(2 * half)}L{n(x)} {n(y1)}z"
    return f'<path d="{d}">{tooltip(_title(request, layout, wake))}</path>'


def _title(request: Request, layout: Layout, wake: Wake) -> list[str]:
    workers = request.timeline.workers
    woke = _("{a} woke {b}").format(a=short(workers[wake.waker].name), b=short(workers[wake.woken].name))
    at = clock(wake.t_ns - request.timeline.start_ns, max(1, round(layout.scale.px_ns)))
    if wake.many == 1:
        return [woke, _("at {at}").format(at=at)]
    times = ngettext("{n} time, first at {at}", "{n} times, first at {at}", wake.many)
    return [woke, times.format(n=count(wake.many), at=at)]


def words(left_out: int) -> str:
    """What a picture without its arrows says about them."""
    return ngettext(
        "{n} wake-up between these lanes is not drawn: there are too many to tell apart. "
        "A shorter part of the time has fewer.",
        "{n} wake-ups between these lanes are not drawn: there are too many to tell apart. "
        "A shorter part of the time has fewer.", left_out,
    ).format(n=count(left_out))
