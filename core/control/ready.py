"""The ready list: who could run next, in the program's own order, and what may not be chosen and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from concviz.core.control import view, wire
from concviz.core.control.decisions import Decision
from concviz.core.control.workers import Doing, Worker
from concviz.core.language import N_
from concviz.core.model import Site

_KINDS = {"t": "task", "c": "callback", "m": "timer"}
_FIXED = N_("this loop runs its handles itself, in their order")
_CALLBACK = N_("a callback of the loop: it is neither overtaken nor overtakes")
_BEHIND = N_("behind a callback: callbacks are not overtaken")


class Candidate(NamedTuple):
    """One entry of the ready list."""

    worker: Worker
    item: wire.Item | None = None
    """The handle, where the worker is an event loop."""
    number: int = 0
    place: int = 0
    """Its place in its loop's list."""
    why_not: str = ""
    limit: int | None = None
    """So many bytes it should find where it reads; None: what there is."""

    @property
    def id(self) -> str:
        """The same as long as this is ready."""
        return f"{self.worker.conn}.{self.worker.turn}.{self.number}"

    @property
    def key(self) -> str:
        """Stable name of the worker."""
        return self.worker.task_key(self.task) if self.task else self.worker.key

    @property
    def task(self) -> int:
        """The task whose step it is; 0 none."""
        return self.item.task if self.item is not None and self.item.kind == "t" else 0

    @property
    def kind(self) -> str:
        """What it would do."""
        return _KINDS[self.item.kind] if self.item else self.worker.kind

    @property
    def site(self) -> Site | None:
        """Where it stands."""
        places = self.worker.process.places
        if self.item is None:
            return places.site(self.worker.site)
        standing = places.task(self.task) if self.task else None
        return places.site(standing.site) if standing else None

    @property
    def size(self) -> int | None:
        """Bytes that it finds, where it is a read of an event loop; what it has found, coming back."""
        if self.item is None:
            return self.worker.size
        return self.item.size if self.limit is None else self.limit

    def decision(self, n: int, of: int, fifo: bool) -> Decision:
        """The decision to let it go."""
        site = self.site
        place = (site.file, site.line) if site else None
        callback = self.item.text if self.item and not self.task else ""
        selected = self.item is None and (self.kind, self.worker.detail) == ("back", "select")
        size, found = (None, self.size) if selected else (self.size, None)
        return Decision(n, self.key, self.kind, place, of, fifo, callback, size, found)

    def choice(self) -> view.Choice:
        """The entry as it is shown."""
        worker, item, found_bytes = self.worker, self.item, None
        if item is None:
            task, name, detail, since_ns = worker.task, worker.running_name, worker.detail, worker.heard_ns
        elif self.task:
            task, name, detail, since_ns = self.task, worker.task_name(self.task), item.text, item.since_ns
        else:
            task, name, detail, since_ns = 0, item.text or self.kind, "", item.since_ns
            found_bytes = item.size
        return view.Choice(
            self.id, self.key, worker.process.pid, worker.thread, task or None, self.kind, self.site, name,
            since_ns, not self.why_not, self.why_not, detail, found_bytes,
        )


def candidates(workers: Iterable[Worker]) -> list[Candidate]:
    """Everything that is ready; those that have waited longest first, the handles of a loop together."""
    waiting = [w for w in workers if w.doing in (Doing.PARKED, Doing.LOOP) or (w.may_try and not w.passes)]
    found: list[Candidate] = []
    for worker in sorted(waiting, key=lambda w: w.turn):
        if worker.doing is Doing.LOOP:
            found.extend(_handles(worker))
        else:
            found.append(Candidate(worker))
    return found


def _handles(worker: Worker) -> Iterator[Candidate]:
    """The handles of a loop. Choosable is its first and, where that is a task's step, the steps right behind.

    Permuting any handle breaks asyncio itself (its transports count on their order); permuting task steps
    between two callbacks does not.
    """
    leading = not worker.fixed
    for place, (item, number) in enumerate(zip(worker.items, worker.numbers, strict=True)):
        leading = leading and item.kind == "t"
        why_not = ""
        if place and not leading:
            why_not = _FIXED if worker.fixed else _BEHIND if item.kind == "t" else _CALLBACK
        yield Candidate(worker, item, number, place, why_not)
