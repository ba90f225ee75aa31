"""Who has which lock while the program is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from concviz.core.control.program import Process
    from concviz.core.control.workers import Worker


class Taken(NamedTuple):
    """A lock that somebody has."""

    owner: Worker
    site: int
    """Where its owner took it."""
    name: str


class Locks:
    """Owners by process and lock. What was taken before the program was held has no owner here."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int], Taken] = {}

    def took(self, worker: Worker, lock: int, site: int, name: str) -> None:
        """``worker`` has the lock now."""
        self._taken[worker.process.path, lock] = Taken(worker, site, name)

    def lost(self, process: Process, lock: int) -> None:
        """Nobody has the lock now."""
        self._taken.pop((process.path, lock), None)

    def of(self, process: Process, lock: int) -> Taken | None:
        """Who has it; None where that is not known."""
        return self._taken.get((process.path, lock))

    def forget(self, worker: Worker) -> None:
        """``worker`` is gone: whether what it had is free now, only trying can tell."""
        self._taken = {key: taken for key, taken in self._taken.items() if taken.owner is not worker}

    def clear(self) -> None:
        """The program runs free: what is told now is soon wrong."""
        self._taken.clear()
