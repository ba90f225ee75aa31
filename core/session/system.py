"""The gauges: what the sampler outside the program saw last of its processes, cores and GILs."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.model import Known


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


class SystemView:
    """The latest gauges."""

    def process(self, pid: int) -> ProcessGauge | None:
        """The gauge of a process; None where it was never sampled."""
        return None

    def cores(self) -> tuple[float, ...]:
        """Busy share (0 … 1) of each core of the machine."""
        return ()

    def gil(self, pid: int) -> GilGauge | None:
        """The GIL of a process; None where nothing was sampled."""
        return None
