"""Which processes are each other's like: what one cause brings about in each of them is told together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import Cause, line_of
from concviz.core.model import Kind as WorkerKind
from concviz.core.timeline.lane import Lane

_OF_SEVERAL = (Kind.LEFT_ALONE, Kind.STARVED)
"""Kinds that are about several processes as it is."""
_NUMBER = "-_ 0123456789"
"""What the names of a pool's processes differ by, at their ends."""


class Kin:
    """Says as which cause a moment is told: one for all processes of one parent in which the same happens."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        """Ask ``lanes``, which may grow."""
        self._lanes = lanes
        self._processes: dict[int, int | None] = {}
        self._families: dict[int, tuple[int, str] | None] = {}

    def process(self, scope: int) -> int | None:
        """The process that a cause's worker belongs to; None: it is the whole program."""
        if scope not in self._processes:
            at: int | None = scope if scope >= 0 else None
            while at is not None and self._lanes[at].kind is not WorkerKind.PROCESS:
                at = self._lanes[at].parent
            self._processes[scope] = at
        return self._processes[scope]

    def told_as(self, cause: Cause, moment: Moment) -> Cause:
        """The cause that a moment is told of by.

        A line is the same line in any process that this one's parent has started. A coroutine, or nothing in
        particular, is the same where the processes also go by the same name but for a number.
        """
        kind, scope, what = cause
        if what is None:
            what = line_of(moment.site)
        family = None if self._of_processes(kind, moment) else self._family(scope)
        if family is None:
            return kind, scope, what
        parent, name = family
        alike: Hashable = what if isinstance(what, tuple) and kind is not Kind.FAILED else (what, name)
        return kind, parent, ("each", self._thread(scope), alike)

    def _of_processes(self, kind: Kind, moment: Moment) -> bool:
        fallen = kind is Kind.FAILED and self._lanes[moment.worker].kind is WorkerKind.PROCESS
        return fallen or kind in _OF_SEVERAL

    def _family(self, scope: int) -> tuple[int, str] | None:
        """Who started a worker's process, and the name that it shares; as it was when it was first asked for.

        None: nobody did who is known.
        """
        process = self.process(scope)
        if process is None:
            return None
        if process not in self._families:
            lane = self._lanes[process]
            self._families[process] = (
                None if lane.parent is None else (lane.parent, lane.name.rstrip(_NUMBER)))
        return self._families[process]

    def _thread(self, scope: int) -> str:
        """The name of the thread, where it is one: two loops of a process are not each other's like."""
        lane = self._lanes[scope]
        return lane.name if lane.kind is WorkerKind.THREAD else ""
