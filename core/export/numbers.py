"""Process and thread numbers for formats in which these alone tell workers apart.

The system gives a number again when its owner is gone, and a process that becomes another program keeps its
own: the first owner has it in the trace, each later one a number that no system gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from concviz.core.model import Kind, Worker

BEYOND = 10_000_000
"""More than any pid (Linux: at most 2²²); a worker's number is this plus its index."""


class Numbers:
    """The numbers of some workers, parents before children."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        """Give every worker its numbers."""
        self._pids: dict[int, int] = {}
        self._tids: dict[int, int] = {}
        self._taken: set[tuple[int, int]] = set()
        for worker in workers:
            above = self._pids.get(worker.parent, worker.pid) if worker.parent is not None else worker.pid
            if worker.kind is Kind.PROCESS:
                pid, tid = self._first((worker.pid, 0), worker.pid, worker), 0
            elif worker.kind is Kind.THREAD:
                pid, tid = above, self._first((above, worker.tid), worker.tid, worker)
            else:
                pid, tid = above, BEYOND + worker.index
            self._pids[worker.index], self._tids[worker.index] = pid, tid

    def _first(self, who: tuple[int, int], number: int, worker: Worker) -> int:
        """The number for the first that is (pid, tid) to the system, another one for whoever comes later."""
        if who in self._taken:
            return BEYOND + worker.index
        self._taken.add(who)
        return number

    def pid(self, worker: Worker) -> int:
        """The number of its process."""
        return self._pids[worker.index]

    def tid(self, worker: Worker) -> int:
        """The number of its thread; a task has one of its own, a process 0."""
        return self._tids[worker.index]
