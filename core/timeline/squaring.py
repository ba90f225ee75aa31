"""A thread's free time, split by samples and squared with the kernel's CPU time.

A sample holds until the next one, whose CPU time says how much of the stretch between them was really spent
running. What it does not say is when. So, within a stretch,

* running comes first where the sample saw the thread run. What follows it is the state that the next sample
  finds (it must have begun unseen), or a wait for a core, if the kernel says that there was one for most of
  the rest;
* running comes last where the sample saw the thread not run;
* running never comes while other threads keep this one from it (``turns.py``). What they displace is *due*
  later;
* where the kernel says that the thread waited for a core, it is taken to run while the fewest others do: it
  was them that it waited for.
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
"""The sampler samples a thread that uses CPU time at least every 50 ms. So after a longer pause than this
the CPU time that a sample brings was used within this long before it; until then the last state went on."""
UNSEEN_NS = 5_000_000_000
"""The same before a thread's first sample, which may be late."""
_DUE_NS = 200_000_000
"""At most so much of what others displaced is due later; the rest is given up."""
_LATE_NS = 10_000_000
"""If time with cores to spare falls short of the running time by less than this, the difference is put off
instead of being placed where nearly all cores are taken."""
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
    """Running that found no room before: too short for a span, or too much for free time."""
    due: int = 0
    """Running that found no room before because others ran."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """Free time of three kinds, each a part of the one before."""

    alone: Free
    """Nothing but its own blocking calls keeps the thread from running."""
    free: Free
    """Other threads do not either."""
    quiet: Free
    """And one more core is left besides."""


class Squaring:
    """Goes through a thread's samples once, from an instant to another."""

    def __init__(self, samples: npt.NDArray[Any], rooms: Rooms, begin: int, end: int, debt: Debt) -> None:
        """Begin at ``begin``, with the debt that is left there."""
        self._rooms, self._free, self._end, self._debt = rooms, rooms.free, end, debt
        self._first = max(debt.index, 0)
        part = samples[self._first : int(samples["t"].searchsorted(end, "right"))]
        self._times: list[int] = part["t"].tolist()
        self._cpus: list[int] = part["cpu"].tolist()
        self._queues: list[int] = part["queue"].tolist()
        self._codes: list[int] = merge.sampled_codes(part).tolist()
        self._frees: list[int] = self._free.of(part["t"]).tolist()
        shared = rooms.alone is self._free
        self._alones = self._frees if shared else rooms.alone.of(part["t"]).tolist()
        self._at, self._free_at = begin, self._free.at(begin)
        self._alone_at = self._free_at if shared else rooms.alone.at(begin)
        self._held, self._carry, self._due = debt.held, debt.carry, debt.due
        self._rows: list[tuple[int, int, int, int]] = []  # begin, free time before the cut, codes
        self._whole = -1  # as a cut: none
        self.quiet: list[tuple[int, int, int, int]] = []
        """Stretches in which only quiet time was used: begin, end, row, cut (as an instant)."""

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
        return self._segments(), Debt(last, cpu, queue, self._held, self._carry, self._due)

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
        given = alone = 0
        if t > self._at:
            short, queued = self._codes[j], self._queues[j] - queue
            if short == merge.RUNNING:
                short = merge.FOR_CORE if queued > 0 else merge.FOR_GIL
            alone = self._alones[j] - self._alone_at
            given = self._square(code, j, want + self._due, short, queued)
        left = want + self._due - given
        self._due = min(max(left - max(want - alone, 0), 0), _DUE_NS)
        self._carry = merge.carry(left, self._due)

    def _room(self, kind: Free, until: int, j: int) -> int:
        """How much of a kind of free time is left until sample ``j``."""
        if kind is self._free:
            return self._frees[j] - self._free_at
        return kind.at(until) - kind.at(self._at)

    def _hold(self, code: int, until: int, free_until: int | None) -> None:
        """The state ``code`` holds until an instant."""
        ends = self._free.at(until) if free_until is None else free_until
        if code & STATE_BITS == _RUNNING:
            self._held += ends - self._free_at
        self._rows.append((self._at, self._whole, code, code))
        self._at, self._free_at = until, ends
        self._alone_at = ends if self._rooms.alone is self._free else self._rooms.alone.at(until)

    def _square(self, code: int, j: int, want: int, short: int, queued: int) -> int:
        """A stretch whose running time is ``want``, as far as possible; returns what it is.

        Args:
            short: what it does where running falls short, unless it waits for a core for most of that, which
                is ``queued`` in all.
        """
        t, kind = self._times[j], self._free
        quiet = self._rooms.quiet
        if queued >= merge.SHORT_NS and quiet is not kind and want - self._room(quiet, t, j) < _LATE_NS:
            kind = quiet
        room = self._room(kind, t, j)
        runs = code & STATE_BITS == _RUNNING
        r = merge.split(runs, room, want)
        if 2 * queued > room - r:
            short = merge.FOR_CORE
        cut, first = self._whole, r if runs else room - r
        if r != (room if runs else 0):
            cut = self._free_at + first
        if kind is quiet is not self._free:
            at = t if cut == self._whole else int(kind.instants(np.array([kind.at(self._at) + first]))[0])
            self.quiet.append((self._at, t, len(self._rows), at))
        self._rows.append((self._at, cut, code, short if runs else merge.RUNNING))
        self._at, self._free_at, self._alone_at = t, self._frees[j], self._alones[j]
        return r

    def _segments(self) -> Segments:
        starts, cuts, heads, tails = zip(*self._rows)
        begins = np.array(starts, np.int64)
        ends = np.append(begins[1:], self._at)
        marks = np.array(cuts, np.int64)
        instants = np.where(marks == self._whole, ends, self._free.instants(marks))
        for _, _, row, cut in self.quiet:
            instants[row] = cut
        return Segments(
            begins, np.clip(instants, begins, ends), np.array(heads, np.uint8), np.array(tails, np.uint8)
        )
