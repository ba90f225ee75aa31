"""Workers on their way to a gate: how long one may keep silent before the kernel is asked what it does.

While anybody may still arrive, nobody else is let go: the ready list must not depend on who was quicker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from concviz.core.control.deadlock import TIMEOUT
from concviz.core.control.program import Process
from concviz.core.control.watchdog import BUSY, COMPUTING, IN_A_CALL
from concviz.core.control.workers import Doing, Worker

DELAY_NS = 300_000_000
"""How long a worker that was let go may be silent before the first look."""
LOOSE_NS = 50_000_000
"""The same for one that ran when the program was held: most likely it has slept in a call for long."""
AGAIN_NS = 500_000_000
"""Time from one look at a silent worker to the next: one that computed may have begun to wait."""
BIRTH_NS = 10_000_000_000
"""How long an announced thread or child is waited for. If the next one came to its gate before it, the two
would swap their names in the next run."""
BY_ITSELF = (COMPUTING, BUSY)
"""What a worker was seen to do that will come to a gate whatever the others do."""


def unsettled(workers: Collection[Worker], processes: Collection[Process], baton: Worker | None) -> bool:
    """Is any worker on its way to a gate, other than the one with the baton, without it being known why?"""
    return any(
        worker.doing is Doing.RUNNING and worker is not baton and worker.silence is None for worker in workers
    ) or any(process.births or not process.settled for process in processes)


def overdue(
    workers: Collection[Worker], processes: Collection[Process], baton: Worker | None, now_ns: int,
) -> Iterator[Worker | Process]:
    """Workers and processes that have been silent so long that the kernel should be asked about them."""
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
    """May the others go on without it? One that was seen to be busy is first given time to come to a gate."""
    return what == IN_A_CALL or now_ns - worker.heard_ns >= DELAY_NS


def coming(workers: Collection[Worker], processes: Collection[Process]) -> bool:
    """Will any worker come to a gate without being let go: does it compute, sleep, or wait with a timeout?

    A process that imports much before its first gate counts as computing.
    """
    if any(process.computes for process in processes):
        return True
    return any(
        worker.kind == "sleep" or worker.detail == TIMEOUT
        if worker.doing is Doing.OUTSIDE
        else worker.silence is not None and worker.silence.what in BY_ITSELF
        for worker in workers if worker.doing in (Doing.OUTSIDE, Doing.RUNNING)
    )
