"""Several workers' spans of a window laid together: how many of them are in which state, at each instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, State
from concviz.core.timeline.answers import I64, U8
from concviz.core.timeline.spans import KNOWN_SHIFT, STATE_BITS, known_of, reason_of, state_of
from concviz.core.timeline.timeline import Timeline

Table = npt.NDArray[np.bool_]
"""For each code of a span whether it counts."""
NOBODY_THERE = int(State.ENDED)
"""The code of a worker before it begins and after it ends."""
_GOES_ON = -1
"""In the place of an end: there is none in the window."""


def table(counts: Callable[[State, Reason, Known], bool]) -> Table:
    """Which codes count."""
    found = np.zeros(256, np.bool_)
    for code in range(len(Reason) << 4):
        if code >> KNOWN_SHIFT & STATE_BITS in tuple(Known):
            found[code] = counts(state_of(code), reason_of(code), known_of(code))
    return found


RUNNING = table(lambda state, _reason, _known: state is State.RUNNING)
SEEN_RUNNING = table(lambda state, _reason, known: state is State.RUNNING and known is not Known.INFERRED)
READY = table(lambda state, reason, _known: state is State.READY and reason is not Reason.HELD)
BUSY = table(lambda state, reason, _known: state in (State.RUNNING, State.READY) or reason is Reason.HELD)
"""Running or able to, if only it were let."""


def waiting(*reasons: Reason) -> Table:
    """Waiting for one of these."""
    return table(lambda state, reason, _known: state is State.WAITING and reason in reasons)


ALIVE = table(lambda state, _reason, _known: state is not State.ENDED)
FOR_GIL = table(lambda state, reason, _known: state is State.READY and reason is Reason.GIL)
FOR_CORE = table(lambda state, reason, _known: state is State.READY and reason is Reason.CORE)
OUTSIDE = waiting(Reason.IO, Reason.SLEEP)
"""Waiting for the outside world."""
IDLE = waiting(Reason.QUEUE)
"""Waiting for work to be handed out."""


class Changes(NamedTuple):
    """What happens to some workers, one change after another, as columns."""

    t: I64
    """When, not before the window."""
    lane: npt.NDArray[np.int64]
    code: U8
    """Of the span that begins, and …"""
    before: U8
    """… of the one before."""
    span: npt.NDArray[np.int64]
    """Where the span that begins stands among the whole ones."""

    def of(self, places: npt.NDArray[np.int64]) -> Changes:
        """Those at some places."""
        return Changes(
            self.t.take(places), self.lane.take(places), self.code.take(places), self.before.take(places),
            self.span.take(places),
        )


class Whole(NamedTuple):
    """The spans themselves, from begin to end, which may lie outside of the window."""

    since: I64
    until: I64


_FOR_LONG = 1 << 60
_NO_TIMES = np.empty(0, np.int64)
_NO_CODES = np.empty(0, np.uint8)
_NOTHING = Changes(_NO_TIMES, _NO_TIMES, _NO_CODES, _NO_CODES, _NO_TIMES)


class Window:
    """A window of a timeline: what happens in it is laid together once, and asked about in parts."""

    def __init__(self, timeline: Timeline, lanes: Sequence[int], t0_ns: int, t1_ns: int) -> None:
        """Look at what happens to some workers from ``t0_ns`` to ``t1_ns``."""
        self.timeline, self.t0_ns, self.t1_ns = timeline, t0_ns, t1_ns
        self._all, self._whole = _laid_together(timeline, lanes, t0_ns, t1_ns)
        self._crowds: dict[tuple[int, ...], Crowd] = {}  # the same are asked about by several

    @property
    def changes(self) -> int:
        """How many there are: what looking at them costs."""
        return len(self._all.t)

    def crowd(self, lanes: Sequence[int]) -> Crowd:
        """Some of these workers together."""
        key = tuple(lanes)
        if key not in self._crowds:
            is_in = np.zeros(len(self.timeline.lanes), np.bool_)
            is_in[lanes] = True
            theirs = self._all.of(is_in.take(self._all.lane).nonzero()[0])
            self._crowds[key] = Crowd(theirs, self._whole, self.t1_ns)
        return self._crowds[key]


class Crowd:
    """What happens to some workers in a window: how many are in which state from one instant to the next.

    ``t``, ``lane``, ``code``, ``before``: see ``Changes``.
    """

    def __init__(self, changes: Changes, whole: Whole, t1_ns: int) -> None:
        """See ``Window.crowd``."""
        self.t, self.lane, self.code, self.before, self._span = changes
        self._whole, self.t1_ns = whole, t1_ns
        self._codes = np.bincount(self.code).nonzero()[0]
        self._counts: dict[int, tuple[Table, npt.NDArray[np.int64]]] = {}  # by the table's identity

    @cached_property
    def at(self) -> npt.NDArray[np.int64]:
        """Places of the last change of each instant: what counts there is true until the next."""
        last = np.ones(len(self.t), np.bool_)
        np.not_equal(self.t[1:], self.t[:-1], out=last[:-1])
        return last.nonzero()[0]

    @cached_property
    def times(self) -> I64:
        """Each instant at which something changes."""
        return self.t.take(self.at)

    def has(self, which: Table) -> bool:
        """Is anybody in such a state at any time?"""
        return True in which.take(self._codes).tolist()

    def count(self, which: Table) -> npt.NDArray[np.int64]:
        """How many are in such a state from each of ``times`` on; not to be written to."""
        if id(which) not in self._counts:
            self._counts[id(which)] = which, self._counted(which)
        return self._counts[id(which)][1]

    def _counted(self, which: Table) -> npt.NDArray[np.int64]:
        if not self.has(which):
            return np.zeros(len(self.at), np.int64)
        changes = which.take(self.code).view(np.int8) - which.take(self.before).view(np.int8)
        result: npt.NDArray[np.int64] = changes.cumsum(dtype=np.int64).take(self.at)
        return result

    def only(self, which: Table) -> npt.NDArray[np.int64]:
        """Who is in such a state from each of ``times`` on; it means nothing unless that is a single one."""
        came, went = which.take(self.code) * self.lane, which.take(self.before) * self.lane
        result: npt.NDArray[np.int64] = (came - went).cumsum().take(self.at)
        return result

    def spans(self, which: Table) -> tuple[npt.NDArray[np.int64], Whole]:
        """Where those of such a state begin, and the whole spans."""
        places = which.take(self.code).nonzero()[0]
        numbers = self._span.take(places)
        return places, Whole(self._whole.since.take(numbers), self._whole.until.take(numbers))

    def spent(self, which: Table, t_ns: I64) -> I64:
        """How long they have been in such a state up to some instants of the window, all of them added up."""
        places, whole = self.spans(which)
        ends = np.sort(np.minimum(whole.until, self.t1_ns))
        return _since(self.t.take(places), t_ns) - _since(ends, t_ns)

    def runs(self, mask: npt.NDArray[np.bool_]) -> tuple[I64, I64, I64]:
        """Where something is true: begins, ends, and the place in ``times`` of each begin."""
        flags = np.concatenate(([False], mask, [False]))
        edges = np.concatenate((self.times, (self.t1_ns,)))
        first = (flags[1:] & ~flags[:-1]).nonzero()[0]
        stop = (flags[:-1] & ~flags[1:]).nonzero()[0]
        return edges.take(first), edges.take(stop), first

    def lasting(
        self, mask: npt.NDArray[np.bool_], least_ns: int, begin_ns: int,
        before_ns: int = _FOR_LONG, after_ns: int = _FOR_LONG,
    ) -> npt.NDArray[np.bool_]:
        """Where something is true for so long.

        Args:
            begin_ns: of the window. before_ns, after_ns: for how long it was so before, and is so after it,
                where the window cuts it; if that is not told it is taken to be long.
        """
        begins, ends, first = self.runs(mask)
        cut = before_ns * (begins <= begin_ns) + after_ns * (ends >= self.t1_ns)
        long = (ends - begins + cut >= least_ns).nonzero()[0]
        if not len(long):
            return np.zeros(len(mask), np.bool_)
        edges = np.zeros(len(mask) + 1, np.int64)
        edges[first[long]] = 1
        edges[self.times.searchsorted(ends[long])] -= 1
        result: npt.NDArray[np.bool_] = edges[:-1].cumsum().astype(np.bool_)
        return result

    def lengths(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """How long something is true, at the place where that begins."""
        begins, ends, first = self.runs(mask)
        found = np.zeros(len(mask), np.int64)
        found[first] = ends - begins
        return found

    def at_times(self, values: npt.NDArray[Any], times: I64) -> npt.NDArray[Any]:
        """What counts at some instants, of values for each of ``times``; before the first: 0."""
        at = self.times.searchsorted(times, "right") - 1
        padded: npt.NDArray[Any] = np.concatenate((values[:1] * 0, values)).take(at + 1)
        return padded

    def who(self, place: int, which: Table) -> list[tuple[int, int]]:
        """(lane, code) of those in such a state at a place in ``times``, in the order of their births."""
        upto = int(self.at[place]) + 1
        lanes, latest = np.unique(self.lane[:upto][::-1], return_index=True)
        codes = self.code[:upto][::-1][latest]
        some = which[codes]
        return list(zip(lanes[some].tolist(), codes[some].tolist()))


def _since(instants: I64, t_ns: I64) -> I64:
    """How long ago ``instants`` were, added up, at each ``t_ns``; both ascend, what comes later counts 0."""
    passed = instants.searchsorted(t_ns, "right")
    sums = np.concatenate(([0], (instants - t_ns[0]).cumsum()))
    result: I64 = passed * (t_ns - t_ns[0]) - sums[passed]
    return result


def _laid_together(timeline: Timeline, lanes: Sequence[int], t0: int, t1: int) -> tuple[Changes, Whole]:
    """The changes of some workers, in order, and their spans."""
    edges = np.array((t0 + 1, t1))
    since: list[I64] = []
    codes: list[U8] = []
    told: list[tuple[int, int, int, int]] = []  # lane, number of spans, end of the last one, own end
    everybody = timeline.lanes
    for lane in lanes:  # there may be hundreds: whatever can be done for all of them at once is done below
        spans = everybody[lane].spans
        total, end = spans.total, spans.end_ns
        starts = spans.starts[:total]
        first, stop = starts.searchsorted(edges).tolist()
        if first:
            first -= 1  # what goes on when the window begins
        if stop <= first or (end is not None and end <= t0):
            continue
        since.append(starts[first:stop])
        codes.append(spans.rest["code"][first:stop])
        until = int(starts[stop]) if stop < total else spans.end(timeline.end_ns)
        ended = end if end is not None and stop == total and end < t1 else _GOES_ON
        told.append((lane, stop - first, until, ended))
    if not told:
        return _NOTHING, Whole(_NO_TIMES, _NO_TIMES)
    return _ordered(np.concatenate(since), np.concatenate(codes), np.array(told, np.int64), t0)


def _ordered(since: I64, codes: U8, told: I64, t0: int) -> tuple[Changes, Whole]:
    """Spans of one worker after another → changes of all of them in the order of time, with their ends."""
    lanes, counts, until, ended = told.T
    last = counts.cumsum() - 1
    before = np.empty_like(codes)
    before[1:] = codes[:-1]
    before[last - counts + 1] = NOBODY_THERE
    ends = np.concatenate((since[1:], (0,)))
    ends[last] = until
    gone = (ended != _GOES_ON).nonzero()[0]
    if len(gone):
        since, ends = np.concatenate((since, ended[gone])), np.concatenate((ends, ended[gone]))
        before = np.concatenate((before, codes[last[gone]]))
        codes = np.concatenate((codes, np.full(len(gone), NOBODY_THERE, np.uint8)))
    lane = np.concatenate((lanes.repeat(counts), lanes[gone]))
    t = np.maximum(since, t0)
    changes = Changes(t, lane, codes, before, np.arange(len(t)))
    return changes.of(t.argsort(kind="stable")), Whole(since, ends)


def least_known(codes: Iterable[int]) -> Known:
    """The least certain of some spans' codes."""
    return max((known_of(code) for code in set(codes)), default=Known.EXACT)
