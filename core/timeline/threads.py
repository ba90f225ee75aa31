"""One thread: its blocking calls and samples, settled into spans as far as both are complete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Outcome, State
from concviz.core.system.layout import ThreadState
from concviz.core.timeline import changing, frontier, merge
from concviz.core.timeline.arrays import beyond, joined
from concviz.core.timeline.changing import Changes, Flags
from concviz.core.timeline.frontier import Reach
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.merge import BLOCK, SAMPLE, SHORT_NS, Free, Pieces
from concviz.core.timeline.spans import STATE_BITS
from concviz.core.timeline.squaring import Debt, Rooms, Squaring
from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.turns import NEVER, Intervals, Runs, Taken, covered

_STRIDE_NS = 500_000_000
_LAZY_STRIDE_NS = 1_000_000_000
"""How much of a thread must be complete before it is settled; the second one where nothing new is known.
What is not settled is worked out at every tick to be shown: to settle each time would do that work twice."""
_PATIENCE_NS = 250_000_000
"""How long a living thread waits at most for the threads whose turn is before its own (``turns.py``). It is
long enough for samples of those that are sampled seldom. Where very many threads take turns it may not be
enough: then some of those are placed after this one."""
_NO_BLOCKS = np.empty(0, BLOCK)
_NO_SAMPLES = np.empty(0, SAMPLE)
_RUNNING = int(State.RUNNING)
_NO_CHANGES = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


class ThreadTrack:
    """Where a thread's history stands: settled up to ``cursor``, shown beyond it as far as is known."""

    def __init__(
        self, timeline: Timeline, lane: Lane, number: int, cpu: int | None, *, sampled_only: bool = False
    ) -> None:
        """A thread that begins at its lane's start.

        Args:
            number: in its log, 0 where no log knows it. cpu: its CPU time by then, None unknown.
            sampled_only: counts as work in progress only while it executes or could.
        """
        self.lane, self.number, self.tid = lane, number, lane.tid
        self.cursor = lane.start_ns
        self.ended_ns: int | None = None
        self.finished = False
        self.stale = True
        """What is shown is not what is known."""
        self.shown_ns = 0
        self.loops: dict[int, int] = {}  # begin → end of event loops that run in it
        self.open: npt.NDArray[Any] = _NO_BLOCKS
        self.open_ns = 0
        """Begin of the call in progress, if there is one."""
        self.last_record_ns = lane.start_ns
        self.pool = False
        self.leads = False
        """Why its process waits is told by it: every change of it matters there."""
        self.works = self.calls = 0
        self.worked_ns = 0
        """When its last work item ended; 0: it had none."""
        self.changes: list[tuple[Any, Any, Any]] = []  # settled: instants, running ±1, ready ±1
        self.tail: Changes = _NO_CHANGES
        self.active_tail: tuple[Any, Any] = _NO_CHANGES[:2]
        self._timeline, self._turns = timeline, timeline.turns
        self._sampled_only = sampled_only
        self._blocks = _NO_BLOCKS
        self._new_blocks: list[npt.NDArray[Any]] = []
        self._samples = _NO_SAMPLES
        self._new_samples: list[npt.NDArray[Any]] = []
        self._debt = Debt(cpu=cpu)
        self._flags: Flags = (False, False, False)  # at the cursor
        self._runs_from: int | None = None  # where it next runs, as far as samples tell; None: to be found

    def adopt(self, number: int, id: str, name: str) -> None:
        """A thread that only samples knew turns out to be one of a log's."""
        self.number, self._sampled_only = number, False
        self.lane.id, self.lane.name, self.lane.known = id, name, Known.EXACT

    def add_blocks(self, blocks: npt.NDArray[Any]) -> None:
        """Blocking calls that are over, in the log's order."""
        self._new_blocks.append(blocks)
        self.stale = True
        self.calls += len(blocks)
        self.last_record_ns = max(self.last_record_ns, int(blocks["t1"].max()))
        self.lane.steps = self.works if self.pool else self.calls

    def add_work(self, end_ns: int) -> None:
        """It ran a work item until ``end_ns``: it is a pool's worker, and its steps are work items."""
        self.works += 1
        self.worked_ns = end_ns
        self.pool = True
        self.lane.steps = self.works

    def add_samples(self, samples: npt.NDArray[Any]) -> None:
        """Samples in order of time."""
        self._new_samples.append(samples)
        self.stale, self._runs_from = True, None

    def add_loop(self, begin_ns: int, end_ns: int) -> None:
        """An event loop runs in it, or did: its tasks stand for it then."""
        self.loops[begin_ns] = end_ns
        self.stale = True

    def set_open(self, block: npt.NDArray[Any]) -> None:
        """The blocking call in progress: one, or none."""
        if len(block) or len(self.open):
            self.stale |= block.tolist() != self.open.tolist()
            self.open, self.open_ns = block, int(block["t0"][0]) if len(block) else 0

    def end(self, t_ns: int, outcome: Outcome, detail: str) -> None:
        """It is known to end; settled when all until then is."""
        lane, t_ns = self.lane, max(t_ns, self.cursor)
        self.ended_ns = lane.end_ns = t_ns
        lane.outcome, lane.detail = outcome, detail
        self.stale = True
        self._timeline.touch(lane)

    def settle(self, reach: Reach) -> None:
        """Turn what is complete into history."""
        if self.finished:
            return
        end, placed = self.ended_ns, self._turns.placed_ns
        if not reach.complete:  # many threads that hardly run would put off each other for long
            placed = max(placed, reach.known_ns - _PATIENCE_NS)
        if end is None:
            least = self.cursor + (_STRIDE_NS if self.stale or self._owes else _LAZY_STRIDE_NS)
            if min(reach.known_ns, placed) > least and (target := self._target(reach, placed)) > least:
                self._commit(target)
        elif (reach.drained or self.last_record_ns >= end) and reach.sees(end) and placed >= end:
            self._commit(end)
            self._finish(end)
            return
        self._turns.pass_on(self._horizon(reach), self.cursor)

    def show(self, live_ns: int) -> None:
        """Show what is known beyond the cursor, up to the live end."""
        self.stale, self.shown_ns = False, live_ns
        if self.finished:
            return
        self._collect()
        end = live_ns if self.ended_ns is None else self.ended_ns
        found, _, runs = self._pieces(self.cursor, max(end, self.cursor + 1), shown=True)
        self._turns.show(self.lane.pid, self.lane.index, runs)
        self.tail, self.active_tail, flags = self._changes(found)
        if self.ended_ns is not None:
            (times, runs, readies), (at, active), off = self.tail, self.active_tail, self.ended_ns
            running, ready, counted = (-int(flag) for flag in flags)
            self.tail = np.append(times, off), np.append(runs, running), np.append(readies, ready)
            self.active_tail = np.append(at, off), np.append(active, counted)
            self.lane.spans.end_ns = self.ended_ns
        self.lane.spans.set_tail(*changing.unlike(found, self.lane.spans.last()))

    @property
    def _owes(self) -> bool:
        """Is anything known of it beyond the cursor that may tell of running?"""
        return bool(
            self._new_samples or self._new_blocks or len(self._blocks)
            or len(self._samples) > self._debt.index + 1
        )

    def _horizon(self, reach: Reach) -> int:
        """Up to here it has no running time left to be placed: the cursor, or later if it just waits."""
        seen_ns = reach.seen_ns()
        if not reach.drained or seen_ns <= self.cursor:
            return self.cursor
        if self._runs_from is None:
            self._collect_samples()
            self._runs_from = frontier.next_run(self._samples, self._debt, self.cursor)
        return max(self.cursor, min(seen_ns, self._runs_from))

    def _target(self, reach: Reach, placed_ns: int) -> int:
        known = reach.known_ns if reach.drained else min(reach.known_ns, self.last_record_ns)
        known = min(known, placed_ns)
        unsampled = min(known, reach.unsampled_ns)
        if reach.sweep_ns is None:
            return unsampled
        self._collect_samples()
        target = frontier.last_border(self._samples, min(known, reach.sweep_ns), reach.sweep_ns, self.cursor)
        if unsampled > reach.sweep_ns:
            target = max(target, unsampled)
        if len(self.open) and self.open_ns < target:
            target = frontier.before_turn(self._samples, self.open_ns, target, self.cursor)
        return target

    def _collect_samples(self) -> None:
        if self._new_samples:
            self._samples = joined([self._samples, *self._new_samples])
            self._new_samples.clear()

    def _collect(self) -> None:
        self._collect_samples()
        if not self._new_blocks:
            return
        new = joined(self._new_blocks)
        self._new_blocks.clear()
        floor = max(int(self._blocks["t1"][-1]) if len(self._blocks) else 0, self.cursor)
        ends = np.maximum.accumulate(new["t1"])
        new["t0"] = np.maximum(new["t0"], np.concatenate(([floor], np.maximum(ends[:-1], floor))))
        self._blocks = joined([self._blocks, new[new["t1"] > new["t0"]]])

    def _commit(self, end_ns: int) -> None:
        """Settle up to ``end_ns``."""
        if end_ns <= self.cursor:
            return
        self.stale, self._runs_from = True, None
        self._collect()
        found, self._debt, runs = self._pieces(self.cursor, end_ns)
        self._turns.settle(self.lane.pid, self.lane.index, runs, end_ns)
        before = self._flags
        changes, active, self._flags = self._changes(found)
        if len(changes[0]):
            self.changes.append(changes)
            some = changes[1] != 0
            self._timeline.parallelism.add(changes[0][some], changes[1][some].astype(np.int8))
        self._timeline.concurrency.add(*active)
        shown = self.lane.spans.tail_from(end_ns) if self.shown_ns > end_ns else None
        self.lane.spans.append(*changing.unlike(found, self.lane.spans.last()))
        self._keep_tail(end_ns, before, shown)
        self.cursor = end_ns
        settled = int(self._blocks["t1"].searchsorted(end_ns, "right"))
        self._blocks = self._blocks[settled:].copy()  # a view would keep all that is settled
        drop = merge.with_told(self._samples["state"], self._first_needed(self._blocks))
        if drop > 1024 or drop > len(self._samples) // 2:
            self._samples = self._samples[drop:]
            self._debt = replace(self._debt, index=self._debt.index - drop)

    def _pieces(self, begin: int, end: int, *, shown: bool = False) -> tuple[Pieces, Debt, Runs]:
        """The spans between two instants, the debt after them, and when it runs."""
        blocks = self._blocks
        if len(self.open) and self.open_ns < end:
            blocks = joined([blocks, self.open])
        blocks = blocks[: int(blocks["t0"].searchsorted(end))]
        native = self._native(end)
        taken = self._taken(begin, native, shown)
        alone = Free(blocks["t0"], blocks["t1"])
        free = alone.without(taken.gil, taken.cores)
        squaring = Squaring(
            self._samples, Rooms(alone, free, free.without(taken.nearly)), begin, end, self._debt
        )
        segments, debt = squaring.go()
        taken = taken.with_nearly(squaring.quiet)
        first = self._first_needed(blocks)
        samples = self._samples[first : int(self._samples["t"].searchsorted(end, "right"))]
        ready = merge.ready_since(blocks, samples)
        borders = [t for loop in self.loops.items() for t in loop if begin < t < end]
        found = merge.pieces(begin, end, blocks, segments, ready, borders, taken)
        return found, debt, self._runs(found, end, native)

    def _taken(self, begin: int, native: Intervals, shown: bool) -> Taken:
        """When others keep it from running."""
        if not len(self._samples):
            return Taken()
        pid, turns = self.lane.pid, self._turns
        queued = int(self._samples["queue"][-1]) - self._debt.queue >= SHORT_NS
        if shown:
            taken = turns.seems_taken(pid, begin, self.lane.index, nearly=queued)
        else:
            taken = turns.taken(pid, begin, nearly=queued)
        if len(native) and len(taken.gil):
            taken = replace(taken, gil=covered(1, (taken.gil, 1), (native, -1)))
        return taken

    def _native(self, end: int) -> Intervals:
        """When it ran native code: the time after samples that saw it on a core without the GIL.

        A later sample that sees it wait for a core changes nothing: to lose one's core is not to get the GIL.
        """
        s, seen_ns = self._samples, self._turns.gil_seen(self.lane.pid)
        told = s[merge.last_told(s["state"])]
        at = np.flatnonzero((told["state"] == ThreadState.ON_CORE) & (told["t"] >= seen_ns))
        if not len(at):
            return NEVER
        times = np.append(s["t"], max(end, int(s["t"][-1])))
        return covered(1, (Intervals(times[at], times[at + 1]), 1))

    def _runs(self, found: Pieces, end: int, native: Intervals) -> Runs:
        """When it runs, as far as samples tell."""
        if not len(self._samples):
            return Runs()
        runs = np.flatnonzero((found.codes & STATE_BITS) == _RUNNING)
        every = Intervals(found.starts[runs], np.append(found.starts, end)[runs + 1])
        return Runs(every, covered(1, (every, 1), (native, -1)) if len(native) else every)

    def _first_needed(self, blocks: npt.NDArray[Any]) -> int:
        """The first sample still needed: the last one so far, or the first in a call that is not settled."""
        holds = max(self._debt.index, 0)
        return min(holds, int(self._samples["t"].searchsorted(blocks["t0"][0]))) if len(blocks) else holds

    def _changes(self, found: Pieces) -> tuple[Changes, tuple[Any, Any], Flags]:
        """What begins and ceases in these pieces; while an event loop runs in it, its tasks count instead."""
        active = ~found.passive & ~changing.within(found.starts, self.loops)
        if self._sampled_only:
            active &= (found.codes & STATE_BITS) != State.WAITING
        return changing.changes(found, active, self._flags, leads=self.leads)

    def _keep_tail(self, end_ns: int, before: Flags, shown: tuple[Any, ...] | None) -> None:
        """Go on showing what was shown beyond ``end_ns`` until it is shown anew."""
        if shown is None:
            self.tail, self.active_tail = _NO_CHANGES, _NO_CHANGES[:2]
            return
        self.lane.spans.set_tail(*shown)
        times, runs, readies = self.tail
        at, active = self.active_tail
        (ran, was_ready, counted), (runs_now, is_ready, counts) = before, self._flags
        times, (runs, readies) = beyond(end_ns, times, (runs, ran, runs_now), (readies, was_ready, is_ready))
        at, (active,) = beyond(end_ns, at, (active, counted, counts))
        self.tail, self.active_tail = (times, runs, readies), (at, active)

    def _finish(self, t_ns: int) -> None:
        if self.finished:
            return
        self.finished = self.stale = True
        self.tail, self.active_tail = _NO_CHANGES, _NO_CHANGES[:2]
        running, ready, active = self._flags
        self.changes.append((np.array([t_ns]), np.array([-int(running)]), np.array([-int(ready)])))
        self._timeline.parallelism.add(np.array([t_ns]), np.array([-int(running)]))
        self._timeline.concurrency.add(np.array([t_ns]), np.array([-int(active)]))
        self._flags = (False, False, False)
        self.lane.spans.finish(t_ns)
        self.open = _NO_BLOCKS

