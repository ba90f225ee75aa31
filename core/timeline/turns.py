"""Who runs when, where samples leave that open: one thread of a GIL at a time, no more threads than cores.

Samples say what a thread did at an instant and its CPU clock how much it ran between two of them, but not
when. So running time is placed like this: threads take their turns in the order of their births. Each runs
as early in a stretch as it can where it was seen to run at its begin, else as late, but

* not while a thread placed before it runs that shares its GIL. That holds for the threads of a process whose
  GIL is sampled, until a sample sees one on a core without the GIL: it runs native code then;
* not while as many threads placed before it run as the machine has cores; and where it waited for a core
  (the kernel counts that) rather while few others run than while all cores but one are taken.

What finds no room in its stretch is due in the next one; meanwhile the thread is ready. A thread that was
never sampled runs whenever no blocking call of it says otherwise, and is in nobody's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from concviz.core.timeline.answers import I64
from concviz.core.timeline.arrays import flips

_EMPTY = np.empty(0, np.int64)
_ALWAYS = 1 << 62


@dataclass(frozen=True, slots=True)
class Intervals:
    """Half-open intervals of time, apart from each other, in order."""

    t0: I64 = field(default_factory=_EMPTY.copy)
    t1: I64 = field(default_factory=_EMPTY.copy)

    def __len__(self) -> int:
        return len(self.t0)

    def has(self, times: I64) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """For each instant whether it lies in one of them."""
        if not len(self):
            return np.zeros(len(times), np.bool_)
        i = self.t0.searchsorted(times, "right") - 1
        return np.asarray((i >= 0) & (times < self.t1[np.maximum(i, 0)]))


NEVER = Intervals()


def covered(least: int, *parts: tuple[Intervals, int]) -> Intervals:
    """Where the weights of the intervals that contain an instant add up to ``least`` or more."""
    some = [part for part in parts if len(part[0].t0)]
    if not some:
        return NEVER
    times = np.concatenate([t for intervals, _ in some for t in (intervals.t0, intervals.t1)])
    weights = np.repeat(
        [w for _, weight in some for w in (weight, -weight)], [len(each.t0) for each, _ in some for _ in "01"]
    )
    return _at_least(least, *_levels(times, weights))


def _levels(times: I64, changes: I64) -> tuple[I64, I64]:
    """Instants in order, and what the changes up to each add up to."""
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(changes[order])
    once = np.append(times[1:] != times[:-1], True)  # of several changes at an instant the outcome counts
    return times[once], level[once]


def _at_least(least: int, times: I64, level: I64) -> Intervals:
    edges = flips(False, level >= least)
    return Intervals(times[edges > 0], times[edges < 0])


class _Count:
    """How many run at once, as changes: of what is settled, kept in order."""

    def __init__(self) -> None:
        self._times, self._changes, self._before = _EMPTY, _EMPTY, 0

    def add(self, runs: Intervals) -> None:
        times, changes = _changes([runs])
        times, changes = np.concatenate((self._times, times)), np.concatenate((self._changes, changes))
        order = np.argsort(times, kind="stable")
        self._times, self._changes = times[order], changes[order]

    def forget(self, before_ns: int) -> None:
        at = int(self._times.searchsorted(before_ns))
        self._before += int(self._changes[:at].sum())
        self._times, self._changes = self._times[at:], self._changes[at:]

    def levels(self, begin_ns: int, more: Sequence[Intervals]) -> tuple[I64, I64]:
        """As ``_levels``, from an instant on, with more that run."""
        at = int(self._times.searchsorted(begin_ns))
        base = self._before + int(self._changes[:at].sum())
        times, changes = _changes(more)
        return _levels(
            np.concatenate(((begin_ns,), self._times[at:], times)),
            np.concatenate(((base,), self._changes[at:], changes)),
        )


def _changes(parts: Sequence[Intervals]) -> tuple[I64, I64]:
    starts, ends = [p.t0 for p in parts], [p.t1 for p in parts]
    times = np.concatenate((_EMPTY, *starts, *ends))
    changes = np.ones(len(times), np.int64)
    changes[len(times) // 2 :] = -1
    return times, changes


@dataclass(frozen=True, slots=True)
class Runs:
    """When a thread runs."""

    all: Intervals = NEVER
    with_gil: Intervals = NEVER


@dataclass(frozen=True, slots=True)
class Taken:
    """When a thread cannot run."""

    gil: Intervals = NEVER
    """Another thread has the GIL."""
    cores: Intervals = NEVER
    """All cores are taken."""
    nearly: Intervals = NEVER
    """All cores but one are taken: it can run, but is more likely to wait then than at other times."""

    def with_nearly(self, stretches: Sequence[tuple[int, ...]]) -> Taken:
        """The same where in some stretches (begin, end, …) only time with more cores left was used."""
        if not stretches:
            return self
        t0, t1, *_ = (np.array(column, np.int64) for column in zip(*stretches))
        within = covered(2, (self.nearly, 1), (Intervals(t0, t1), 1))
        return replace(self, cores=covered(1, (self.cores, 1), (within, 1)))


class Turns:
    """The running time that is placed so far; threads of one process share a GIL."""

    def __init__(self) -> None:
        """Begin with nothing placed."""
        self.cores = 0
        """How many the machine has, 0 unknown."""
        self.placed_ns = _ALWAYS
        """Up to here all threads that were settled in this round are placed."""
        self._needed_ns = 0
        self._gils: dict[int, int] = {}  # pid → when its GIL was first seen
        self._settled = _Count()
        self._with_gil: dict[int, _Count] = {}  # by pid
        self._shown: dict[int, tuple[int, Runs]] = {}  # thread → pid, provisional runs

    def renew(self, *, forget: bool) -> None:
        """Begin a round, in which threads are settled in the order of their births.

        Args:
            forget: no thread will turn up that was born before what the others still need.
        """
        if forget:
            for count in (self._settled, *self._with_gil.values()):
                count.forget(self._needed_ns)
        self.placed_ns = self._needed_ns = _ALWAYS

    def pass_on(self, placed_ns: int, needed_ns: int = _ALWAYS) -> None:
        """All is placed up to ``placed_ns``; what lies before ``needed_ns`` was of concern to one thread."""
        self.placed_ns = min(self.placed_ns, placed_ns)
        self._needed_ns = min(self._needed_ns, needed_ns)

    def last_round(self) -> None:
        """What is settled now is settled to its end, whatever others still lack."""
        self.placed_ns = _ALWAYS

    def sampled_gil(self, pid: int, t_ns: int) -> None:
        """A thread was seen to have the GIL of its process, or to wait for it."""
        self._gils[pid] = min(t_ns, self._gils.get(pid, t_ns))

    def gil_seen(self, pid: int) -> int:
        """Since when it is known which thread of a process has its GIL."""
        return self._gils.get(pid, _ALWAYS)

    def taken(self, pid: int, begin_ns: int, showing: int | None = None) -> Taken:
        """When threads of a process cannot run from ``begin_ns`` on.

        Args:
            showing: the thread this is for, where it is only shown: then what others show counts as well.
        """
        shown = [] if showing is None else [
            part for thread, part in self._shown.items() if thread != showing
        ]
        gil = full = nearly = NEVER
        if pid in self._gils:
            count = self._with_gil.setdefault(pid, _Count())
            gil = _at_least(1, *count.levels(begin_ns, [runs.with_gil for p, runs in shown if p == pid]))
        if self.cores:
            times, level = self._settled.levels(begin_ns, [runs.all for _, runs in shown])
            full = _at_least(self.cores, times, level)
            nearly = _at_least(self.cores - 1, times, level) if self.cores > 1 else NEVER
        return Taken(gil, full, nearly)

    def settle(self, pid: int, thread: int, runs: Runs) -> None:
        """A thread runs then; what it showed is over."""
        self._shown.pop(thread, None)
        self._settled.add(runs.all)
        if len(runs.with_gil):
            self._with_gil.setdefault(pid, _Count()).add(runs.with_gil)

    def show(self, pid: int, thread: int, runs: Runs) -> None:
        """A thread seems to run then."""
        self._shown.pop(thread, None)
        if len(runs.all):
            self._shown[thread] = (pid, runs)
