"""A thread's free time, split by samples and squared with the kernel's CPU time.

A sample holds until the next. The CPU time that the next one brings says how much of that stretch was
really running: where the sample saw the thread run, running comes first and what is missing last (the
state that the next sample finds began unseen); where it saw it not run, running comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import State
from concviz.core.timeline import merge
from concviz.core.timeline.merge import Free, Segments
from concviz.core.timeline.spans import STATE_BITS

REST_NS = 200_000_000
"""A sample is repeated every 50 ms while the thread uses CPU time. Without a repetition for this long it
still holds; CPU time that a later sample brings was used within this long before that sample."""
UNSEEN_NS = 5_000_000_000
"""The same for a thread that was not sampled yet: its first sample may be late."""
_RUNNING = int(State.RUNNING)


@dataclass(frozen=True, slots=True)
class Debt:
    """What the samples' CPU times still have to be squared with."""

    index: int = -1
    """The sample that holds, −1 before the first."""
    cpu: int | None = None
    """The kernel's CPU time at that sample, None where it is not known."""
    queue: int = 0
    held: int = 0
    """Running already given since that sample."""
    carry: int = 0


class Squaring:
    """Goes through a thread's samples once, from an instant to another."""

    def __init__(self, samples: npt.NDArray[Any], free: Free, begin: int, end: int, debt: Debt) -> None:
        """Begin at ``begin``, with the debt that is left there."""
        self._free, self._begin, self._end, self._debt = free, begin, end, debt
        self._first = max(debt.index, 0)
        part = samples[self._first : int(samples["t"].searchsorted(end, "right"))]
        self._times: list[int] = part["t"].tolist()
        self._cpus: list[int] = part["cpu"].tolist()
        self._queues: list[int] = part["queue"].tolist()
        self._codes: list[int] = merge.sampled_codes(part).tolist()
        self._frees: list[int] = free.of(part["t"]).tolist()
        self._at, self._free_at = begin, int(free.of(begin))
        self._held, self._carry = debt.held, debt.carry
        self._rows: list[tuple[int, int, int, int]] = []  # begin, free time before the cut, codes
        self._whole = -1  # as a cut: none

    def go(self) -> tuple[Segments, Debt]:
        """The segments, and the debt at the end."""
        debt = self._debt
        cpu, queue = debt.cpu, debt.queue
        code = merge.UNSEEN if debt.index < 0 else self._codes[0]
        following = 0 if debt.index < 0 else 1
        for j in range(following, len(self._times)):
            self._close(j, code, cpu, queue)
            code, cpu, queue = self._codes[j], self._cpus[j], self._queues[j]
            self._held = 0
        if self._at < self._end:
            self._hold(code, self._end, None)
        last = self._first + len(self._times) - 1 if self._times else debt.index
        return self._segments(), Debt(last, cpu, queue, self._held, self._carry)

    def _close(self, j: int, code: int, cpu: int | None, queue: int) -> None:
        """The stretch up to sample ``j``."""
        t, used = self._times[j], self._cpus[j]
        seen = code != merge.UNSEEN
        rest = t - (REST_NS if seen else UNSEEN_NS)
        if rest > self._at:
            self._hold(code, rest, None)
        if cpu is None or used < cpu or (seen and used == cpu == 0):  # not told
            if t > self._at:
                self._hold(code, t, self._frees[j])
            return
        want = used - cpu - self._held + self._carry
        given = 0
        if t > self._at:
            short = self._codes[j]
            if short == merge.RUNNING:
                short = merge.FOR_CORE if self._queues[j] > queue else merge.FOR_GIL
            given = self._square(code, t, self._frees[j], want, short)
        self._carry = merge.carry(want, given)

    def _hold(self, code: int, until: int, free_until: int | None) -> None:
        """The state ``code`` holds until an instant."""
        ends = int(self._free.of(until)) if free_until is None else free_until
        if code & STATE_BITS == _RUNNING:
            self._held += ends - self._free_at
        self._rows.append((self._at, self._whole, code, code))
        self._at, self._free_at = until, ends

    def _square(self, code: int, until: int, free_until: int, want: int, short: int) -> int:
        """A stretch whose running time is ``want``, as far as possible; returns what it is."""
        room = free_until - self._free_at
        runs = code & STATE_BITS == _RUNNING
        r = merge.split(runs, room, want)
        whole = r == room if runs else r == 0
        cut = self._whole if whole else self._free_at + (r if runs else room - r)
        self._rows.append((self._at, cut, code, short if runs else merge.RUNNING))
        self._at, self._free_at = until, free_until
        return r

    def _segments(self) -> Segments:
        starts, cuts, heads, tails = zip(*self._rows)
        begins = np.array(starts, np.int64)
        ends = np.append(begins[1:], self._at)
        marks = np.array(cuts, np.int64)
        instants = np.where(marks == self._whole, ends, self._free.instant(marks))
        return Segments(
            begins, np.clip(instants, begins, ends), np.array(heads, np.uint8), np.array(tails, np.uint8)
        )
