"""One model's figures for a piece of work: what ``concviz compare`` puts side by side.

All figures are of the stretch in which the program did the work (its own two readings of the clock), not of
its start and end; only ``whole_s`` is the whole program.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from concviz.core.insight.compare_usage import used
from concviz.core.model import Kind, Reason
from concviz.core.session.session import Session
from concviz.core.timeline.timeline import Timeline

TOLD = (Reason.GIL, Reason.LOOP, Reason.CORE, Reason.IO, Reason.LOCK, Reason.SLEEP)
"""Reasons whose share is told; the others are waits for another worker, or of one that has nothing to do."""
_NS = 1e9


@dataclass(frozen=True, slots=True)
class Figures:
    """What one model took. Shares are of the time of all pieces of work in progress, 0 … 1."""

    wall_s: float
    """How long the work took, with the start and the end of its workers."""
    whole_s: float
    """How long the whole program took, with the start of its Python."""
    cpu_s: float
    concurrency: float
    """Mean number of pieces of work in progress."""
    concurrency_peak: float
    parallelism: float
    """Mean number of threads that execute at the same instant."""
    parallelism_peak: float
    running: float
    ready: float
    waiting: float
    items: int
    workers: int
    """How many workers the program was given."""
    switches: int
    """Context switches, as the kernel counts them: threads that gave way or had to."""
    steps: int
    """Steps of tasks: how often an event loop let one run."""
    peak_rss_bytes: int | None
    """Resident memory of all of its processes at once, shared pages counted for each; None: not sampled."""
    reasons: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """What it was ready or waiting for, as far as it is no other worker: gil, loop, core, io, lock …"""

    @property
    def cores_used(self) -> float:
        """CPU time for each second of the work."""
        return self.cpu_s / self.wall_s if self.wall_s else 0.0


def figures(session: Session, samples: npt.NDArray[Any], report: Mapping[str, Any]) -> Figures:
    """What a run took.

    Args:
        session: the run, read to its end.
        samples: all of its ``system.log``.
        report: what the program measured itself: ``began_ns``, ``ended_ns``, ``own_cpu_s``,
            ``children_cpu_s``, ``context_switches``, ``items``, ``workers``.
    """
    timeline, info = session.timeline, session.info
    t0, t1 = int(report["began_ns"]), int(report["ended_ns"])
    wall_ns = max(t1 - t0, 1)
    usage = used(samples, t0, t1, info.pid)
    concurrency = timeline.concurrency.mean(t0, t1)
    shares = _shares(timeline, t0, t1, concurrency * wall_ns)
    return Figures(
        wall_s=wall_ns / _NS,
        whole_s=max((info.end_ns or timeline.end_ns) - info.start_ns, wall_ns) / _NS,
        # Of its children's time the program can miss what they have not told it (a fork server's are not its
        # own), and samples what came after the last one. Neither can be too much, so the greater is nearer.
        cpu_s=float(report["own_cpu_s"]) + max(float(report["children_cpu_s"]), usage.children_cpu_s),
        concurrency=concurrency, concurrency_peak=timeline.concurrency.peak(t0, t1),
        parallelism=timeline.parallelism.mean(t0, t1), parallelism_peak=timeline.parallelism.peak(t0, t1),
        running=shares["running"], ready=shares["ready"], waiting=shares["waiting"],
        items=int(report["items"]), workers=int(report["workers"]), switches=int(report["context_switches"]),
        steps=sum(lane.steps for lane in timeline.lanes if lane.kind is Kind.TASK),
        peak_rss_bytes=usage.peak_rss_bytes,
        reasons={reason.name.lower(): shares[reason.name.lower()] for reason in TOLD},
    )


def doers(timeline: Timeline, t0_ns: int, t1_ns: int) -> list[int]:
    """Who stands for the work in a window: tasks, threads without tasks, processes without threads."""
    return [
        lane.index for lane in timeline.lanes
        if lane.start_ns < t1_ns and (lane.end_ns is None or lane.end_ns > t0_ns)
        and not any(_below(timeline, lane.kind, child) for child in lane.children)
    ]


def _below(timeline: Timeline, kind: Kind, child: int) -> bool:
    """Does a child stand for its parent? A task's children do not: they are tasks beside it."""
    below = timeline.lanes[child].kind
    return (kind, below) in ((Kind.PROCESS, Kind.THREAD), (Kind.THREAD, Kind.TASK))


def _shares(timeline: Timeline, t0: int, t1: int, in_progress_ns: float) -> dict[str, float]:
    """Shares of the time of work in progress, by state and by reason."""
    running = ready = 0
    reasons: dict[Reason, int] = dict.fromkeys(TOLD, 0)
    for worker in doers(timeline, t0, t1):
        totals = timeline.totals(worker, t0, t1)
        running += totals.running_ns
        ready += totals.ready_ns
        for reason in TOLD:
            reasons[reason] += totals.reasons.get(reason, 0)
    # Work in progress that neither runs nor is ready waits. (Merely waiting for another worker is no work in
    # progress, so a worker's own waiting time would be too much.)
    whole = max(in_progress_ns, running + ready, 1)
    shares = {"running": running / whole, "ready": ready / whole}
    shares["waiting"] = max(1 - shares["running"] - shares["ready"], 0.0)
    for reason, ns in reasons.items():
        most = shares["ready"] if reason in (Reason.GIL, Reason.LOOP, Reason.CORE) else shares["waiting"]
        shares[reason.name.lower()] = min(ns / whole, most)
    return shares


def median(runs: Sequence[Figures]) -> Figures:
    """The median of every figure over several runs of the same."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Figures):
        if field.name == "reasons":
            names = runs[0].reasons
            values["reasons"] = {
                name: statistics.median(run.reasons[name] for run in runs) for name in names
            }
            continue
        known = [value for run in runs if (value := getattr(run, field.name)) is not None]
        whole = known and all(isinstance(value, int) for value in known)
        middle = statistics.median(known) if known else None
        values[field.name] = round(middle) if whole and middle is not None else middle
    return Figures(**values)
