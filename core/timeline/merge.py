"""A thread's history from two sources: exact blocking calls give the borders, samples split the rest.

Between calls a thread is *free*: it runs, or waits for the GIL or a core, and only samples can tell which.
A sample holds until the next one, so free time falls into segments, each in the state that its sample saw.
The samples are milliseconds apart, but each brings the thread's CPU time, which the kernel counts exactly.
So a segment gets as much running time as the CPU time grew in it, if it has that much free time. What is
too short for a span of its own is carried over to the next segment: the sums stay true, however short the
stretches of running are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, State
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.timeline.answers import I64
from concviz.core.timeline.spans import STATE_BITS, code_of
from concviz.core.timeline.turns import Intervals, Taken, union

SHORT_NS = 1_000_000
"""A shorter run within a stretch of not running (or the reverse) makes no span: it is carried over."""
_CARRY_NS = 20_000_000
"""What is carried over at most: CPU time used inside of blocking calls must not pile up."""

BLOCK = np.dtype(
    [("t0", "<i8"), ("t1", "<i8"), ("site", "<i4"), ("peer", "<i4"), ("code", "u1"), ("passive", "?")],
    align=True,
)
SAMPLE = np.dtype(
    [("t", "<i8"), ("cpu", "<i8"), ("queue", "<i8"), ("state", "u1"), ("wait", "u1")], align=True
)

_SAMPLED = Known.SAMPLED
RUNNING = code_of(State.RUNNING, known=_SAMPLED)
FOR_GIL = code_of(State.READY, Reason.GIL, _SAMPLED)
FOR_CORE = code_of(State.READY, Reason.CORE, _SAMPLED)
UNSEEN = code_of(State.RUNNING, known=Known.INFERRED)
_WAITS = {
    Wait.LOCK: Reason.LOCK, Wait.IO: Reason.IO, Wait.SLEEP: Reason.SLEEP, Wait.CHILD: Reason.CHILD,
    Wait.SELECT: Reason.IO,
}
_STATES = {
    ThreadState.HOLDS_GIL: RUNNING, ThreadState.ON_CORE: RUNNING, ThreadState.WAITS_FOR_GIL: FOR_GIL,
    ThreadState.WAITS_FOR_CORE: FOR_CORE,
}
_WAITING = int(State.WAITING)
_IS_RUNNING = (int(ThreadState.HOLDS_GIL), int(ThreadState.ON_CORE))


def _code_table() -> npt.NDArray[np.uint8]:
    """[state, wait class] → code; what is unknown is a wait for nobody knows what."""
    table = np.full((256, 256), code_of(State.WAITING, known=_SAMPLED), np.uint8)
    for wait, reason in _WAITS.items():
        table[:, wait] = code_of(State.WAITING, reason, _SAMPLED)
    for state, code in _STATES.items():
        table[state] = code
    return table


_CODES = _code_table()
_BACK = 256
"""How many samples are looked through at most for the last one that tells of the GIL."""
_FOR_GIL, _FOR_CORE = int(ThreadState.WAITS_FOR_GIL), int(ThreadState.WAITS_FOR_CORE)
_IS_READY = {int(ThreadState.WAITS_FOR_GIL): FOR_GIL, int(ThreadState.WAITS_FOR_CORE): FOR_CORE}


def sampled_codes(samples: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The codes of spans in which a thread was sampled so."""
    return np.asarray(_CODES[samples["state"], samples["wait"]])


@dataclass(frozen=True, slots=True)
class Segments:
    """Consecutive stretches of time, with two codes each in their free time: head up to cut, then tail."""

    starts: I64
    cuts: I64
    heads: npt.NDArray[np.uint8]
    tails: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Consecutive spans; ``passive`` marks those that merely wait for others."""

    starts: I64
    codes: npt.NDArray[np.uint8]
    sites: npt.NDArray[np.int32]
    peers: npt.NDArray[np.int32]
    passive: npt.NDArray[np.bool_]


class Free:
    """Free time as a coordinate of its own: how much of it lies before an instant, and back."""

    def __init__(self, t0: I64, t1: I64) -> None:
        """Measure what lies outside of intervals (sorted, not overlapping)."""
        self._t0, self._t1 = t0, t1
        self._blocked = np.zeros(len(t0) + 1, np.int64)
        np.cumsum(t1 - t0, out=self._blocked[1:])
        self._free_at = t0 - self._blocked[:-1]

    def without(self, *taken: Intervals) -> Free:
        """What lies outside of more intervals."""
        if not any(len(more.t0) for more in taken):
            return self
        either = union(Intervals(self._t0, self._t1), *taken)
        return Free(either.t0, either.t1)

    def of(self, times: I64) -> I64:
        """Free time before instants (from an arbitrary zero)."""
        i = self._t0.searchsorted(times, "right")
        before = times - self._blocked[i]
        if len(self._t1):
            rest = self._t1[np.maximum(i - 1, 0)] - times
            before += np.where(i > 0, np.maximum(rest, 0), 0)
        return before

    def at(self, t_ns: int) -> int:
        """The same of one instant."""
        i = int(self._t0.searchsorted(t_ns, "right"))
        rest = int(self._t1[i - 1]) - t_ns if i else 0
        return t_ns - int(self._blocked[i]) + max(rest, 0)

    def instants(self, frees: I64) -> I64:
        """The first instants with that much free time before them."""
        return frees + self._blocked[self._free_at.searchsorted(frees)]


def split(running: bool, free_ns: int, want_ns: int) -> int:
    """How much of a segment's free time is running, given what the kernel says is due."""
    r = min(max(want_ns, 0), free_ns)
    if running:
        return free_ns if free_ns - r < SHORT_NS else r
    return 0 if r < SHORT_NS else r


def carry(want_ns: int, given_ns: int) -> int:
    """What the next segment is due besides its own CPU time."""
    return min(max(want_ns - given_ns, -_CARRY_NS), _CARRY_NS)


def waits_for_turn(states: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which of sampled states are those of a thread that could go on if it had the GIL, or a core."""
    return np.asarray((states == _FOR_GIL) | (states == _FOR_CORE))


def last_told(states: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """For each sampled state, the index of the one that tells whether the thread needed the GIL then.

    That is the state itself, unless it is a wait for a core, which a thread may leave with the GIL or without
    it: then it is the last one before that is none (the first of all, if there is none).
    """
    return np.maximum.accumulate(np.where(states != _FOR_CORE, np.arange(len(states)), 0))


def with_told(states: npt.NDArray[np.uint8], first: int) -> int:
    """The index of the first sampled state to keep, if those from ``first`` on are needed.

    It is smaller than ``first`` where that is a wait for a core: see ``last_told``.
    """
    before = max(first - _BACK, 0)
    return before + int(last_told(states[before : first + 1])[-1]) if first else first


def ready_since(blocks: npt.NDArray[Any], samples: npt.NDArray[Any]) -> tuple[I64, npt.NDArray[np.uint8]]:
    """When the wait of each call was over, and the thread only lacked the GIL or a core to return from it.

    The last samples inside a call may all have seen the thread wait for its turn: it was the first of these.

    Returns:
        An instant for each call (its end, where no sample saw such a wait), and the code from there on.
    """
    since = blocks["t1"].astype(np.int64)
    codes = np.full(len(blocks), FOR_GIL, np.uint8)
    waits = waits_for_turn(samples["state"])
    if not len(blocks) or not waits.any():
        return since, codes
    inside = blocks["t0"].searchsorted(samples["t"], "right") - 1
    inside[(inside >= 0) & (samples["t"] >= blocks["t1"][np.maximum(inside, 0)])] = -1
    for j in np.unique(inside[waits]).tolist():
        if j < 0:
            continue
        for i in (inside == j).nonzero()[0][::-1].tolist():
            state = int(samples["state"][i])
            if state in _IS_READY:
                since[j], codes[j] = max(int(samples["t"][i]), int(blocks["t0"][j])), _IS_READY[state]
            elif state not in _IS_RUNNING or since[j] < blocks["t1"][j]:
                break
    return since, codes


def pieces(
    begin_ns: int, end_ns: int, blocks: npt.NDArray[Any], segments: Segments,
    ready: tuple[I64, npt.NDArray[np.uint8]], borders: Any, taken: Taken,
) -> Pieces:
    """The spans from ``begin_ns`` to ``end_ns``.

    Args:
        blocks: those that overlap the window. segments: cover it. ready: of ``ready_since``.
        borders: further instants at which a span must begin, if one does not anyway.
        taken: when the thread, where it could run, waits for its turn.
    """
    since, ready_codes = ready
    points = np.concatenate((
        segments.starts, segments.cuts, blocks["t0"], blocks["t1"], since, np.asarray(borders, np.int64),
        taken.gil.t0, taken.gil.t1, taken.cores.t0, taken.cores.t1, (begin_ns,),
    ))
    points = points[(points >= begin_ns) & (points < end_ns)]
    points.sort(kind="stable")  # which merges what is in order already
    points = points[np.concatenate(((True,), points[1:] != points[:-1]))]
    k = np.maximum(segments.starts.searchsorted(points, "right") - 1, 0)
    codes = np.where(points < segments.cuts[k], segments.heads[k], segments.tails[k])
    for intervals, code in ((taken.cores, FOR_CORE), (taken.gil, FOR_GIL)):
        if len(intervals.t0):
            codes[intervals.has(points) & ((codes & STATE_BITS) != _WAITING)] = code
    sites = np.full(len(points), -1, np.int32)
    peers, passive = sites.copy(), np.zeros(len(points), np.bool_)
    if len(blocks):
        j = blocks["t0"].searchsorted(points, "right") - 1
        at = ((j >= 0) & (points < blocks["t1"][j])).nonzero()[0]
        j = j[at]
        codes[at], sites[at], peers[at] = blocks["code"][j], blocks["site"][j], blocks["peer"][j]
        passive[at] = blocks["passive"][j]
        late = points[at] >= since[j]
        if late.any():
            turn = at[late]
            codes[turn], peers[turn], passive[turn] = ready_codes[j[late]], -1, False
    return Pieces(points, codes, sites, peers, passive)
