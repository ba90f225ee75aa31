"""A few lanes that stand for a whole run, so that several runs can be laid under one time axis."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.insight.compare import doers
from concviz.core.model import Reason, Worker
from concviz.core.timeline.answers import Cells
from concviz.core.timeline.timeline import Timeline

_NEGLIGIBLE = 50
"""A worker that was at work for less than this part of the time is not worth a lane."""
_FOR_OTHERS = (Reason.EXECUTOR, Reason.CHILD, Reason.AWAIT, Reason.QUEUE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lanes shown of a run, and how many are not."""

    lanes: tuple[tuple[Worker, Cells], ...]
    left_out: int


def choose(timeline: Timeline, t0_ns: int, t1_ns: int, cell_ns: int, columns: int, rows: int) -> Chosen:
    """The workers that were longest at work, in the order in which they appeared.

    Args:
        t0_ns, t1_ns: when the work began and ended.
        cell_ns, columns: how long a cell is, and how many there are, from ``t0_ns`` on.
        rows: so many lanes at most.
    """
    at_work = {
        worker: _at_work_ns(timeline, worker, t0_ns, t1_ns) for worker in doers(timeline, t0_ns, t1_ns)
    }
    workers = [worker for worker, ns in at_work.items() if ns * _NEGLIGIBLE >= t1_ns - t0_ns] or list(at_work)
    longest = sorted(workers, key=lambda worker: -at_work[worker])[:rows]
    inside = min(columns, max(1, -(-(t1_ns - t0_ns) // cell_ns)))
    lanes = tuple(
        (timeline.workers[worker], timeline.cells(worker, t0_ns, cell_ns, inside))
        for worker in sorted(longest)
    )
    return Chosen(lanes, len(workers) - len(lanes))


def _at_work_ns(timeline: Timeline, worker: int, t0_ns: int, t1_ns: int) -> int:
    """How long a worker ran, was ready, or waited for something other than a worker or for work to come."""
    totals = timeline.totals(worker, t0_ns, t1_ns)
    return totals.alive_ns - sum(totals.reasons.get(reason, 0) for reason in _FOR_OTHERS)
