"""One worker's spans as columns: contiguous, with per-state prefix sums: any window is a binary search.

Span ``i`` lasts from ``starts[i]`` to ``starts[i + 1]``, the last one to the worker's end or to the live end.
The first ``n`` spans are settled. Behind them up to ``total`` may lie a *tail*: what is in progress now, as
far as it is known; it is rewritten whenever more is known and is never taken for history.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, State
from concviz.core.timeline.answers import I64, U8, Bools, Cells, Columns

REST = np.dtype([("site", "<i4"), ("peer", "<i4"), ("code", "u1")], align=True)
"""What belongs to a span besides its start. site: index into the timeline's sites, −1 none. peer: see
``words.py``: of a ready or running span who woke the worker, of a waiting span whom it waits for.
code: state | known << 2 | reason << 4."""

BLOCK = 8
"""Spans between two sums: a sum for each would take as much memory as all else."""

STATE_BITS = 3
KNOWN_SHIFT = 2
REASON_SHIFT = 4
_KNOWN_BITS = np.uint8(STATE_BITS << KNOWN_SHIFT)
_RUNNING, _READY, _WAITING = int(State.RUNNING), int(State.READY), int(State.WAITING)
_FIRST = 1 << 61  # ns: more than any span is long
_CAPACITY = 8
_LOOK_BACK, _LONGEST_LOOK = 64, 1 << 16
"""Spans that are looked at together: mostly the first look finds what is sought."""
_NO_SUMS = np.zeros((1, 2), np.int64)  # shared: before the first block there is nothing
_WITHIN = np.arange(BLOCK - 1)[:, None]


def code_of(state: State, reason: Reason = Reason.NONE, known: Known = Known.EXACT) -> int:
    """Pack a span's state, reason and certainty into its code."""
    return int(state) | int(known) << KNOWN_SHIFT | int(reason) << REASON_SHIFT


def state_of(code: int) -> State:
    """The state in a code."""
    return State(code & STATE_BITS)


def known_of(code: int) -> Known:
    """How the span of a code is known."""
    return Known(code >> KNOWN_SHIFT & STATE_BITS)


def reason_of(code: int) -> Reason:
    """The reason in a code."""
    return Reason(code >> REASON_SHIFT)


class Spans:
    """The spans of one worker; see the module's text for the layout."""

    __slots__ = ("_summed", "_sums", "born_site", "end_ns", "n", "rest", "starts", "total")

    def __init__(self) -> None:
        """Begin without a span: the worker is not alive anywhere."""
        self.n = 0
        self.total = 0
        self.end_ns: int | None = None
        self.born_site: int | None = None
        """Of a task: the site where its coroutine begins, −1 where that is not known. None: it is no task."""
        self.starts: I64 = np.empty(_CAPACITY, np.int64)
        self.rest: npt.NDArray[Any] = np.empty(_CAPACITY, REST)
        self._sums = _NO_SUMS  # [block, 2]: nanoseconds RUNNING and READY before each block of spans
        self._summed = 0  # the last block whose sum is right

    def begin(self, t_ns: int, code: int) -> None:
        """Settle the very first span; ``append`` does the same at ten times the cost."""
        self.starts[0] = t_ns
        self.rest[0] = (-1, -1, code)
        self.n = self.total = 1

    def append(self, starts: Any, codes: Any, sites: Any = -1, peers: Any = -1) -> None:
        """Settle spans that begin at ``starts`` (ascending, none before the last settled one).

        The tail is dropped.
        """
        self._write(starts, codes, sites, peers)
        self.n = self.total

    def set_tail(self, starts: Any, codes: Any, sites: Any = -1, peers: Any = -1) -> None:
        """Replace the tail, as ``append`` takes them."""
        self._write(starts, codes, sites, peers)

    def tail_from(self, t_ns: int) -> tuple[Any, Any, Any, Any]:
        """What is shown from an instant on, not before the last settled span, as ``set_tail`` takes it."""
        first = max(self.n - 1, 0)
        first += max(int(self.starts[first : self.total].searchsorted(t_ns, "right")) - 1, 0)
        starts, rest = np.maximum(self.starts[first : self.total], t_ns), self.rest[first : self.total].copy()
        return starts, rest["code"], rest["site"], rest["peer"]

    def begin_earlier(self, t_ns: int, code: int) -> None:
        """A span of ``code`` from ``t_ns`` up to the first, or the first itself; a birth was learnt late."""
        if not self.total or t_ns >= self.starts[0]:
            return
        if self.rest["code"][0] == code:
            self.starts[0] = t_ns
            self._changed(0)
            return
        starts, rest = self.starts[: self.total].copy(), self.rest[: self.total].copy()
        settled = self.n
        self.n = self.total = 0
        self._write(
            np.concatenate(([t_ns], starts)), np.concatenate((np.array([code], np.uint8), rest["code"])),
            np.concatenate(([-1], rest["site"])), np.concatenate(([-1], rest["peer"])),
        )
        self.n = settled + 1

    def begin_as(self, code: int) -> None:
        """The only settled span turns out to be of ``code``; where there are more, nothing changes."""
        if self.n == 1:
            self.rest["code"][0] = code
            self._changed(0)

    def last(self) -> tuple[int, int, int, int] | None:
        """Start, code, site and peer of the last settled span."""
        if not self.n:
            return None
        r = self.rest[self.n - 1]
        return int(self.starts[self.n - 1]), int(r["code"]), int(r["site"]), int(r["peer"])

    def finish(self, t_ns: int) -> None:
        """The worker ended; no span begins after that (a tail is dropped)."""
        self.total = self.n
        if self.n:
            t_ns = max(t_ns, int(self.starts[self.n - 1]))
        self.end_ns = t_ns

    def end(self, live_ns: int) -> int:
        """The instant the last span ends, or ends so far."""
        if not self.total:
            return live_ns
        last = int(self.starts[self.total - 1])
        return max(last, live_ns if self.end_ns is None else self.end_ns)

    def _write(self, starts: Any, codes: Any, sites: Any, peers: Any) -> None:
        n, count = self.n, len(starts)
        self.total = n + count
        if self.total > len(self.starts):
            self._reserve(self.total)
        if not count:
            return
        self.starts[n : n + count] = starts
        rest = self.rest[n : n + count]
        rest["code"], rest["site"], rest["peer"] = codes, sites, peers
        self._changed(max(n - 1, 0))

    def _changed(self, first: int) -> None:
        """Spans from ``first`` on are others: the sums after them are made anew when they are asked for."""
        self._summed = min(self._summed, first // BLOCK)

    def _reserve(self, need: int) -> None:
        size = max(need, len(self.starts) * 2)
        starts, rest = np.empty(size, np.int64), np.empty(size, REST)
        starts[: self.n], rest[: self.n] = self.starts[: self.n], self.rest[: self.n]
        self.starts, self.rest = starts, rest

    def _sum_up(self) -> None:
        """Make the sums before all blocks right."""
        block, last = self._summed, (self.total - 1) // BLOCK
        if last <= block:
            return
        if last >= len(self._sums):
            sums = np.zeros((max(last + 1, 2 * len(self._sums)), 2), np.int64)
            sums[: block + 1] = self._sums[: block + 1]
            self._sums = sums
        begin, end = block * BLOCK, last * BLOCK
        lengths = np.diff(self.starts[begin : end + 1])
        states = self.rest["code"][begin:end] & STATE_BITS
        for column, state in enumerate((_RUNNING, _READY)):
            each = (lengths * (states == state)).reshape(-1, BLOCK).sum(axis=1)
            self._sums[block + 1 : last + 1, column] = self._sums[block, column] + np.cumsum(each)
        self._summed = last

    def _before(self, index: Any) -> Any:
        """[2, …]: nanoseconds RUNNING and READY before the spans ``index``."""
        self._sum_up()
        block = index // BLOCK
        sums = self._sums[block].T
        if self.total < 2:
            return sums
        looked = block * BLOCK + _WITHIN
        inside = looked < index
        np.minimum(looked, self.total - 2, out=looked)
        lengths = (self.starts[looked + 1] - self.starts[looked]) * inside
        states = self.rest["code"][looked] & STATE_BITS
        parts = [(lengths * (states == state)).sum(axis=0) for state in (_RUNNING, _READY)]
        return sums + np.stack(parts)

    def columns(self, t0_ns: int, t1_ns: int, live_ns: int) -> Columns:
        """The spans that overlap a window, whole, as columns; of empty ones those in which it ran."""
        starts = self.starts[: self.total]
        first = max(int(starts.searchsorted(t0_ns, "right")) - 1, 0)
        stop = int(starts.searchsorted(t1_ns, "left"))
        begins, rest = starts[first:stop], self.rest[first:stop]
        ends = np.append(starts[first + 1 : stop + 1], self.end(live_ns))[: stop - first]
        state = rest["code"] & STATE_BITS
        keep = (ends > t0_ns) & ((ends > begins) | (state == _RUNNING))
        code = rest["code"][keep]
        return Columns(
            begins[keep], ends[keep], state[keep], code >> REASON_SHIFT, code >> KNOWN_SHIFT & STATE_BITS,
            rest["site"][keep], rest["peer"][keep], self.went_on(first, stop)[keep],
        )

    def went_on(self, first: int, stop: int) -> Bools:
        """Of the spans first … stop − 1: which are steps of a task of which no call tells where they ran?

        The site of such a one is where the task stood before it, in its first step where it begins: it ran
        *after* that. A step that a call took most of has the site of that call.
        """
        sites = self.rest["site"][first:stop]
        if self.born_site is None:
            return np.zeros(len(sites), np.bool_)
        before = np.append(self.rest["site"][first - 1] if first else -1, sites[:-1])[: len(sites)]
        runs = (self.rest["code"][first:stop] & STATE_BITS) == _RUNNING
        there: Bools = runs & (sites >= 0) & (sites == np.where(before < 0, self.born_site, before))
        return there

    def woken_before(self, stop: int) -> int | None:
        """The last span before the one at ``stop`` that a wake-up began; there may be millions without."""
        length = _LOOK_BACK
        while stop > 0:
            first = max(stop - length, 0)
            rest = self.rest[first:stop]
            hits = (((rest["code"] & STATE_BITS) != _WAITING) & (rest["peer"] != -1)).nonzero()[0]
            if len(hits):
                return first + int(hits[-1])
            stop, length = first, min(4 * length, _LONGEST_LOOK)
        return None

    def cells(self, t0_ns: int, cell_ns: int, columns: int, live_ns: int) -> Cells:
        """Exact time in each state for ``columns`` cells of ``cell_ns`` from ``t0_ns``."""
        if not self.total:
            return _nothing(columns)
        if t0_ns + columns * cell_ns <= int(self.starts[0]) or t0_ns >= self.end(live_ns):
            return _nothing(columns)
        return self.between(np.arange(columns + 1, dtype=np.int64) * cell_ns + t0_ns, live_ns)

    def between(self, edges: I64, live_ns: int) -> Cells:
        """Exact time in each state between each two neighbours of ``edges``, which ascend."""
        if not self.total:
            return _nothing(len(edges) - 1)
        starts, end = self.starts[: self.total], self.end(live_ns)
        begin = int(starts[0])
        before = starts.searchsorted(edges)  # spans that begin before each edge
        index = np.maximum(before - 1, 0)
        clipped = np.minimum(np.maximum(edges, begin), end)
        rest = self.rest
        partial = clipped - starts[index]
        state = rest["code"][index] & STATE_BITS
        sums = np.empty((3, len(edges)), np.int64)
        sums[:2] = self._before(index)
        sums[_RUNNING] += partial * (state == _RUNNING)
        sums[_READY] += partial * (state == _READY)
        sums[_WAITING] = clipped - begin - sums[_RUNNING] - sums[_READY]
        ns = (sums[:, 1:] - sums[:, :-1]).T
        more = np.where(ns[:, _READY] > ns[:, _WAITING], _READY, _WAITING)
        reason, known = self._tell(index, clipped, end, more)
        return Cells(ns, reason, (before[1:] - before[:-1]).astype(np.int32), known)

    def _tell(self, index: Any, clipped: Any, end: int, more: Any) -> tuple[U8, U8]:
        """Reason of the longest ready or waiting span and least certainty, for each cell.

        A cell with more than five spans is judged by its first two, its middle two and its last; those in the
        state in which it spent more of its rest (``more``) come first.
        """
        first, last = index[:-1], index[1:]
        looked = np.empty((5 if (last > first).any() else 1, len(first)), np.int64)
        looked[0] = first
        inside = clipped[1:] - clipped[:-1]
        if len(looked) > 1:
            np.minimum(first + 1, last, out=looked[1])
            np.right_shift(first + last + 1, 1, out=looked[2])
            looked[3] = last
            np.minimum(looked[2] + 1, last, out=looked[4])
            stops = self.starts[np.minimum(looked + 1, self.total - 1)]
            stops[looked == self.total - 1] = end
            np.minimum(stops, clipped[1:], out=stops)
            inside = np.subtract(stops, np.maximum(self.starts[looked], clipped[:-1]), out=stops)
        codes = self.rest["code"][looked]
        states = codes & STATE_BITS
        waits = inside * (states != _RUNNING)
        waits += ((states == more) & (waits > 0)) * _FIRST
        longest = waits.argmax(axis=0)
        column = np.arange(len(first))
        reason = (codes[longest, column] >> REASON_SHIFT) * (waits[longest, column] > 0)
        known = np.bitwise_and(codes, _KNOWN_BITS).max(axis=0) >> KNOWN_SHIFT
        known *= clipped[1:] > clipped[:-1]
        return reason, known


def _nothing(columns: int) -> Cells:
    return Cells(
        np.zeros((columns, 3), np.int64), np.zeros(columns, np.uint8), np.zeros(columns, np.int32),
        np.zeros(columns, np.uint8),
    )
