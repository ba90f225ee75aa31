"""Names, letters and colours of those who were on a core. Pure."""

from __future__ import annotations

from string import ascii_letters
from typing import TYPE_CHECKING

from concviz.core.model import Kind, Reason, Worker
from concviz.tui.palette import Palette
from concviz.tui.units import short

if TYPE_CHECKING:
    from concviz.core.timeline.timeline import Timeline

_LETTERS = ascii_letters.upper()[26:] + ascii_letters[:26]
_MORE = "+"
_HUES = (Reason.IO, Reason.AWAIT, Reason.LOCK, Reason.EXECUTOR, Reason.QUEUE, Reason.CHILD, Reason.GIL)


class CoreNames:
    """Who an occupant's number stands for. Each process has a letter, and one of eight colours."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._order: dict[int, int] = {}
        self._threads: dict[tuple[int, int], list[int]] = {}
        self._processes: dict[int, list[int]] = {}
        self._seen = (-1, -1)

    def _renew(self) -> None:
        timeline = self._timeline
        now = (timeline.revision, len(timeline.cores.occupants))
        if now == self._seen:
            return
        self._seen = now
        self._threads, self._processes = {}, {}
        for worker in timeline.workers:
            if worker.kind is Kind.THREAD:
                self._threads.setdefault((worker.pid, worker.tid), []).append(worker.index)
            elif worker.kind is Kind.PROCESS:
                self._processes.setdefault(worker.pid, []).append(worker.index)
        for occupant in timeline.cores.occupants:
            self._order.setdefault(occupant.pid, len(self._order))

    def letter(self, pid: int) -> str:
        """The letter of a process: A is the first that was seen on a core."""
        self._renew()
        place = self._order.get(pid, len(_LETTERS))
        return _LETTERS[place] if place < len(_LETTERS) else _MORE

    def color(self, pid: int, palette: Palette) -> str:
        """The colour of a process."""
        self._renew()
        hues = (palette.running, *(palette.reason(reason) for reason in _HUES))
        return hues[self._order.get(pid, 0) % len(hues)]

    def worker(self, who: int, t_ns: int) -> Worker | None:
        """The thread, or else the process, that an occupant was at an instant."""
        self._renew()
        pid, tid = self._timeline.cores.occupants[who]
        found = self._threads.get((pid, tid)) or self._processes.get(pid) or []
        workers = [self._timeline.workers[index] for index in found]
        return next((w for w in reversed(workers) if w.start_ns <= t_ns), workers[0] if workers else None)

    def process(self, pid: int) -> str:
        """The name of a process."""
        self._renew()
        found = self._processes.get(pid)
        return short(self._timeline.workers[found[-1]].name) if found else f"pid {pid}"

    def name(self, who: int, t_ns: int) -> str:
        """A thread's name; of a main thread, and where no thread is known, the name of its process."""
        pid, tid = self._timeline.cores.occupants[who]
        worker = self.worker(who, t_ns)
        if worker is None or worker.kind is not Kind.THREAD or tid == pid:
            return self.process(pid)
        return short(worker.name)
