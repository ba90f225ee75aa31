"""Who is on his way to a gate, and for how long he may keep silent before somebody looks what he does."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from concviz.core.control.deadlock import TIMEOUT
from concviz.core.control.program import Process
from concviz.core.control.watchdog import BUSY, COMPUTING, IN_A_CALL
from concviz.core.control.workers import Doing, Worker

DELAY_NS = 300_000_000
"""For a worker that was let go."""
AGAIN_NS = 500_000_000
"""After which it is looked again what a silent one does: who computes may have come to wait."""
BIRTH_NS = 10_000_000_000
"""For a birth that was announced: a thread, or a forked child, comes to its first gate before long, and if
the next one were there before it, it would have another name in the next run."""
BY_ITSELF = (COMPUTING, BUSY)
"""Who is seen to do this comes to a gate whatever the others do."""
LOOSE_NS = 50_000_000
"""For one that ran when the program was held: many a thread has slept in a call since long before."""


def unsettled(workers: Collection[Worker], processes: Collection[Process], baton: Worker | None) -> bool:
    """Is somebody on his way to a gate, besides the one who was let go, of whom nothing is known?"""
    return any(
        worker.doing is Doing.RUNNING and worker is not baton and worker.silence is None for worker in workers
    ) or any(process.births or not process.settled for process in processes)


def overdue(
    workers: Collection[Worker], processes: Collection[Process], baton: Worker | None, now_ns: int,
) -> Iterator[Worker | Process]:
    """Who has been silent so long that somebody should look what he does."""
    for worker in workers:
        if worker.doing is Doing.RUNNING and not worker.spawns:
            patience_ns = DELAY_NS if worker is baton else LOOSE_NS
            since_ns = worker.heard_ns
            if worker.silence is not None:
                patience_ns, since_ns = AGAIN_NS, worker.silence.looked_ns
            if now_ns - since_ns >= patience_ns:
                yield worker
    for process in processes:
        patience_ns = AGAIN_NS if process.computes else DELAY_NS
        if (process.computes or not process.settled) and now_ns - process.since_ns >= patience_ns:
            yield process


def excused(worker: Worker, what: str, now_ns: int) -> bool:
    """May the others go on without him? One who was seen to do something is given time to come to a gate."""
    return what == IN_A_CALL or now_ns - worker.heard_ns >= DELAY_NS


def coming(workers: Collection[Worker], processes: Collection[Process]) -> bool:
    """Will somebody come to a gate by himself: who computes, sleeps, or waits for some time only?

    A process computes that imports much before its first gate.
    """
    if any(process.computes for process in processes):
        return True
    return any(
        worker.kind == "sleep" or worker.detail == TIMEOUT
        if worker.doing is Doing.OUTSIDE
        else worker.silence is not None and worker.silence.what in BY_ITSELF
        for worker in workers if worker.doing in (Doing.OUTSIDE, Doing.RUNNING)
    )
