"""Siblings drawn as one: how many of them were in each state, summed exactly, stacked over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from concviz.core.export.markup import number as n
from concviz.core.export.markup import text
from concviz.core.export.picture.paints import Paint, Paints
from concviz.core.export.picture.rows import Row
from concviz.core.export.picture.scale import Scale
from concviz.core.language import N_, _
from concviz.core.model import Kind, Reason, State
from concviz.core.timeline.timeline import Timeline
from concviz.core.units import count, short

_CELL_PX = 2.0
_NOUNS = {
    Kind.PROCESS: (N_("{n} processes"), N_("{n} more processes")),
    Kind.THREAD: (N_("{n} threads"), N_("{n} more threads")),
    Kind.TASK: (N_("{n} tasks"), N_("{n} more tasks")),
}
_ANY = N_("{n} workers"), N_("{n} more workers")
"""What some siblings are called, and those that are not drawn one by one."""


def crowd_name(timeline: Timeline, row: Row) -> str:
    """``9 950 more tasks``; of one alone its name."""
    members = row.members
    if len(members) == 1:
        return short(timeline.lanes[row.worker].name)
    kinds = {timeline.lanes[member].kind for member in members}
    some, more = _NOUNS[kinds.pop()] if len(kinds) == 1 else _ANY
    return _(more if row.more else some).format(n=count(len(members)))


def crowd_svg(timeline: Timeline, row: Row, scale: Scale, paints: Paints, high: float) -> str:
    """Stacked areas from the bottom: running, ready, waiting; as high as most were alive at once."""
    members = row.members
    cell_ns = scale.cell_ns(_CELL_PX)
    columns = -((scale.from_ns - scale.to_ns) // cell_ns)
    sums = summed(timeline, members, scale, cell_ns, columns)
    alive = sums.sum(axis=1)
    most = max(int(alive.max()), 1)
    parts, below = [], [0.0] * columns
    tasks = all(timeline.lanes[member].kind is Kind.TASK for member in members)
    ready = Paint(State.READY, Reason.LOOP if tasks else Reason.NONE)
    states = (Paint(State.RUNNING), ready, Paint(State.WAITING))
    for paint, ns in zip(states, sums.T.tolist()):
        if any(ns):
            above = [low + high * part / most for low, part in zip(below, ns)]
            d = _area(scale, cell_ns, [high - y for y in below], [high - y for y in above])
            parts.append(f'<path fill="{paints.fill(paint)}" d="{d}"/>')
            below = above
    at_once = _("at most {n} alive at once").format(n=f"{most / cell_ns:.3g}")
    title = f"{crowd_name(timeline, row)}, {at_once}"
    return f"<g><title>{text(title)}</title>{''.join(parts)}</g>"


def summed(
    timeline: Timeline, members: Sequence[int], scale: Scale, cell_ns: int, columns: int
) -> Any:
    """[columns, 3]: nanoseconds in each state, of all members together."""
    sums: Any = timeline.cells(members[0], scale.from_ns, cell_ns, columns).ns
    for member in members[1:]:
        lane = timeline.lanes[member]  # short lives are asked for where they were
        end = scale.to_ns if lane.end_ns is None else lane.end_ns
        first = min(max((lane.start_ns - scale.from_ns) // cell_ns, 0), columns)
        stop = min(max((end - scale.from_ns) // cell_ns + 1, first), columns)
        sums[first:stop] += timeline.cells(member, scale.from_ns + first * cell_ns, cell_ns, stop - first).ns
    return sums


def _area(scale: Scale, cell_ns: int, low: Sequence[float], high: Sequence[float]) -> str:
    """What lies between two step curves, cut where nothing does."""
    found: list[str] = []
    i = 0
    while i < len(low):
        if low[i] - high[i] < 0.05:
            i += 1
            continue
        stop = i
        while stop < len(low) and low[stop] - high[stop] >= 0.05:
            stop += 1
        edges = [scale.x(scale.from_ns + k * cell_ns) for k in range(i, stop + 1)]
        top = "".join(steps(edges, high[i:stop]))
        back = "".join(steps(edges[::-1], low[i:stop][::-1]))
        found.append(f"M{n(edges[0])} {n(low[i])}{top}{back}z")
        i = stop
    return "".join(found)


def steps(edges: Sequence[float], levels: Sequence[float]) -> list[str]:
    """Path commands of a step curve; equal levels are one step."""
    found = []
    for i, level in enumerate(levels):
        if i + 1 < len(levels) and n(levels[i + 1]) == n(level):
            if i == 0 or n(levels[i - 1]) != n(level):
                found.append(f"V{n(level)}")
            continue
        if i == 0 or n(levels[i - 1]) != n(level):
            found.append(f"V{n(level)}")
        found.append(f"H{n(edges[i + 1])}")
    return found
