"""Who runs when, where samples leave that open: one thread of a GIL at a time, no more threads than cores.

Samples say what a thread did at an instant, and its CPU clock how long it ran between two of them, but not
when. So the running time has to be placed. That is done thread by thread, in the order of their births. Each
runs as early in a stretch between two samples as it can, if the first one saw it run, otherwise as late as it
can, but

* not while a thread placed before it runs that shares its GIL. That holds for the threads of a process whose
  GIL is sampled. A sample that sees one of them on a core without the GIL is an exception, and so are those
  that follow it as long as they see it wait for a core: it runs native code then, beside the others;
* not while as many threads placed before it run as the machine has cores. If it waited for a core (the
  kernel counts that), it avoids also the time in which all cores but one are taken.

What finds no room in its stretch is due in the next one; meanwhile the thread is ready. A thread that was
never sampled is taken to run whenever it is in no blocking call, and keeps nobody else from running.
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

    def after(self, t_ns: int) -> Intervals:
        """What of them lies behind an instant."""
        at = int(self.t1.searchsorted(t_ns, "right"))
        return Intervals(np.maximum(self.t0[at:], t_ns), self.t1[at:]) if at < len(self.t1) else NEVER

    def has(self, times: I64) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """For each instant whether it lies in one of them."""
        if not len(self):
            return np.zeros(len(times), np.bool_)
        i = self.t0.searchsorted(times, "right") - 1
        return np.asarray((i >= 0) & (times < self.t1[np.maximum(i, 0)]))


NEVER = Intervals()


def union(*parts: Intervals) -> Intervals:
    """Where any of them is."""
    some = [part for part in parts if len(part.t0)]
    if len(some) < 2:
        return some[0] if some else NEVER
    t0, t1 = np.concatenate([part.t0 for part in some]), np.concatenate([part.t1 for part in some])
    t0.sort(kind="stable")  # which merges what is in order already
    t1.sort(kind="stable")
    apart = t0[1:] > t1[:-1]  # as many had ended as had begun: the next one begins after a gap
    return Intervals(t0[np.concatenate(((True,), apart))], t1[np.concatenate((apart, (True,)))])


def covered(least: int, *parts: tuple[Intervals, int]) -> Intervals:
    """Where the weights of the intervals that contain an instant add up to ``least`` or more."""
    count = _Count()
    for intervals, weight in parts:
        count.add(intervals, weight)
    return count.at_least(least)


class _Count:
    """How many run at once, as changes in order."""

    def __init__(self) -> None:
        self._times, self._changes, self._before = _EMPTY, _EMPTY, 0
        self._new: list[tuple[Intervals, int]] = []
        self._levels: tuple[I64, I64] | None = None

    def copy(self) -> _Count:
        """Another one that begins with the same."""
        other = _Count()
        other._times, other._changes, other._before = self._times, self._changes, self._before
        other._new, other._levels = self._new.copy(), self._levels
        return other

    def add(self, runs: Intervals, weight: int = 1) -> None:
        """So many more, or fewer, run then."""
        if len(runs.t0):
            self._new.append((runs, weight))
            self._levels = None

    def forget(self, before_ns: int) -> None:
        """Nobody will ask for an earlier time."""
        self._merge()
        at = int(self._times.searchsorted(before_ns))
        if at:
            self._before += int(self._changes[:at].sum())
            self._times, self._changes, self._levels = self._times[at:], self._changes[at:], None

    def at_least(self, least: int, begin_ns: int = -_ALWAYS) -> Intervals:
        """When so many run, from an instant on."""
        if self._levels is None:
            self._levels = self._outcomes()
        times, level = self._levels
        at = int(times.searchsorted(begin_ns, "right"))
        times, many = times[at:], level[at:] >= least
        if (level[at - 1] if at else self._before) >= least:  # (whoever is there to its end is no concern)
            times, many = np.concatenate(((begin_ns,), times)), np.concatenate(((True,), many))
        edges = flips(False, many)
        return Intervals(times[edges > 0], times[edges < 0])

    def _merge(self) -> None:
        if not self._new:
            return
        ends = [t for runs, _ in self._new for t in (runs.t0, runs.t1)]
        weights = np.array([w for _, weight in self._new for w in (weight, -weight)], np.int64)
        times = np.concatenate((self._times, *ends))
        changes = np.concatenate((self._changes, weights.repeat([len(t) for t in ends])))
        self._new.clear()
        order = times.argsort(kind="stable")
        self._times, self._changes = times[order], changes[order]

    def _outcomes(self) -> tuple[I64, I64]:
        """Instants in order, and how many run from each on: of several changes at one the outcome counts."""
        self._merge()
        times, level = self._times, self._changes.cumsum() + self._before
        last = np.empty(len(times), np.bool_)
        last[-1:] = True
        np.not_equal(times[1:], times[:-1], out=last[:-1])
        return times[last], level[last]


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
        return replace(self, cores=union(self.cores, within))


class _Counts:
    """How many run at once, and how many of them with the GIL of each process."""

    def __init__(self) -> None:
        self.all = _Count()
        self._with_gil: dict[int, _Count] = {}  # by pid

    def gil(self, pid: int) -> _Count:
        """Those that have the GIL of a process."""
        return self._with_gil.setdefault(pid, _Count())

    def copy(self) -> _Counts:
        """Others that begin with the same."""
        other = _Counts()
        other.all = self.all.copy()
        other._with_gil = {pid: count.copy() for pid, count in self._with_gil.items()}
        return other

    def add(self, pid: int, runs: Runs, weight: int = 1) -> None:
        """A thread runs then (or, with the weight −1, does not)."""
        self.all.add(runs.all, weight)
        if len(runs.with_gil.t0):
            self.gil(pid).add(runs.with_gil, weight)

    def forget(self, before_ns: int) -> None:
        """Nobody will ask for an earlier time."""
        for count in (self.all, *self._with_gil.values()):
            count.forget(before_ns)


class Turns:
    """The running time that is placed so far; threads of one process share a GIL."""

    def __init__(self) -> None:
        """Begin with nothing placed."""
        self.cores = 0
        """How many the machine has, 0 unknown."""
        self.placed_ns = _ALWAYS
        """Up to here all running time is placed of the threads that this round has come to so far."""
        self._needed_ns = 0
        self._gils: dict[int, int] = {}  # pid → when its GIL was first seen
        self._settled = _Counts()
        self._shown: dict[int, tuple[int, Runs]] = {}  # thread → pid, provisional runs
        self._seeming: _Counts | None = None  # settled and shown together, where nothing was settled since

    def renew(self, *, born_ns: int = _ALWAYS) -> None:
        """Begin a round, in which threads are settled in the order of their births.

        Args:
            born_ns: no thread will turn up any more that was born before that.
        """
        self._settled.forget(min(self._needed_ns, born_ns))
        self._seeming = None
        self.placed_ns = self._needed_ns = _ALWAYS

    def pass_on(self, placed_ns: int, needed_ns: int = _ALWAYS) -> None:
        """A thread has had its turn: all its running is placed up to ``placed_ns``.

        Args:
            needed_ns: the thread will not ask again what is taken before that.
        """
        self.placed_ns = min(self.placed_ns, placed_ns)
        self._needed_ns = min(self._needed_ns, needed_ns)

    def last_round(self) -> None:
        """What is settled now is settled to its end, whatever others still lack."""
        self.placed_ns = _ALWAYS

    def sampled_gil(self, pid: int, t_ns: int) -> None:
        """The GIL of a process was seen: free, or with a thread that has it or waits for it."""
        self._gils[pid] = min(t_ns, self._gils.get(pid, t_ns))

    def gil_seen(self, pid: int) -> int:
        """Since when it is known which thread of a process has its GIL."""
        return self._gils.get(pid, _ALWAYS)

    def taken(self, pid: int, begin_ns: int, *, nearly: bool) -> Taken:
        """When threads of a process cannot run from ``begin_ns`` on, as far as is settled.

        Args:
            nearly: tell also when all cores but one are taken.
        """
        return self._taken(self._settled, pid, begin_ns, nearly)

    def seems_taken(self, pid: int, begin_ns: int, thread: int, *, nearly: bool) -> Taken:
        """The same for a thread that is only shown: what others show counts as well."""
        if self._seeming is None:
            self._seeming = self._settled.copy()
            for other, runs in self._shown.values():
                self._seeming.add(other, runs)
        had = self._shown.pop(thread, None)
        if had is not None:
            self._seeming.add(*had, -1)
        return self._taken(self._seeming, pid, begin_ns, nearly)

    def _taken(self, counts: _Counts, pid: int, begin_ns: int, nearly: bool) -> Taken:
        gil = full = almost = NEVER
        if pid in self._gils:
            gil = counts.gil(pid).at_least(1, begin_ns)
        if self.cores:
            full = counts.all.at_least(self.cores, begin_ns)
            if nearly and self.cores > 1:
                almost = counts.all.at_least(self.cores - 1, begin_ns)
        return Taken(gil, full, almost)

    def settle(self, pid: int, thread: int, runs: Runs, end_ns: int) -> None:
        """Up to ``end_ns`` a thread runs then; what it showed until there is over."""
        had = self._shown.pop(thread, None)
        if had is not None:
            self.show(pid, thread, Runs(had[1].all.after(end_ns), had[1].with_gil.after(end_ns)))
        self._seeming = None
        self._settled.add(pid, runs)

    def show(self, pid: int, thread: int, runs: Runs) -> None:
        """A thread seems to run then."""
        had = self._shown.pop(thread, None)
        if self._seeming is not None:
            if had is not None:
                self._seeming.add(*had, -1)
            self._seeming.add(pid, runs)
        if len(runs.all.t0):
            self._shown[thread] = (pid, runs)
