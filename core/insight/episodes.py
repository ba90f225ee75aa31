"""Stretches of a kind that are close together are one episode, which grows from window to window."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from concviz.core.insight.crowd import Crowd
from concviz.core.insight.moment import Kind, Moment

_MS = 1_000_000
_GAPS_NS = {
    Kind.TASKS_WAIT: 20 * _MS, Kind.THREADS_WAIT: 20 * _MS, Kind.ONE_WAITS: 20 * _MS,
    Kind.HELD_UP: 20 * _MS, Kind.GIL_PASSES: 100 * _MS, Kind.PARALLEL: 50 * _MS,
    Kind.LOCK_QUEUE: 50 * _MS, Kind.EXECUTOR_FULL: 50 * _MS, Kind.LEFT_ALONE: 2 * _MS,
    Kind.NO_CORE: 100 * _MS,
}
"""How far apart two stretches may be to be taken together."""
_LEAST_NS = {
    Kind.TASKS_WAIT: 5 * _MS, Kind.THREADS_WAIT: 5 * _MS, Kind.ONE_WAITS: 100 * _MS,
    Kind.HELD_UP: 20 * _MS, Kind.GIL_PASSES: 10 * _MS, Kind.PARALLEL: 5 * _MS,
    Kind.LOCK_QUEUE: 10 * _MS, Kind.EXECUTOR_FULL: 20 * _MS, Kind.LEFT_ALONE: 100 * _MS,
    Kind.NO_CORE: 50 * _MS,
}
"""What lasts less, all in all, is not worth a word."""

Ranks = npt.NDArray[np.int64]
Where = tuple[Kind, int]
"""A kind, and the worker whose others it is about: a loop's thread, a process, the program."""


@dataclass(slots=True)
class Episode:
    """What is known so far of one; ``example`` is the moment in it that shows it best."""

    example: Moment
    t0_ns: int
    t1_ns: int
    spent_ns: int
    rank: int
    times: int = 1
    count: int = 0
    """Turns, where these are counted."""

    def moment(self) -> Moment:
        """All of it, told by its best example."""
        of_turns = self.example.kind is Kind.GIL_PASSES
        own = self.example.kind is Kind.HELD_UP  # the step itself is what to look at
        return replace(
            self.example, spent_ns=self.example.spent_ns if own else self.spent_ns, times=self.times,
            t0_ns=self.example.t0_ns if own else self.t0_ns,
            t1_ns=self.example.t1_ns if own else self.t1_ns,
            count=self.count if of_turns else self.example.count,
        )


@dataclass(slots=True)
class Stretch:
    """Runs of one window that are close together."""

    t0_ns: int
    t1_ns: int
    spent_ns: int
    times: int
    place: int
    """Of the run with the greatest rank, in its crowd's times."""
    rank: int


def stretches(kind: Kind, crowd: Crowd, mask: npt.NDArray[np.bool_], ranks: Ranks) -> Iterator[Stretch]:
    """Where something is true in a crowd, taken together where the gap between is small.

    Args:
        mask, ranks: for each of the crowd's times: is it true from there on, and how telling is it?
    """
    begins, ends, places = crowd.runs(mask)
    if not len(places):
        return
    ranked = ranks[places]
    firsts = np.concatenate(([0], (begins[1:] - ends[:-1] > _GAPS_NS[kind]).nonzero()[0] + 1))
    stops = np.append(firsts[1:], len(begins))
    spent = np.add.reduceat(ends - begins, firsts)
    for first, stop, ns in zip(firsts.tolist(), stops.tolist(), spent.tolist()):
        best = first + int(ranked[first:stop].argmax())
        yield Stretch(
            int(begins[first]), int(ends[stop - 1]), ns, stop - first, int(places[best]), int(ranked[best])
        )


def order(moment: Moment) -> tuple[int, str]:
    """By their begins; those of one instant by kind."""
    return moment.t0_ns, moment.kind


@dataclass(slots=True)
class Episodes:
    """The episodes: those that may go on, and those that are over, as moments."""

    over: list[Moment] = field(default_factory=list)
    open: dict[Where, Episode] = field(default_factory=dict)
    revision: int = 0
    """Grows whenever anything changes."""

    def take(
        self, where: Where, crowd: Crowd, mask: npt.NDArray[np.bool_], ranks: Ranks,
        example: Callable[[Stretch], Moment | None], turns: Callable[[Stretch], int] = lambda stretch: 0,
    ) -> None:
        """Take in where something is true in a window.

        Args:
            mask, ranks: as for ``stretches``.
            example: the moment that shows a stretch; None: it is none after all. Asked only where it would
                be the best of its episode. turns: how many turns there are in a stretch.
        """
        for stretch in stretches(where[0], crowd, mask, ranks):
            known = self._going_on(where, stretch.t0_ns)
            if known is not None and stretch.rank <= known.rank:
                self._add(where, stretch, None, turns(stretch))
            elif (moment := example(stretch)) is not None:
                self._add(where, stretch, moment, turns(stretch))

    def _add(self, where: Where, stretch: Stretch, example: Moment | None, count: int = 0) -> None:
        """The next part of an episode that goes on, or the first of a new one."""
        self.revision += 1
        known = self._going_on(where, stretch.t0_ns)
        if known is None:
            self._close(where)
            if example is not None:
                self.open[where] = Episode(
                    example, stretch.t0_ns, stretch.t1_ns, stretch.spent_ns, stretch.rank, stretch.times,
                    count,
                )
            return
        joins = stretch.t0_ns <= known.t1_ns
        known.times += stretch.times - joins
        known.spent_ns += stretch.spent_ns
        known.t1_ns = max(known.t1_ns, stretch.t1_ns)
        known.count += count
        if example is not None and stretch.rank > known.rank:
            known.example, known.rank = example, stretch.rank

    def step(self, where: Where, example: Moment, rank: int) -> None:
        """A long step: another one of its episode, or the same one, that goes on."""
        known = self.open.get(where)
        same = known is not None and known.example.worker == example.worker and (
            known.example.t0_ns == example.t0_ns)
        stretch = Stretch(example.t0_ns, example.t1_ns, example.spent_ns, 1, 0, rank)
        if known is not None and same:
            known.example, known.rank, known.t1_ns = example, rank, max(known.t1_ns, example.t1_ns)
            self.revision += 1
        else:
            self._add(where, stretch, example)

    def add(self, moments: Iterable[Moment]) -> None:
        """Moments that are whole as they are."""
        for moment in moments:
            insort(self.over, moment, key=order)
            self.revision += 1

    def pass_by(self, t_ns: int) -> None:
        """Nothing that begins before an instant is still to come."""
        for where, episode in list(self.open.items()):
            if episode.t1_ns + _GAPS_NS[where[0]] < t_ns:
                self._close(where)

    def finish(self) -> None:
        """Nothing is still to come."""
        for where in list(self.open):
            self._close(where)

    def moments(self) -> list[Moment]:
        """All that are worth a word, in the order of their begins."""
        found = self.over.copy()  # there may be many, of which few are new: they are kept in order
        for where, episode in self.open.items():
            if episode.spent_ns >= _LEAST_NS[where[0]]:
                insort(found, episode.moment(), key=order)
        return found

    def _going_on(self, where: Where, t_ns: int) -> Episode | None:
        known = self.open.get(where)
        return known if known is not None and t_ns - known.t1_ns <= _GAPS_NS[where[0]] else None

    def _close(self, where: Where) -> None:
        episode = self.open.pop(where, None)
        if episode is not None and episode.spent_ns >= _LEAST_NS[where[0]]:
            insort(self.over, episode.moment(), key=order)
            self.revision += 1
