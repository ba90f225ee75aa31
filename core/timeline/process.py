"""One process: running while one of its threads runs; where no thread is seen, told by its CPU time."""

from __future__ import annotations

from typing import Any

import numpy as np

from concviz.core.model import Known, Outcome, Reason, State
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.spans import STATE_BITS, code_of
from concviz.core.timeline.threads import ThreadTrack
from concviz.core.timeline.timeline import Timeline

STARTING = code_of(State.RUNNING, known=Known.INFERRED)
UNKNOWN = code_of(State.WAITING, known=Known.INFERRED)
"""Nothing is known of it: nothing says that it ran."""
_USES_CPU = code_of(State.RUNNING, known=Known.SAMPLED)
_IDLE = code_of(State.WAITING, known=Known.SAMPLED)
_FOR_GIL = code_of(State.READY, Reason.GIL, Known.INFERRED)
_RUNNING = code_of(State.RUNNING)
_NEVER = 1 << 62
_NEGLIGIBLE = 0.02  # of a core: what a process uses that merely waits
_ASKED = 8  # of the first and of the latest threads: so many are asked why their process does not run
_ALL = 0.9  # of a core: what a process uses that just runs, as sampled


class ProcessTrack:
    """Where a process's history stands."""

    def __init__(self, timeline: Timeline, lane: Lane, start_ticks: int = 0) -> None:
        """A process that begins at its lane's start.

        One with a log is taken to run before a thread of it is seen (it starts its Python).
        """
        self.lane, self.pid, self.start_ticks = lane, lane.pid, start_ticks
        self.threads: list[ThreadTrack] = []
        self.living: list[ThreadTrack] = []
        self.observed = False  # it has a log of its own
        self.python = self.sampled = False
        self.ended_ns: int | None = None
        self.code: int | None = None  # exit code, −n for signal n
        self.execed = False
        self.uncaught = ""
        """Type of the exception that ended its main thread, where that is known."""
        self.seen_ns = _NEVER  # its threads are seen from here on
        self.end_is_sure = False  # the recorder waited for it
        self.outlives = False  # it was seen alive when the program itself had ended
        self.finished = False
        self._timeline = timeline
        self._cursor = lane.start_ns
        self._counts = (0, 0)  # threads that run, threads that are ready, at the cursor
        self._pending: list[tuple[Any, Any, Any]] = []
        self._usage: tuple[int, int] | None = None
        self._counted = self._runs = False  # itself, without threads
        lane.spans.append((lane.start_ns,), (UNKNOWN,))

    def observe(self, start_ticks: int) -> None:
        """It has a log of its own."""
        self.observed = self.python = True
        self.start_ticks = start_ticks
        self.lane.known = Known.EXACT
        self.lane.spans.begin_as(STARTING)

    def add_thread(self, track: ThreadTrack) -> None:
        """A thread of it appeared."""
        if not self.threads and self._counted:
            self._count(track.lane.start_ns, False, False)
        track.leads = not self.threads
        self.threads.append(track)
        self.living.append(track)

    def told(self) -> tuple[int, int]:
        """Up to where it was told by its CPU time, before a thread of it was seen; and that CPU time."""
        return self._cursor, self._usage[1] if self._usage else 0

    def stranger(self, tid: int) -> ThreadTrack | None:
        """The living thread of a native id that only samples know, if there is one."""
        return next((t for t in self.threads if t.tid == tid and not t.number and t.ended_ns is None), None)

    def begin_earlier(self, t_ns: int) -> None:
        """It began before it was first seen."""
        if t_ns < self.lane.start_ns and not self.finished:
            if self._cursor == self.lane.start_ns and not self.threads:
                self._cursor = t_ns
            self.lane.spans.begin_earlier(t_ns, STARTING if self.observed else UNKNOWN)
            self.lane.start_ns = t_ns
            self._timeline.touch(self.lane)

    def use(self, t_ns: int, cpu_ns: int) -> None:
        """A sample of its CPU time; it tells something only while no thread of it is seen."""
        if self.threads or t_ns >= self.seen_ns or self.finished or t_ns < self._cursor:
            return
        before, self._usage = self._usage, (t_ns, cpu_ns)
        if before is None:
            self._count(self.lane.start_ns, True, self._runs)
        since, had = before if before else (self.lane.start_ns, 0)
        since = max(since, self._cursor)
        used, length = cpu_ns - had, max(t_ns - since, 1)
        if used >= length * _ALL:
            self._use(since, _USES_CPU)
        elif used <= length * _NEGLIGIBLE:
            self._use(since, _IDLE)
        else:
            self._use(since, _USES_CPU)
            self._use(since + used, _IDLE)
        self._cursor = t_ns

    def settle(self) -> None:
        """Settle what all of its threads have settled."""
        if self.finished or not self.threads:
            return
        for track in self.living:
            self._pending += track.changes
            track.changes.clear()
        self.living = [t for t in self.living if not t.finished]
        alive = [t.cursor for t in self.living]
        until = min(alive) if alive else max(t.cursor for t in self.threads)
        if not self._pending or until <= self._cursor:
            return
        times, runs, readies = self._sorted(self._pending)
        stop = int(times.searchsorted(until, "right" if not alive else "left"))
        starts, codes, self._counts = self._codes(times[:stop], runs[:stop], readies[:stop])
        self.lane.spans.append(starts, codes)
        self._pending = [(times[stop:], runs[stop:], readies[stop:])] if stop < len(times) else []
        self._cursor = until

    def show(self) -> None:
        """Show what is known beyond the cursor."""
        if self.finished or not self.threads:
            return
        tails = [t.tail for t in self.living if len(t.tail[0])]
        times, runs, readies = self._sorted(self._pending + tails)
        starts, codes, _ = self._codes(times, runs, readies)
        self.lane.spans.set_tail(starts, codes)

    def finish(self, t_ns: int, outcome: Outcome, detail: str) -> None:
        """The process is over, and all of its threads are finished."""
        self.settle()
        if self._counted:
            self._count(t_ns, False, False)
        self.finished = True
        lane = self.lane
        lane.end_ns, lane.outcome, lane.detail = t_ns, outcome, detail
        lane.spans.finish(t_ns)
        self._timeline.touch(lane)

    def _sorted(self, parts: list[tuple[Any, Any, Any]]) -> tuple[Any, Any, Any]:
        if not parts:
            none = np.empty(0, np.int64)
            return none, none, none
        times, runs, readies = (np.concatenate(column) for column in zip(*parts))
        order = np.argsort(times, kind="stable")
        return times[order], runs[order], readies[order]

    def _codes(self, times: Any, runs: Any, readies: Any) -> tuple[Any, Any, tuple[int, int]]:
        """Spans from changes of how many threads run and are ready."""
        if not len(times):
            return times, times, self._counts
        running = np.cumsum(runs) + self._counts[0]
        ready = np.cumsum(readies) + self._counts[1]
        counts = (int(running[-1]), int(ready[-1]))
        once = np.append(times[1:] != times[:-1], True)
        times, running, ready = times[once], running[once], ready[once]
        plain = np.where(running > 0, _RUNNING, np.where(ready > 0, _FOR_GIL, UNKNOWN))
        codes = self._coloured(times, plain.astype(np.uint8))
        last = self.lane.spans.last()
        differ = codes != np.concatenate(([last[1] if last else 255], codes[:-1]))
        return times[differ], codes[differ], counts

    def _coloured(self, times: Any, codes: Any) -> Any:
        """Why it is ready or waits: as a thread in the same state does, the first sooner than others."""
        states = codes & STATE_BITS
        known = Known.SAMPLED if self.sampled else Known.INFERRED
        left = states != State.RUNNING
        codes = np.where(left, codes, code_of(State.RUNNING, known=known)).astype(np.uint8)
        for spans in (t.lane.spans for t in (*self.threads[:_ASKED], *self.living[-_ASKED:])):
            if not left.any() or not spans.total:
                continue
            at = times[left]
            i = np.maximum(spans.starts[: spans.total].searchsorted(at, "right") - 1, 0)
            told = spans.rest["code"][i]
            same = ((told & STATE_BITS) == states[left]) & (at >= spans.starts[0])
            if spans.end_ns is not None:
                same &= at < spans.end_ns
            places = left.nonzero()[0][same]
            codes[places], left[places] = told[same], False
        return codes

    def _use(self, t_ns: int, code: int) -> None:
        last = self.lane.spans.last()
        if last is None or last[1] != code:
            self.lane.spans.append((t_ns,), (code,))
        self._count(t_ns, True, code == _USES_CPU)

    def _count(self, t_ns: int, counted: bool, runs: bool) -> None:
        """A process without threads is a piece of work of its own, and executes on its own."""
        at = np.array([t_ns])
        if counted != self._counted:
            self._timeline.concurrency.add(at, np.array([1 if counted else -1]))
        if runs != self._runs:
            self._timeline.parallelism.add(at, np.array([1 if runs else -1]))
        self._counted, self._runs = counted, runs
