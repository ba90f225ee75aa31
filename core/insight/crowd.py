"""Several workers' spans of a window laid together: how many of them are in which state, at each instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, State
from concviz.core.timeline.answers import I64
from concviz.core.timeline.spans import KNOWN_SHIFT, STATE_BITS, known_of, reason_of, state_of
from concviz.core.timeline.timeline import Timeline

Table = npt.NDArray[np.bool_]
"""For each code of a span whether it counts."""
NOBODY_THERE = int(State.ENDED)
"""The code of a worker before it begins and after it ends."""
_ALIVE = -1
_CHANGE = np.dtype([
    ("t", "<i8"), ("since", "<i8"), ("until", "<i8"), ("lane", "<i4"), ("code", "u1"), ("before", "u1"),
], align=True)


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


FOR_GIL = table(lambda state, reason, _known: state is State.READY and reason is Reason.GIL)
OUTSIDE = waiting(Reason.IO, Reason.SLEEP)


class Window:
    """A window of a timeline: what happens in it is laid together once, and asked about in parts."""

    def __init__(self, timeline: Timeline, lanes: Sequence[int], t0_ns: int, t1_ns: int) -> None:
        """Look at what happens to some workers from ``t0_ns`` to ``t1_ns``."""
        self.timeline, self.t0_ns, self.t1_ns = timeline, t0_ns, t1_ns
        self._all = _laid_together(timeline, lanes, t0_ns, t1_ns)
        self._is_in = np.zeros(len(timeline.lanes), np.bool_)

    @property
    def changes(self) -> int:
        """How many there are: what looking at them costs."""
        return len(self._all)

    def crowd(self, lanes: Sequence[int]) -> Crowd:
        """Some of these workers together."""
        self._is_in[:] = False
        self._is_in[lanes] = True
        return Crowd(self._all[self._is_in[self._all["lane"]]], self.t1_ns)


class Crowd:
    """What happens to some workers in a window, one change after another.

    ``t``: when; ``lane``: to whom; ``code``, ``before``: of the span that begins and of the one before;
    ``since``, ``until``: the whole span's begin and end, which may lie outside of the window.
    """

    def __init__(self, changes: npt.NDArray[Any], t1_ns: int) -> None:
        """See ``Window.crowd``."""
        self.t, self.lane, self.code = changes["t"], changes["lane"], changes["code"]
        self.before, self.since, self.until = changes["before"], changes["since"], changes["until"]
        self.t1_ns = t1_ns
        last = np.ones(len(changes), np.bool_)
        last[:-1] = self.t[1:] != self.t[:-1]
        self.at = last.nonzero()[0]
        """Places of the last change of each instant: what counts there is true until the next."""
        self.times: I64 = self.t[self.at]
        self._edges = np.append(self.times, t1_ns)
        self._codes = np.bincount(self.code, minlength=256).astype(np.bool_)

    def has(self, which: Table) -> bool:
        """Is anybody in such a state at any time?"""
        return bool((self._codes & which).any())

    def count(self, which: Table) -> npt.NDArray[np.int64]:
        """How many are in such a state from each of ``times`` on."""
        if not self.has(which):
            return np.zeros(len(self.at), np.int64)
        changes = which[self.code].view(np.int8) - which[self.before].view(np.int8)
        result: npt.NDArray[np.int64] = changes.cumsum(dtype=np.int64)[self.at]
        return result

    def only(self, which: Table) -> npt.NDArray[np.int64]:
        """Who is in such a state from each of ``times`` on; it means nothing unless that is a single one."""
        lanes = self.lane.astype(np.int64)
        came, went = which[self.code] * lanes, which[self.before] * lanes
        result: npt.NDArray[np.int64] = (came - went).cumsum()[self.at]
        return result

    def spent(self, which: Table, t_ns: I64) -> I64:
        """How long they have been in such a state up to some instants of the window, all of them added up."""
        counts = which[self.code]
        begins = self.t[counts]
        ends = np.sort(np.minimum(self.until[counts], self.t1_ns))
        return _since(begins, t_ns) - _since(ends, t_ns)

    def runs(self, mask: npt.NDArray[np.bool_]) -> tuple[I64, I64, I64]:
        """Where something is true: begins, ends, and the place in ``times`` of each begin."""
        flags = np.concatenate(([False], mask, [False]))
        first = (flags[1:] & ~flags[:-1]).nonzero()[0]
        stop = (flags[:-1] & ~flags[1:]).nonzero()[0]
        return self._edges[first], self._edges[stop], first

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


def _laid_together(timeline: Timeline, lanes: Sequence[int], t0: int, t1: int) -> npt.NDArray[Any]:
    """The changes of some workers, in order."""
    since: list[Any] = []
    codes: list[Any] = []
    told: list[tuple[int, int, int, int]] = []  # lane, number of spans, end of the last one, own end
    for lane in lanes:  # there may be hundreds: whatever can be done for all of them at once is done below
        spans = timeline.lanes[lane].spans
        total, end = spans.total, spans.end_ns
        starts = spans.starts[:total]
        first, stop = max(int(starts.searchsorted(t0, "right")) - 1, 0), int(starts.searchsorted(t1))
        if stop <= first or (end is not None and end <= t0):
            continue
        since.append(starts[first:stop])
        codes.append(spans.rest["code"][first:stop])
        until = int(starts[stop]) if stop < total else spans.end(timeline.end_ns)
        ended = end if end is not None and stop == total and end < t1 else _ALIVE
        told.append((lane, stop - first, until, ended))
    if not told:
        return np.empty(0, _CHANGE)
    return _ordered(np.concatenate(since), np.concatenate(codes), np.array(told, np.int64), t0)


def _ordered(since: I64, codes: npt.NDArray[Any], told: I64, t0: int) -> npt.NDArray[Any]:
    """Spans of one worker after another → changes of all of them in the order of time, with their ends."""
    lanes, counts, until, ended = told.T
    last = counts.cumsum() - 1
    gone = (ended != _ALIVE).nonzero()[0]
    n = len(since)
    found = np.empty(n + len(gone), _CHANGE)
    spans, ends = found[:n], found[n:]
    spans["lane"], spans["since"], spans["code"] = lanes.repeat(counts), since, codes
    spans["until"][:-1] = since[1:]
    spans["until"][last] = until
    spans["before"][1:] = codes[:-1]
    spans["before"][last - counts + 1] = NOBODY_THERE
    ends["lane"], ends["since"], ends["until"] = lanes[gone], ended[gone], ended[gone]
    ends["code"], ends["before"] = NOBODY_THERE, codes[last[gone]]
    np.maximum(found["since"], t0, out=found["t"])
    return found[found["t"].argsort(kind="stable")]


def least_known(codes: Iterable[int]) -> Known:
    """The least certain of some spans' codes."""
    return max((known_of(code) for code in set(codes)), default=Known.EXACT)
