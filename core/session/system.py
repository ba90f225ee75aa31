"""The gauges: what the sampler outside the program saw last of its processes, cores and GILs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from concviz.core.model import Known
from concviz.core.system import layout as S
from concviz.core.timeline.arrays import groups

_WINDOW_NS = 1_000_000_000
_SPARSE_NS = 200_000_000  # records of a counter that moves are closer together; longer, and it stood still
_FEED = 64  # the last so many records of a process are enough for its gauges
_CORES = 4096


@dataclass(frozen=True, slots=True)
class ProcessGauge:
    """A process as it was last sampled."""

    cpu_percent: float
    """Use of cores over the last second or so; 100 is one core."""
    core: int
    """The core it was last on, −1 unknown."""
    rss_bytes: int
    status: str
    """The kernel's letter (R, S, D, T, Z …), '' unknown."""
    voluntary: int
    """Context switches so far because it waited."""
    involuntary: int
    """Context switches so far because its turn was over."""
    threads: int


@dataclass(frozen=True, slots=True)
class GilGauge:
    """The GIL of a process as it was last sampled."""

    holder_tid: int
    """Native id of the thread that holds it, 0 free."""
    holder: int | None
    """The same as an index into ``Timeline.workers``, where it is one."""
    waiting: int
    """How many threads wait for it."""
    switches_per_s: float
    """How often it changes hands, over the last second or so."""
    known: Known
    why_not: str
    """Why the GIL cannot be read; '' where it can."""


class _Rate:
    """Growth of a counter a second, over the last second or so; untold it stands still."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=1024)

    def add(self, t_ns: int, value: int) -> None:
        if self._seen and t_ns <= self._seen[-1][0]:
            return
        self._seen.append((t_ns, value))
        while len(self._seen) > 2 and self._seen[1][0] < t_ns - _WINDOW_NS:
            self._seen.popleft()

    def per_s(self, now_ns: int) -> float:
        if len(self._seen) < 2:
            return 0.0
        t1, v1 = self._seen[-1]
        if t1 < now_ns - _SPARSE_NS:
            t1 = now_ns
        since_ns = t1 - _WINDOW_NS
        t0, v0 = next((told for told in reversed(self._seen) if told[0] <= since_ns), self._seen[0])
        if t0 < since_ns - _SPARSE_NS:
            t0 = since_ns
        return max(v1 - v0, 0) * 1e9 / (t1 - t0)


class _Process:
    """What was sampled of one process."""

    def __init__(self) -> None:
        self.sampled = False
        self.cpu, self.hand_overs = _Rate(), _Rate()
        self.core, self.status, self.rss = -1, "", 0
        self.threads = self.voluntary = self.involuntary = 0
        self.holder = self.waiting = 0
        self.has_gil = False
        self.why_not = ""


class SystemView:
    """The latest gauges."""

    def __init__(self, thread_of: Callable[[int, int], int | None], text: Callable[[int], str]) -> None:
        """Begin empty.

        Args:
            thread_of: (pid, native tid) → worker. text: number → text of system.names.
        """
        self._thread_of, self._text = thread_of, text
        self._processes: dict[int, _Process] = {}
        self._cores: dict[int, tuple[_Rate, _Rate]] = {}
        self._now_ns = 0  # the latest instant that was sampled

    def add(self, records: npt.NDArray[Any]) -> None:
        """Records of system.log, in its order."""
        if len(records):
            self._now_ns = max(self._now_ns, int(records["t"].max()))
        take = {
            S.Record.PROCESS: self._process, S.Record.SWITCHES: self._switches, S.Record.GIL: self._gil,
            S.Record.RADAR: self._radar,
        }
        for kind, feed in take.items():
            chosen = records[records["kind"] == kind]
            chosen = chosen[chosen["pid"].argsort(kind="stable")]
            for pid, first, stop in groups(chosen["pid"]):
                process = self._processes.setdefault(pid, _Process())
                for r in chosen[max(first, stop - _FEED) : stop]:
                    feed(process, r)
        for r in records[records["kind"] == S.Record.CORE][-_FEED * 64 :]:
            number = int(r["value"])
            if number < _CORES:
                busy, idle = self._cores.setdefault(number, (_Rate(), _Rate()))
                busy.add(int(r["t"]), int(r["a"]))
                idle.add(int(r["t"]), int(r["b"]))

    def process(self, pid: int) -> ProcessGauge | None:
        """The gauge of a process; None where it was never sampled."""
        p = self._processes.get(pid)
        if p is None or not p.sampled:
            return None
        return ProcessGauge(
            p.cpu.per_s(self._now_ns) / 1e7, p.core, p.rss, p.status, p.voluntary, p.involuntary, p.threads
        )

    def cores(self) -> tuple[float, ...]:
        """Busy share (0 … 1) of each core of the machine."""
        shares = []
        for _, (busy, idle) in sorted(self._cores.items()):
            used, unused = busy.per_s(self._now_ns), idle.per_s(self._now_ns)
            shares.append(used / (used + unused) if used + unused else 0.0)
        return tuple(shares)

    def gil(self, pid: int) -> GilGauge | None:
        """The GIL of a process; None where nothing was sampled."""
        p = self._processes.get(pid)
        if p is None or not (p.has_gil or p.why_not):
            return None
        known = Known.SAMPLED if p.has_gil else Known.INFERRED
        holder = self._thread_of(pid, p.holder) if p.holder else None
        return GilGauge(p.holder, holder, p.waiting, p.hand_overs.per_s(self._now_ns), known, p.why_not)

    def _process(self, process: _Process, r: Any) -> None:
        value = S.unpack_process(int(r["value"]))
        process.sampled = True
        process.core, process.rss = value.core, int(r["b"])
        process.status = value.status if value.status.isalpha() and value.status.isascii() else ""
        process.cpu.add(int(r["t"]), int(r["a"]))

    def _switches(self, process: _Process, r: Any) -> None:
        process.sampled = True
        process.threads, process.voluntary, process.involuntary = int(r["value"]), int(r["a"]), int(r["b"])

    def _gil(self, process: _Process, r: Any) -> None:
        process.has_gil = True
        process.holder, process.waiting = int(r["tid"]), int(r["value"])
        process.hand_overs.add(int(r["t"]), int(r["a"]))

    def _radar(self, process: _Process, r: Any) -> None:
        process.why_not = self._text(int(r["value"]))
