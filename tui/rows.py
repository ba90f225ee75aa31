"""Which lanes there are to see: the tree of workers as a list of rows, folded, filtered and collapsed.

Pure: workers in, rows out. A parent with more ended children than fit shows them as one row, which can
be opened; they are collapsed, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from concviz.core.language import ngettext
from concviz.core.model import Kind, Worker
from concviz.core.timeline.tree import ancestors, in_order, matching
from concviz.tui.units import count

Key = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the lanes: a worker, or (``group``) the ended children of ``worker`` taken together."""

    worker: int
    depth: int
    group: bool = False
    count: int = 0
    """Children of a lane that has them; ended workers of a group."""
    opened: bool = True
    """Are the lanes below it shown?"""
    peeked: bool = False
    """Are they shown only as long as the selection is in there?"""
    title: str = ""
    """The words of a group."""

    @property
    def key(self) -> Key:
        """What stays the same when rows above come and go."""
        return (self.worker, self.group)


@dataclass(slots=True)
class Folds:
    """What the reader folded, and which groups of ended workers they opened."""

    folded: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    revealed: int | None = None
    """A worker that was jumped to: folded ancestors, and groups that it or they are in, are open for it."""

    def moved(self, places: Mapping[int, int]) -> Folds:
        """The same where workers have other places."""
        folded, opened = ({places[at] for at in some if at in places} for some in (self.folded, self.opened))
        return Folds(folded, opened, None if self.revealed is None else places.get(self.revealed))

    def toggle(self, row: Row) -> None:
        """Fold an open row, open a folded one."""
        if row.peeked:
            self.revealed = None
            return
        chosen = self.opened if row.group else self.folded
        chosen.symmetric_difference_update({row.worker})


NO_PARENT = -1


def born(worker: Worker, as_of_ns: int | None) -> bool:
    """Had it begun at that instant? (None: now)"""
    return as_of_ns is None or worker.start_ns <= as_of_ns


def ended(worker: Worker, as_of_ns: int | None) -> bool:
    """Had it ended at that instant? (None: now)"""
    return worker.end_ns is not None and (as_of_ns is None or worker.end_ns <= as_of_ns)


def alive(workers: Sequence[Worker], as_of_ns: int | None = None) -> set[int]:
    """Workers that had begun and not ended at that instant (None: now), and their ancestors."""
    lively: set[int] = set()
    for worker in workers:
        if worker.index in lively or not born(worker, as_of_ns):
            continue
        if not ended(worker, as_of_ns):
            lively.add(worker.index)
            for ancestor in ancestors(worker.index, workers):
                if ancestor in lively:
                    break
                lively.add(ancestor)
    return lively


def group_title(members: Sequence[int], workers: Sequence[Worker]) -> str:
    """``9 950 ended tasks``."""
    kinds = {workers[index].kind for index in members}
    kind, number = kinds.pop() if len(kinds) == 1 else None, len(members)
    if kind is Kind.PROCESS:
        text = ngettext("{n} ended process", "{n} ended processes", number)
    elif kind is Kind.THREAD:
        text = ngettext("{n} ended thread", "{n} ended threads", number)
    elif kind is Kind.TASK:
        text = ngettext("{n} ended task", "{n} ended tasks", number)
    else:
        text = ngettext("{n} ended worker", "{n} ended workers", number)
    return text.format(n=count(number))


def in_peeked(rows: Sequence[Row], position: int) -> bool:
    """Is a row, or one that it is below of, there only because something is open for the selection?"""
    depth = rows[position].depth
    for row in reversed(rows[:position]):
        if row.depth < depth:
            depth = row.depth
            if row.peeked:
                return True
    return False


def build(
    workers: Sequence[Worker], folds: Folds, limit: int, needle: str = "", as_of_ns: int | None = None
) -> list[Row]:
    """The rows to show.

    Args:
        workers: all workers; a worker's index is its place here.
        folds: what is folded and opened.
        limit: how many ended children of one parent are shown before they are collapsed.
        needle: filter; with one, matches are never collapsed and nothing stays folded.
        as_of_ns: show who had begun by this instant, and as alive who ended after it; None: as of now.
    """
    shown = matching(workers, needle) if needle else None
    children: dict[int, list[int]] = {}
    mixed: set[int] = set()  # who may have children out of order
    for worker in workers:
        if (shown is None or worker.index in shown) and born(worker, as_of_ns):
            parent = NO_PARENT if worker.parent is None else worker.parent
            children.setdefault(parent, []).append(worker.index)
            if worker.kind is Kind.PROCESS:
                mixed.add(parent)
    for parent in mixed:
        children[parent] = in_order(children[parent], workers)
    return _Walk(workers, folds, limit, children, bool(needle), as_of_ns).rows()


class _Walk:
    """One pass over the tree, depth first."""

    def __init__(
        self,
        workers: Sequence[Worker],
        folds: Folds,
        limit: int,
        children: dict[int, list[int]],
        filtered: bool,
        as_of_ns: int | None,
    ) -> None:
        self.workers, self.folds, self.limit, self.children = workers, folds, limit, children
        self.filtered, self.as_of_ns = filtered, as_of_ns
        revealed = folds.revealed
        self._above = set() if revealed is None else set(ancestors(revealed, workers))
        self._path = self._above if revealed is None else {revealed, *self._above}
        self._alive: AbstractSet[int] | None = None

    def rows(self) -> list[Row]:
        found: list[Row] = []
        pending = self._below(NO_PARENT, 0)[::-1]
        while pending:  # a stack of our own: tasks may nest deeper than Python recurses
            row = pending.pop()
            found.append(row)
            if row.group and row.opened:
                members = self._split(row.worker)[1]
                pending.extend(self._lane(index, row.depth + 1) for index in reversed(members))
            elif not row.group and row.count and row.opened:
                pending.extend(reversed(self._below(row.worker, row.depth + 1)))
        return found

    def _split(self, parent: int) -> tuple[list[int], list[int]]:
        """Children shown one by one, and those collapsed into a group."""
        below = self.children.get(parent, [])
        if self.filtered or len(below) <= self.limit:
            return below, []
        if self._alive is None:
            self._alive = alive(self.workers, self.as_of_ns)
        over = [index for index in below if index not in self._alive]
        if len(over) <= self.limit:
            return below, []
        return [index for index in below if index in self._alive], over

    def _below(self, parent: int, depth: int) -> list[Row]:
        singly, over = self._split(parent)
        rows = [self._lane(index, depth) for index in singly]
        if over:
            opened = parent in self.folds.opened
            peeked = not opened and not self._path.isdisjoint(over)
            title = group_title(over, self.workers)
            rows.append(Row(parent, depth, True, len(over), opened or peeked, peeked, title))
        return rows

    def _lane(self, index: int, depth: int) -> Row:
        opened = self.filtered or index not in self.folds.folded
        peeked = not opened and index in self._above
        return Row(index, depth, False, len(self.children.get(index, ())), opened or peeked, peeked)
