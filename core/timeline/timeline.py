"""The timeline: who was there, what each did when, who woke whom. Queries only; ``history.py`` fills it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from concviz.core.model import Kind, Known, Span, State, Worker
from concviz.core.timeline.answers import Cells, Columns, Edge, Totals, Wake
from concviz.core.timeline.cores import Cores
from concviz.core.timeline.idles import Idles
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.sampled_sites import SampledSites, with_sampled
from concviz.core.timeline.series import Series
from concviz.core.timeline.spans import STATE_BITS, Spans, known_of, reason_of, state_of
from concviz.core.timeline.totals import RunningTotals, stretches, window
from concviz.core.timeline.turns import Turns
from concviz.core.timeline.wakes import Wakes
from concviz.core.timeline.whereabouts import NOWHERE, Whereabouts
from concviz.core.timeline.words import NOBODY, Words


class Workers(Sequence[Worker]):
    """The workers, by index; each frozen object is made when asked for and kept until a fact changes."""

    def __init__(self, lanes: list[Lane]) -> None:
        """A view of ``lanes``."""
        self._lanes = lanes

    def __len__(self) -> int:
        return len(self._lanes)

    @overload
    def __getitem__(self, at: int) -> Worker: ...
    @overload
    def __getitem__(self, at: slice) -> list[Worker]: ...
    def __getitem__(self, at: int | slice) -> Worker | list[Worker]:
        if isinstance(at, slice):
            return [lane.worker for lane in self._lanes[at]]
        return self._lanes[at].worker


class Timeline:
    """Everything that is known about a run, for any window of time, at a cost that doesn't grow with it."""

    def __init__(self, start_ns: int = 0) -> None:
        """Begin empty.

        Args:
            start_ns: the session's zero.
        """
        self.start_ns = start_ns
        self.end_ns = start_ns
        """The latest known instant: open spans end here so far."""
        self.revision = 0
        """Grows whenever a worker appears or a fact about one changes."""
        self.lanes: list[Lane] = []
        self.workers: Sequence[Worker] = Workers(self.lanes)
        self.words = Words()
        self.wakes = Wakes()
        self.concurrency = Series()
        self.parallelism = Series()
        self.turns = Turns()
        self.whereabouts = Whereabouts()
        self.idles = Idles()
        self.cores = Cores()
        self._totals: dict[int, RunningTotals] = {}
        self._sampled: dict[int, SampledSites] = {}
        self._roots: list[int] = []

    def add_lane(self, lane: Lane) -> None:
        """A worker appeared."""
        self.lanes.append(lane)
        (self._roots if lane.parent is None else self.lanes[lane.parent].children).append(lane.index)
        self.revision += 1

    def move(self, lane: Lane, parent: int | None) -> None:
        """A worker turned out to belong to another parent; refused where it would be its own ancestor."""
        above = parent
        while above is not None:
            if above == lane.index:
                return
            above = self.lanes[above].parent
        (self._roots if lane.parent is None else self.lanes[lane.parent].children).remove(lane.index)
        lane.parent = parent
        (self._roots if parent is None else self.lanes[parent].children).append(lane.index)
        self.touch(lane)

    def touch(self, lane: Lane) -> None:
        """A fact about a worker changed."""
        lane.changed()
        self.revision += 1

    def roots(self) -> tuple[int, ...]:
        """Workers without a parent, in the order they appeared."""
        return tuple(self._roots)

    def children(self, worker: int) -> tuple[int, ...]:
        """Workers whose parent this is, in the order they appeared."""
        return tuple(self.lanes[worker].children)

    def cells(self, worker: int, t0_ns: int, cell_ns: int, columns: int) -> Cells:
        """Exact time in each state for ``columns`` cells, each ``cell_ns`` long, from ``t0_ns`` on."""
        return self.lanes[worker].spans.cells(t0_ns, max(cell_ns, 1), columns, self.end_ns)

    def cells_between(self, worker: int, edges_ns: Sequence[int]) -> Cells:
        """Exact time in each state between each two neighbours of ``edges_ns``, which ascend."""
        return self.lanes[worker].spans.between(np.asarray(edges_ns, np.int64), self.end_ns)

    def columns(self, worker: int, t0_ns: int, t1_ns: int) -> Columns:
        """The spans that overlap a window, whole, in order, as columns: what ``spans`` tells, in bulk."""
        return self.lanes[worker].spans.columns(t0_ns, t1_ns, self.end_ns)

    def span_at(self, worker: int, t_ns: int) -> Span | None:
        """What the worker does at an instant, and where it stands then; None where it is not alive."""
        spans = self.lanes[worker].spans
        i = int(spans.starts[: spans.total].searchsorted(t_ns, "right")) - 1
        if i < 0 or t_ns > (end := spans.end(self.end_ns)) or (spans.end_ns is not None and t_ns == end):
            return None
        span = self._span(worker, spans, i)
        place = self._sampled_sites(worker).at(i, t_ns, self.end_ns)
        return span if place < 0 else replace(
            span, site=self.words.site_of(place), site_known=Known.SAMPLED, after=False
        )

    def spans(self, worker: int, t0_ns: int, t1_ns: int) -> Iterator[Span]:
        """The spans that overlap a window, whole, in order."""
        spans = self.lanes[worker].spans
        first = max(int(spans.starts[: spans.total].searchsorted(t0_ns, "right")) - 1, 0)
        for i in range(first, spans.total):
            if spans.starts[i] >= t1_ns:
                return
            span = self._span(worker, spans, i)
            if span.t1_ns > t0_ns and (span.duration_ns or span.state is State.RUNNING):
                yield span

    def seen(self, worker: int, t0_ns: int, t1_ns: int) -> list[tuple[int, int]]:
        """Sampled lines of a worker in a window: (instant, index into ``words.sites``), in order."""
        return self._sampled_sites(worker).seen(t0_ns, t1_ns, self.end_ns)

    def next_edge(self, worker: int | None, t_ns: int) -> Edge | None:
        """The first begin of a span (or end of life) after an instant; ``worker`` None: of any."""
        edges = (self._edge_after(w, t_ns) for w in self._whose(worker))
        return min((e for e in edges if e), key=lambda e: (e.t_ns, e.worker), default=None)

    def previous_edge(self, worker: int | None, t_ns: int) -> Edge | None:
        """The last begin of a span (or end of life) before an instant; ``worker`` None: of any."""
        edges = (self._edge_before(w, t_ns) for w in self._whose(worker))
        return max((e for e in edges if e), key=lambda e: (e.t_ns, -e.worker), default=None)

    def wake_before(self, worker: int, t_ns: int) -> Wake | None:
        """Who made this worker ready, the last time at or before an instant."""
        spans = self.lanes[worker].spans
        i = spans.woken_before(int(spans.starts[: spans.total].searchsorted(t_ns, "right")))
        if i is None:
            return None
        peer = int(spans.rest[i]["peer"])
        # it ran because of this wake-up, and was ready since then (or since it yielded)
        while i and _was_ready(spans.rest[i - 1], peer):
            i -= 1
        return Wake(worker, self._worker(peer), self.words.word_of(peer), int(spans.starts[i]))

    def wake_after(self, worker: int, t_ns: int) -> Wake | None:
        """Whom this worker woke next, at or after an instant."""
        found = self.wakes.after(worker, t_ns)
        return None if found is None else Wake(found[1], worker, "", found[0])

    def totals(self, worker: int, t0_ns: int | None = None, t1_ns: int | None = None) -> Totals:
        """Sums over a worker's life, or over the part of it in a window."""
        lane, sampled = self.lanes[worker], self._sampled_sites(worker)
        steps = stretches(lane.spans) if lane.kind is Kind.PROCESS else lane.steps
        if t0_ns is None and t1_ns is None:
            sums = self._totals.setdefault(worker, RunningTotals())
            totals = sums.whole(lane.spans, steps, self.words, self.end_ns)
            part = sampled.whole(self.end_ns)
        else:
            t0 = self.start_ns if t0_ns is None else t0_ns
            t1 = self.end_ns if t1_ns is None else t1_ns
            totals = window(lane.spans, steps, self.words, t0, t1, self.end_ns)
            part = sampled.window(t0, t1, self.end_ns)
        if not part.found:
            return totals
        return replace(totals, sites=with_sampled(totals.sites, part, self.words))

    def _sampled_sites(self, worker: int) -> SampledSites:
        """The lines that samples tell of a worker: of a thread, or of a task in its thread."""
        if worker not in self._sampled:
            lane = self.lanes[worker]
            is_task = lane.kind is Kind.TASK
            thread = self.lanes[lane.parent] if is_task and lane.parent is not None else lane

            def between(t0_ns: int, t1_ns: int) -> npt.NDArray[Any]:
                if thread.kind is not Kind.THREAD:  # a process stands where its threads do
                    return NOWHERE
                end = t1_ns if thread.end_ns is None else min(t1_ns, thread.end_ns)
                return self.whereabouts.of(thread.pid, thread.tid, max(t0_ns, thread.start_ns), end)

            self._sampled[worker] = SampledSites(lane.spans, between, is_task)
        return self._sampled[worker]

    def _whose(self, worker: int | None) -> Sequence[int]:
        return range(len(self.lanes)) if worker is None else (worker,)

    def _edge_after(self, worker: int, t_ns: int) -> Edge | None:
        spans = self.lanes[worker].spans
        if not spans.total or (spans.end_ns is not None and spans.end_ns <= t_ns):
            return None
        i = int(spans.starts[: spans.total].searchsorted(t_ns, "right"))
        if i < spans.total:
            return Edge(worker, int(spans.starts[i]))
        return Edge(worker, spans.end_ns) if spans.end_ns is not None else None

    def _edge_before(self, worker: int, t_ns: int) -> Edge | None:
        spans = self.lanes[worker].spans
        if spans.total and spans.end_ns is not None and spans.end_ns < t_ns:
            return Edge(worker, spans.end_ns)
        i = int(spans.starts[: spans.total].searchsorted(t_ns, "left")) - 1
        return Edge(worker, int(spans.starts[i])) if i >= 0 else None

    def _span(self, worker: int, spans: Spans, i: int) -> Span:
        rest = spans.rest[i]
        code, peer = int(rest["code"]), int(rest["peer"])
        state, last = state_of(code), i + 1 == spans.total
        t1 = spans.end(self.end_ns) if last else int(spans.starts[i + 1])
        waits = state is State.WAITING
        after = state is State.RUNNING and bool(spans.went_on(i, i + 1)[0])
        return Span(
            worker, state, reason_of(code), int(spans.starts[i]), t1, known_of(code),
            self.words.site_of(int(rest["site"])), None if waits else self._worker(peer),
            "" if waits else self.words.word_of(peer), self._worker(peer) if waits else None,
            last and spans.end_ns is None, after=after,
        )

    def _worker(self, peer: int) -> int | None:
        return peer if peer >= 0 else None


def _was_ready(rest: Any, peer: int) -> bool:
    """Is a span one of being ready, woken by ``peer`` or by nobody?"""
    return int(rest["code"]) & STATE_BITS == State.READY and int(rest["peer"]) in (peer, NOBODY)
