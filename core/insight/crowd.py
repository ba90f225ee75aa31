"""Several workers' spans of a window laid together: how many of them are in which state, at each instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, State
from concviz.core.timeline.answers import I64
from concviz.core.timeline.spans import KNOWN_SHIFT, STATE_BITS, Spans, known_of, reason_of, state_of
from concviz.core.timeline.timeline import Timeline

Table = npt.NDArray[np.bool_]
"""For each code of a span whether it counts."""
NOBODY_THERE = int(State.ENDED)
"""The code of a worker before it begins and after it ends."""
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
READY = table(lambda state, _reason, _known: state is State.READY)


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

    def count(self, which: Table) -> npt.NDArray[np.int64]:
        """How many are in such a state from each of ``times`` on."""
        changes = which[self.code].astype(np.int64) - which[self.before]
        result: npt.NDArray[np.int64] = changes.cumsum()[self.at]
        return result

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


def _laid_together(timeline: Timeline, lanes: Sequence[int], t0: int, t1: int) -> npt.NDArray[Any]:
    """The changes of some workers, in order."""
    parts: list[tuple[int, Spans, int, int, int | None]] = []
    size = 0
    for lane in lanes:
        spans = timeline.lanes[lane].spans
        starts, end = spans.starts[: spans.total], spans.end_ns
        first, stop = max(int(starts.searchsorted(t0, "right")) - 1, 0), int(starts.searchsorted(t1))
        if stop > first and (end is None or end > t0):
            ends = end if end is not None and stop == spans.total and end < t1 else None
            parts.append((lane, spans, first, stop, ends))
            size += stop - first + (ends is not None)
    found = np.empty(size, _CHANGE)
    at = 0
    for lane, spans, first, stop, ends in parts:
        n = stop - first
        part = found[at : at + n + (ends is not None)]
        part["lane"] = lane
        part["since"][:n] = spans.starts[first:stop]
        part["code"][:n] = spans.rest["code"][first:stop]
        part["before"][0] = NOBODY_THERE
        if ends is not None:
            part["since"][n], part["code"][n] = ends, NOBODY_THERE
        part["before"][1:] = part["code"][:-1]
        part["until"][:-1] = part["since"][1:]
        part["until"][-1] = ends or (spans.starts[stop] if stop < spans.total else spans.end(timeline.end_ns))
        at += len(part)
    np.maximum(found["since"], t0, out=found["t"])
    return found[found["t"].argsort(kind="stable")]


def least_known(codes: Iterable[int]) -> Known:
    """The least certain of some spans' codes."""
    return max((known_of(code) for code in codes), default=Known.EXACT)
