"""Moments of one cause: each is kept, and what they come to is known up to any of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from concviz.core.insight.moment import Kind, Moment
from concviz.core.model import Site

Cause = tuple[Kind, int, Hashable]
"""A kind; the worker whose others it is about (a loop's thread, a process, −1: the program); what brings it
about there: a line, a coroutine, an exception. None as the last one: the line of each moment itself."""
_BY_COUNT = (Kind.TASKS_WAIT, Kind.THREADS_WAIT, Kind.PARALLEL, Kind.LOCK_QUEUE, Kind.EXECUTOR_FULL)
"""Kinds that are shown best where they concern most workers; others where they last longest."""


def line_of(site: Site | None) -> tuple[str, int] | None:
    """File and line, whatever is called there."""
    return (site.file, site.line) if site is not None else None


class _Sums(NamedTuple):
    """What all moments up to one come to."""

    times: int
    spent_ns: int
    workers: int
    best: int
    until_ns: int
    processes: int


_NONE = -1
_NOTHING = _Sums(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Topic:
    """The moments of one cause that began by an instant, told together."""

    like: Recurring
    moment: Moment
    """The one that shows it best: the longest, or the one that concerns most."""
    place: int
    """Which of them that is."""
    n: int
    """How many there are: each can be gone to."""
    times: int
    """How often it happened; a moment may be of several times close together."""
    spent_ns: int
    """How long it was so, in all."""
    count: int
    """How many workers fell, where they do; the same one counts anew each time."""
    processes: int
    """In how many processes it happened; 0: that makes no difference."""
    as_of_ns: int
    """Up to this instant."""


class Recurring:
    """The moments of one cause, in the order of their begins."""

    __slots__ = ("_firsts", "_processes", "_sums", "begins", "cause", "moments")

    def __init__(self, cause: Cause) -> None:
        """Begin with none."""
        self.cause = cause
        self.moments: list[Moment] = []
        self.begins: list[int] = []
        self._sums: list[_Sums] = []
        self._processes: list[int] = []  # in which each happened
        self._firsts: dict[int, int] = {}  # process → the first of its moments

    @property
    def spent_ns(self) -> int:
        """How long it was so, in all of them."""
        return self._sums[-1].spent_ns if self._sums else 0

    def add(self, moment: Moment, process: int | None = None) -> None:
        """Take one in, mostly the last.

        Args:
            process: in which it happened; None: that makes no difference.
        """
        place = bisect_right(self.begins, moment.t0_ns)
        later = self._from(place)
        self.cut(place)
        for each in ((moment, _NONE if process is None else process), *later):
            self._append(*each)

    def take_out(self, some: Sequence[Moment]) -> None:
        """Take some of them out again, mostly the last."""
        place = min(bisect_left(self.begins, moment.t0_ns) for moment in some)
        gone = set(map(id, some))
        kept = [each for each in self._from(place) if id(each[0]) not in gone]
        self.cut(place)
        for each in kept:
            self._append(*each)

    def cut(self, n: int) -> None:
        """Keep the first ``n`` only."""
        del self.moments[n:], self.begins[n:], self._sums[n:], self._processes[n:]
        self._firsts = {process: first for process, first in self._firsts.items() if first < n}

    def _from(self, place: int) -> list[tuple[Moment, int]]:
        return list(zip(self.moments[place:], self._processes[place:]))

    def _append(self, moment: Moment, process: int) -> None:
        before = self._sums[-1] if self._sums else _NOTHING
        place = len(self.moments)
        better = not place or _rank(moment) > _rank(self.moments[before.best])
        self.moments.append(moment)
        self.begins.append(moment.t0_ns)
        self._processes.append(process)
        self._firsts.setdefault(process, place)
        self._sums.append(_Sums(
            before.times + moment.times, before.spent_ns + moment.spent_ns, before.workers + moment.count,
            place if better else before.best, max(before.until_ns, moment.t1_ns),
            len(self._firsts) - (_NONE in self._firsts),
        ))

    def topic(self, as_of_ns: int) -> Topic | None:
        """What they come to up to an instant; None: none has begun by then."""
        n = bisect_right(self.begins, as_of_ns)
        if not n:
            return None
        sums = self._sums[n - 1]
        return Topic(
            self, self.moments[sums.best], sums.best, n, sums.times, sums.spent_ns, sums.workers,
            sums.processes, as_of_ns)

    def last(self, t_ns: int) -> int:
        """Which of them began last by an instant; −1: none."""
        return bisect_right(self.begins, t_ns) - 1

    def until_ns(self, place: int) -> int:
        """When the last of them ends, up to a place: several processes' may overlap."""
        return self._sums[place].until_ns

    def of_each_process(self, n: int) -> list[Moment]:
        """Of the first ``n`` the first one in each process."""
        return [self.moments[first] for first in self._firsts.values() if first < n]

    def beside(self, t_ns: int, direction: int) -> int:
        """Which of them begins next after an instant (1), or began last before it (-1); may lie outside."""
        return bisect_right(self.begins, t_ns) if direction > 0 else bisect_left(self.begins, t_ns) - 1


def _rank(moment: Moment) -> tuple[int, int]:
    return (moment.count if moment.kind in _BY_COUNT else 0, moment.spent_ns)
