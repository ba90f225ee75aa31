"""Who waits for whom: is everybody stuck, and is there a circle?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeVar

from concviz.core.control import view
from concviz.core.control.locks import Locks
from concviz.core.control.workers import Doing, Worker
from concviz.core.model import Site

TIMEOUT = "timeout"
"""The detail of a wait that ends by itself."""

K = TypeVar("K")


def circle(next_of: Mapping[K, K]) -> tuple[K, ...]:
    """The first circle one comes to by following ``next_of``; () where every way ends."""
    done: set[K] = set()
    for start in next_of:
        way: dict[K, None] = {}
        at = start
        while at in next_of and at not in done:
            done.add(at)
            way[at] = None
            at = next_of[at]
        if at in way:
            members = list(way)
            return tuple(members[members.index(at):])
    return ()


class _Wait(NamedTuple):
    """One worker waits for another."""

    owner: Worker
    lock: str
    taken_at: Site | None


class Waits:
    """The wait-for graph of the held workers."""

    def __init__(self, workers: Collection[Worker], locks: Locks) -> None:
        self._workers, self._locks = workers, locks
        self._by_thread = {(w.process.path, w.thread): w for w in workers}

    def everybody_waits(self) -> bool:
        """True where each worker waits for what only another of them could give.

        One that waits for a lock it has itself waits to be notified, which anybody could do: so nobody
        can go on exactly when nobody is outside this graph.
        """
        return bool(self._workers) and all(map(self._waits_inside, self._workers))

    def _waits_inside(self, worker: Worker) -> bool:
        if worker.doing is Doing.BLOCKED:
            return not worker.may_try and self._locks.of(worker.process, worker.object) is not None
        if worker.doing is not Doing.OUTSIDE or worker.detail == TIMEOUT:
            return False
        return self._waits_for_end(worker)

    def _waits_for_end(self, worker: Worker) -> bool:
        """Does it wait for the end of another of them, or, the interpreter ending, of all beside it?"""
        others = (other for other in self._workers if other is not worker)
        if worker.kind == "join" and not worker.object:
            return any(other.process is worker.process for other in others)
        if worker.kind == "child" and worker.object:
            return any(other.process.pid == worker.object for other in others)
        return self._joined(worker) is not None

    def _joined(self, worker: Worker) -> Worker | None:
        """The thread whose end a worker waits for."""
        if worker.doing is not Doing.OUTSIDE or worker.kind != "join" or worker.detail == TIMEOUT:
            return None
        return self._by_thread.get((worker.process.path, worker.object))

    def cycle(self, with_selves: bool) -> tuple[view.Link, ...]:
        """A circle of workers, each of which waits for the next.

        Args:
            with_selves: a worker that waits for a lock it took somewhere else is a circle, too.
        """
        known = ((worker, self._wait(worker)) for worker in self._workers)
        waits = {w: wait for w, wait in known if wait and self._counts(w, wait, with_selves)}
        return tuple(_link(w, waits[w]) for w in circle({w: wait.owner for w, wait in waits.items()}))

    def _counts(self, worker: Worker, wait: _Wait, with_selves: bool) -> bool:
        return wait.owner is not worker or (
            # a condition's waiter takes its own lock twice, in one line
            with_selves and wait.taken_at != worker.process.places.site(worker.site)
        )

    def _wait(self, worker: Worker) -> _Wait | None:
        if worker.doing is Doing.BLOCKED and not worker.may_try:
            taken = self._locks.of(worker.process, worker.object)
            if taken is None:
                return None
            return _Wait(taken.owner, taken.name or f"lock {worker.object}",
                         worker.process.places.site(taken.site))
        joined = self._joined(worker)
        return _Wait(joined, f"the end of {joined.name}", None) if joined else None


def _link(worker: Worker, wait: _Wait) -> view.Link:
    return view.Link(
        worker.worker_key, worker.running_name, worker.process.places.site(worker.site), wait.lock,
        wait.owner.worker_key, wait.owner.running_name, wait.taken_at, worker.lane,
    )
