"""Stretches of a kind that are close together are one episode, which grows from window to window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from concviz.core.insight.crowd import Crowd
from concviz.core.insight.kin import Kin
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import Cause, Recurring, Topic

_MS = 1_000_000
_GAPS_NS = {
    Kind.TASKS_WAIT: 20 * _MS, Kind.THREADS_WAIT: 20 * _MS, Kind.ONE_WAITS: 20 * _MS,
    Kind.HELD_UP: 0, Kind.GIL_KEPT: 0, Kind.GIL_PASSES: 100 * _MS, Kind.PARALLEL: 50 * _MS,
    Kind.LOCK_QUEUE: 50 * _MS, Kind.EXECUTOR_FULL: 50 * _MS, Kind.LEFT_ALONE: 2 * _MS,
    Kind.NO_CORE: 100 * _MS, Kind.STUCK: 0, Kind.STARVED: 500 * _MS, Kind.DEADLOCK: 0,
}
"""How far apart two stretches may be to be taken together."""
_LEAST_NS = {
    Kind.TASKS_WAIT: 5 * _MS, Kind.THREADS_WAIT: 5 * _MS, Kind.ONE_WAITS: 250 * _MS,
    Kind.HELD_UP: 20 * _MS, Kind.GIL_KEPT: 50 * _MS, Kind.GIL_PASSES: 10 * _MS, Kind.PARALLEL: 5 * _MS,
    Kind.LOCK_QUEUE: 10 * _MS, Kind.EXECUTOR_FULL: 20 * _MS, Kind.LEFT_ALONE: 100 * _MS,
    Kind.NO_CORE: 50 * _MS, Kind.STUCK: 2000 * _MS, Kind.STARVED: 500 * _MS,
    Kind.DEADLOCK: 0,
}
"""What lasts less, all in all, is not worth a word."""
_COUNTED = (Kind.TASKS_WAIT, Kind.THREADS_WAIT, Kind.LOCK_QUEUE, Kind.EXECUTOR_FULL, Kind.NO_CORE)
"""They say how many at once: as many as where the rank is the greatest, and fewer at their begin."""
Ranks = npt.NDArray[np.int64]
_NO_SPAN = -1


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
    last: int = _NO_SPAN
    """What its last run is a part of, where that is told."""

    @property
    def worth_a_word(self) -> bool:
        """Is it long enough to be told of?"""
        return self.spent_ns >= _LEAST_NS[self.example.kind]

    def moment(self) -> Moment:
        """All of it, told by its best example."""
        found = replace(
            self.example, t0_ns=self.t0_ns, t1_ns=self.t1_ns, spent_ns=self.spent_ns, times=self.times)
        if self.example.kind is not Kind.GIL_PASSES:
            return found
        return replace(found, count=self.count, spent_ns=self.t1_ns - self.t0_ns)  # turns in all that time


@dataclass(slots=True)
class Stretch:
    """Runs of one window that are close together."""

    t0_ns: int
    t1_ns: int
    spent_ns: int
    times: int
    place: int
    """Where the rank is the greatest, in its crowd's times."""
    rank: int
    first: int = _NO_SPAN
    """What its first run is a part of, where that is told; …"""
    last: int = _NO_SPAN
    """… and what its last one is."""


def stretches(
    kind: Kind, crowd: Crowd, mask: npt.NDArray[np.bool_], ranks: Ranks, wholes: Ranks | None = None,
) -> Iterator[Stretch]:
    """Where something is true in a crowd, taken together where the gap between is small.

    Args:
        mask, ranks: for each of the crowd's times: is it true from there on, and how telling is it?
        wholes: what it is a part of then; runs that are parts of the same count once. None: each counts.
    """
    begins, ends, places = crowd.runs(mask)
    if not len(places):
        return
    ranked = np.where(mask, ranks, -1)
    beyond = crowd.times.searchsorted(ends)
    firsts = np.concatenate(([0], (begins[1:] - ends[:-1] > _GAPS_NS[kind]).nonzero()[0] + 1))
    stops = np.append(firsts[1:], len(begins))
    spent = np.add.reduceat(ends - begins, firsts)
    for first, stop, ns in zip(firsts.tolist(), stops.tolist(), spent.tolist()):
        best = int(places[first]) + int(ranked[places[first] : beyond[stop - 1]].argmax())
        found = Stretch(
            int(begins[first]), int(ends[stop - 1]), ns, stop - first, best, int(ranked[best])
        )
        if wholes is not None:
            parts = wholes[places[first:stop]]
            found.times = 1 + int((parts[1:] != parts[:-1]).sum())
            found.first, found.last = int(parts[0]), int(parts[-1])
        yield found


@dataclass(slots=True)
class Episodes:
    """The episodes: those that may go on, and those that are over, as moments by their causes."""

    kin: Kin
    over: dict[Cause, Recurring] = field(default_factory=dict)
    open: dict[Cause, Episode] = field(default_factory=dict)
    revision: int = 0
    """Grows whenever anything changes."""
    _not_over: dict[Cause, list[Moment]] = field(default_factory=dict)  # of episodes still open, as told

    def take(
        self, cause: Cause, crowd: Crowd, mask: npt.NDArray[np.bool_], ranks: Ranks,
        example: Callable[[Stretch], Moment | None], turns: Callable[[Stretch], int] = lambda stretch: 0,
        wholes: Ranks | None = None,
    ) -> None:
        """Take in where something is true in a window.

        Args:
            mask, ranks, wholes: as for ``stretches``.
            example: the moment that shows a stretch; None: it is none after all. Asked only where it would
                be the best of its episode. turns: how many turns there are in a stretch.
        """
        for stretch in stretches(cause[0], crowd, mask, ranks, wholes):
            known = self._going_on(cause, stretch.t0_ns)
            if known is not None and stretch.rank <= known.rank:
                self._add(cause, stretch, None, turns(stretch))
            elif (moment := example(stretch)) is not None:
                if cause[0] in _COUNTED:
                    moment = replace(moment, most_ns=int(crowd.times[stretch.place]))
                self._add(cause, stretch, moment, turns(stretch))

    def _add(self, cause: Cause, stretch: Stretch, example: Moment | None, count: int = 0) -> None:
        """The next part of an episode that goes on, or the first of a new one."""
        self.revision += 1
        known = self._going_on(cause, stretch.t0_ns)
        if known is None:
            self._close(cause)
            if example is not None:
                begin = min(stretch.t0_ns, example.t0_ns)  # it may be seen to have begun before it mattered
                spent = stretch.spent_ns + stretch.t0_ns - begin
                self.open[cause] = Episode(
                    example, begin, stretch.t1_ns, spent, stretch.rank, stretch.times, count,
                    stretch.last)
            return
        joins = stretch.t0_ns <= known.t1_ns or (stretch.first != _NO_SPAN and stretch.first == known.last)
        known.times += stretch.times - joins
        known.last = stretch.last
        known.spent_ns += stretch.spent_ns
        known.t1_ns = max(known.t1_ns, stretch.t1_ns)
        known.count += count
        if example is not None and stretch.rank > known.rank:
            known.example, known.rank = example, stretch.rank

    def step(self, cause: Cause, example: Moment) -> None:
        """A long step: the one that was under way, or one of its own, however close it follows."""
        if not self._is_of(self.open.get(cause), example):
            self._forget(cause, example)
        self.go_on(cause, example)

    def go_on(self, cause: Cause, example: Moment) -> None:
        """A moment that lasts, as far as it is known by now: the one that was under way, or another one."""
        if not self._is_of(self.open.get(cause), example):
            self._close(cause)
        self.open[cause] = Episode(example, example.t0_ns, example.t1_ns, example.spent_ns, 0)
        self.revision += 1

    @staticmethod
    def _is_of(episode: Episode | None, moment: Moment) -> bool:
        """Is it the same, grown?"""
        return episode is not None and (
            (episode.example.worker, episode.t0_ns) == (moment.worker, moment.t0_ns))

    def _forget(self, cause: Cause, example: Moment) -> None:
        """While a step goes on, it may turn out to be of another cause than it seemed to be."""
        for other, known in list(self.open.items()):
            if self._is_of(known, example) and other[:2] == cause[:2]:
                del self.open[other]

    def add(self, found: Iterable[tuple[Cause, Moment]]) -> None:
        """Moments that are whole as they are."""
        for cause, moment in found:
            self._tell(cause, moment)
            self.revision += 1

    def pass_by(self, t_ns: int) -> None:
        """Nothing that begins before an instant is still to come."""
        for cause, episode in list(self.open.items()):
            if episode.t1_ns + _GAPS_NS[cause[0]] < t_ns:
                self._close(cause)

    def finish(self) -> None:
        """Nothing is still to come."""
        for cause in list(self.open):
            self._close(cause)

    def topics(self, as_of_ns: int) -> list[Topic]:
        """A topic for each cause, of all that began by an instant and is worth a word."""
        self._take_back()
        for cause, episode in self.open.items():
            if episode.worth_a_word:
                moment = episode.moment()
                self._not_over.setdefault(self._tell(cause, moment), []).append(moment)
        return [topic for like in self.over.values() if (topic := like.topic(as_of_ns)) is not None]

    def _take_back(self) -> None:
        """What was told of open episodes is taken back: they may have grown."""
        for cause, moments in self._not_over.items():
            self.over[cause].take_out(moments)
        self._not_over.clear()

    def _tell(self, cause: Cause, moment: Moment) -> Cause:
        """Put a moment where it belongs: to the like of its cause, which is returned."""
        own = self.kin.told_as(cause, moment)
        if own not in self.over:
            self.over[own] = Recurring(own)
        self.over[own].add(moment, self.kin.process(cause[1]))
        return own

    def _going_on(self, cause: Cause, t_ns: int) -> Episode | None:
        known = self.open.get(cause)
        return known if known is not None and t_ns - known.t1_ns <= _GAPS_NS[cause[0]] else None

    def _close(self, cause: Cause) -> None:
        episode = self.open.pop(cause, None)
        if episode is not None and episode.worth_a_word:
            self._take_back()
            self._tell(cause, episode.moment())
            self.revision += 1
