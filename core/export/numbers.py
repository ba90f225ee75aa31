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
        taken: set[tuple[int, int]] = set()
        for worker in workers:
            above = self._pids.get(worker.parent, worker.pid) if worker.parent is not None else worker.pid
            if worker.kind is Kind.PROCESS:
                pid, tid = self._free(taken, worker.pid, 0, worker.index), 0
            elif worker.kind is Kind.THREAD:
                pid, tid = above, worker.tid if (above, worker.tid) not in taken else BEYOND + worker.index
                taken.add((pid, tid))
            else:
                pid, tid = above, BEYOND + worker.index
            self._pids[worker.index], self._tids[worker.index] = pid, tid

    def _free(self, taken: set[tuple[int, int]], pid: int, tid: int, index: int) -> int:
        chosen = pid if (pid, tid) not in taken else BEYOND + index
        taken.add((chosen, tid))
        return chosen

    def pid(self, worker: Worker) -> int:
        """The number of its process."""
        return self._pids[worker.index]

    def tid(self, worker: Worker) -> int:
        """The number of its thread; a task has one of its own, a process 0."""
        return self._tids[worker.index]
