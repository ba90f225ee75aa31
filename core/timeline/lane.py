"""What the timeline keeps about a worker while it is being learnt; the frozen ``Worker`` is made from it."""

from __future__ import annotations

from concviz.core.model import Kind, Known, Outcome, Worker
from concviz.core.timeline.spans import Spans


class Lane:
    """A worker in the making: its facts, its children, its spans."""

    __slots__ = (
        "_worker", "about", "children", "detail", "end_ns", "id", "index", "kind", "known",
        "name", "outcome", "parent", "pid", "spans", "start_ns", "steps", "tid",
    )

    def __init__(
        self, index: int, id: str, kind: Kind, parent: int | None, pid: int, tid: int, name: str,
        start_ns: int,
    ) -> None:
        """See ``Worker`` for the fields."""
        self.index, self.id, self.kind, self.parent = index, id, kind, parent
        self.pid, self.tid, self.name, self.start_ns = pid, tid, name, start_ns
        self.end_ns: int | None = None
        self.outcome = Outcome.RUNNING
        self.detail = self.about = ""
        self.known = Known.EXACT
        self.steps = 0
        self.children: list[int] = []
        self.spans = Spans()
        if kind is Kind.TASK:
            self.spans.born_site = -1
        self._worker: Worker | None = None

    def changed(self) -> None:
        """A fact has changed: the next ``worker`` tells it."""
        self._worker = None

    @property
    def worker(self) -> Worker:
        """The facts, frozen; the same object until one changes."""
        if self._worker is None:
            self._worker = Worker(
                self.index, self.id, self.kind, self.parent, self.pid, self.tid, self.name, self.start_ns,
                self.end_ns, self.outcome, self.detail, self.about, self.known,
            )
        return self._worker
