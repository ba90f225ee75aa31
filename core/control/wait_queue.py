"""Who waits for a lock, and who of them may try to take it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from concviz.core.control import wire
from concviz.core.control.locks import Locks
from concviz.core.control.program import Process
from concviz.core.control.workers import Doing, Worker

RETRY_NS = 50_000_000
"""How often a lock whose owner is not known is tried again."""


class WaitQueue:
    """The workers that are blocked at locks, those that have waited longest first.

    Nobody is given a lock here: once it was lost all that wait for it may try, and what they say then
    (``got``, or ``blocked`` anew) tells whose it is.
    """

    def __init__(self, workers: Mapping[int, Worker], locks: Locks, turn: Callable[[], int]) -> None:
        """``workers`` are all that live, as they come and go; ``turn`` gives the last place in the queue."""
        self._workers, self._locks, self._turn = workers, locks, turn

    def blocked(self, worker: Worker, line: wire.Blocked, now_ns: int) -> None:
        """A worker has tried, and the lock was somebody else's."""
        name = worker.asked.name_of(line.object)
        worker.stands(Doing.BLOCKED, "acquire", line.object, line.site, name, self._turn())
        worker.passes = line.passes
        if self._locks.of(worker.process, line.object) is None:
            worker.retry_ns = now_ns + RETRY_NS

    def got(self, worker: Worker, line: wire.Got) -> None:
        """A worker has the lock: the others need not try before it is lost."""
        self._locks.took(worker, line.object, line.site, worker.asked.name_of(line.object))
        for other in self._waiting_for(worker.process, line.object):
            other.may_try, other.retry_ns = False, None

    def lost(self, process: Process, lock: int) -> None:
        """Nobody has the lock: whoever waits for it may try."""
        self._locks.lost(process, lock)
        for worker in self._waiting_for(process, lock):
            self._let_try(worker)

    def gone(self, worker: Worker, now_ns: int) -> None:
        """A worker is over: what it had may be free, which trying tells."""
        self._locks.forget(worker)
        for other in self._workers.values():
            if other.doing is Doing.BLOCKED and self._locks.of(other.process, other.object) is None:
                other.retry_ns = now_ns

    def tick(self, now_ns: int) -> None:
        """Time has passed: locks whose owner is not known may be tried again."""
        for worker in self._workers.values():
            if worker.retry_ns is not None and now_ns >= worker.retry_ns:
                self._let_try(worker)

    def passing(self) -> Worker | None:
        """Who may try, and goes on in the midst of its step, for which nobody has to choose it."""
        waiting = (worker for worker in self._workers.values() if worker.passes and worker.may_try)
        return min(waiting, key=lambda worker: worker.turn, default=None)

    def _waiting_for(self, process: Process, lock: int) -> Iterator[Worker]:
        waiting = sorted(self._workers.values(), key=lambda worker: worker.turn)
        return (w for w in waiting if w.doing is Doing.BLOCKED and w.process is process and w.object == lock)

    def _let_try(self, worker: Worker) -> None:
        worker.may_try, worker.retry_ns, worker.turn = True, None, self._turn()
