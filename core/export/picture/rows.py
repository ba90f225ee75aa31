"""Which lanes a picture shows: the tree of workers, and what does not fit taken together as a crowd."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.tree import in_order


@dataclass(frozen=True, slots=True)
class Row:
    """One lane, or (``members``) siblings drawn as one."""

    worker: int
    """Its index; of a crowd that of the first member."""
    depth: int
    members: tuple[int, ...] = ()
    more: bool = False
    """Some of the crowd's siblings have lanes of their own, above."""


def rows_of(timeline: Timeline, shown: Collection[int], most: int) -> list[Row]:
    """The rows of the workers ``shown``, at most ``most`` of them.

    Where there are more, the first so many children of each parent have a lane of their own and the others
    are a crowd; as many as possible for that.
    """
    def of(siblings: tuple[int, ...]) -> list[int]:
        return in_order([index for index in siblings if index in shown], timeline.workers)

    below = {parent: of(timeline.children(parent)) for parent in shown}
    roots = of(timeline.roots())
    single, too_many = 0, max([len(roots), *map(len, below.values())], default=0) + 1
    if len(shown) <= most:
        return _walk(roots, below, too_many)
    while too_many - single > 1:
        middle = (single + too_many) // 2
        if len(_walk(roots, below, middle)) <= most:
            single = middle
        else:
            too_many = middle
    return _walk(roots, below, single)


def _walk(roots: list[int], below: dict[int, list[int]], single: int) -> list[Row]:
    """Depth first, ``single`` children of each parent one by one."""
    rows: list[Row] = []
    pending = _level(roots, 0, single)
    while pending:  # a stack of our own: tasks may nest deeper than Python recurses
        row = pending.pop()
        rows.append(row)
        if not row.members:
            pending += _level(below[row.worker], row.depth + 1, single)
    return rows


def _level(siblings: list[int], depth: int, single: int) -> list[Row]:
    """Rows of siblings, last first."""
    if len(siblings) <= single + 1 and single:
        single += 1  # a crowd of one is no crowd
    rows = [Row(index, depth) for index in siblings[:single]]
    crowd = tuple(siblings[single:])
    if crowd:
        rows.append(Row(crowd[0], depth, crowd, more=single > 0))
    return rows[::-1]
