"""Where the tasks and threads of one process stand and what they are called, from the log it writes.

Gates speak in numbers. A task's step is in the log before its loop comes to the next gate, so what is read
here is as new as the gate.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from concviz.core.agent import layout as L
from concviz.core.model import Site
from concviz.core.session.names import Names

if TYPE_CHECKING:
    from concviz.core.session.events import EventLog

_AT_ONCE = 200_000  # records


class LivingTask(NamedTuple):
    """A task's name, and the number of the site where it awaits (or, before its first step, is defined)."""

    name: str
    site: int


class Places(Protocol):
    """What the numbers of one process mean."""

    def site(self, number: int) -> Site | None:
        """A place in the program; None where it is not known."""

    def task(self, number: int) -> LivingTask | None:
        """A task as it stands now; None where it has ended or is not known."""

    def thread_name(self, number: int) -> str:
        """A thread's name; '' where it is not known."""

    def moved(self) -> None:
        """The process has run since it was asked last."""


class Whereabouts:
    """``Places`` read from a process's log and names file, as far as they have been written."""

    def __init__(self, session: Path, stem: str) -> None:
        """Nothing is read before somebody asks."""
        self._path = session / "events" / f"{stem}.events"
        self._names = Names(session / "events" / f"{stem}.names")
        self._log: EventLog | None = None
        self._tasks: dict[int, LivingTask] = {}
        self._threads: dict[int, int] = {}
        self._stale = True

    def moved(self) -> None:
        """See ``Places``."""
        self._stale = True

    def site(self, number: int) -> Site | None:
        """See ``Places``."""
        found = self._names.site(number)
        if found is None and number and self._names.advance():
            found = self._names.site(number)
        return found

    def task(self, number: int) -> LivingTask | None:
        """See ``Places``."""
        self._read()
        return self._tasks.get(number)

    def thread_name(self, number: int) -> str:
        """See ``Places``."""
        self._read()
        return self._text(self._threads.get(number, 0))

    def _text(self, number: int) -> str:
        found = self._names.text(number)
        if not found and number and self._names.advance():
            found = self._names.text(number)
        return found

    def _read(self) -> None:
        if not self._stale:
            return
        self._stale = False
        if self._log is None:
            from concviz.core.session.events import EventLog  # brings NumPy: not before it is needed

            self._log = EventLog(self._path)
        self._log.drained = False
        while not self._log.drained:
            self._take(self._log.read(_AT_ONCE, time.perf_counter_ns()))

    def _take(self, records: Any) -> None:
        kinds = records["word"] & L.KIND_MASK
        for record in records[kinds == L.TASK_BORN].tolist():
            self._tasks[record[3]] = LivingTask(self._text(record[5]), record[6])
        for record in records[kinds == L.THREAD_BORN].tolist():
            self._threads[record[2] >> L.THREAD_SHIFT] = record[4]
        for record in records[kinds == L.TASK_NAME].tolist():
            if record[3] in self._tasks:
                self._tasks[record[3]] = self._tasks[record[3]]._replace(name=self._text(record[4]))
        self._take_steps(records[(kinds == L.STEP) | (kinds == L.EAGER_STEP)])

    def _take_steps(self, steps: Any) -> None:
        """Only the last step of each task counts: a program may have made millions before it was held."""
        last = dict(zip(steps["a"].tolist(), range(len(steps)), strict=True))
        for task, at in last.items():
            if L.REF_ENDED <= int(steps["e"][at]) >> L.REF_SHIFT <= L.REF_CANCELLED:
                self._tasks.pop(task, None)
            elif task in self._tasks:
                site = int(steps["b"][at]) or self._tasks[task].site
                self._tasks[task] = self._tasks[task]._replace(site=site)
