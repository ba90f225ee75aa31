"""The sampler: in the recorder's process, outside of the observed program, a look many times a second."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil

from concviz.core.system import layout as L
from concviz.core.system.linux import LinuxSource
from concviz.core.system.portable import PortableSource
from concviz.core.system.procfs import Proc
from concviz.core.system.writer import Writer

_SHARE = 0.05  # of one core, what the sampler may cost; it looks less often where that is not enough
_SLOWEST_NS = 500_000_000
_OLDEST_NS = 50_000_000  # what was seen is on disk that soon
_CORES_NS = 100_000_000
_CALM_NS = 500_000_000  # every thread asleep for that long: look less often until one wakes
_CALM_PERIOD_NS = 20_000_000


class Sampler:
    """Writes ``system.log`` of a session: states of threads, who holds the GIL, processes, cores."""

    def __init__(self, session: Path, root_pid: int, hz: int = 250, proc: Proc | None = None) -> None:
        """Open the session's files.

        Args:
            session: the session folder.
            root_pid: the observed program; everything below it is sampled.
            hz: sweeps a second, as long as they cost no more than a twentieth of a core.
            proc: the proc file system, if it is not the usual one.

        Raises:
            OSError: the session folder cannot be written to.
        """
        proc = proc or Proc()
        self._writer = Writer(session)
        self._source: LinuxSource | PortableSource = (
            LinuxSource(proc, session, root_pid, self._writer)
            if proc.present
            else PortableSource(root_pid, self._writer)
        )
        self._shortest_ns = self.period_ns = 1_000_000_000 // hz
        """Nanoseconds between two sweeps."""
        self._cores_ns = -_CORES_NS
        self._awake_ns = 0
        self.failure: str | None = None
        """What ended the sampling before its time, in one line; None when nothing did."""

    @property
    def dropped(self) -> int:
        """Records that could not be written."""
        return self._writer.dropped

    def run(self, stop: threading.Event) -> None:
        """Sample until ``stop`` is set, then close. Never raises: ``failure`` says what went wrong."""
        due_ns = time.perf_counter_ns()
        try:
            while not stop.is_set():
                began_ns = time.thread_time_ns()
                self.step(time.perf_counter_ns())
                self._pace(time.thread_time_ns() - began_ns)
                now_ns = time.perf_counter_ns()
                due_ns = max(due_ns + self.pause_ns(now_ns), now_ns)
                stop.wait((due_ns - now_ns) / 1e9)
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
        self.close()

    def step(self, now_ns: int) -> None:
        """Everything that is due at ``now_ns`` (the clock of ``time.perf_counter_ns``)."""
        if self._source.step(now_ns):
            self._awake_ns = now_ns
        if now_ns - self._cores_ns >= _CORES_NS:
            self._cores_ns = now_ns
            self._write_cores(now_ns)
        if self._writer.age_ns(now_ns) + self.period_ns >= _OLDEST_NS:
            self._writer.flush()

    def close(self) -> None:
        """Take a last look and let go of every file. Never raises."""
        try:
            self._source.close(time.perf_counter_ns())
        except Exception as error:
            self.failure = self.failure or f"{type(error).__name__}: {error}"
        self._writer.close()

    def _pace(self, cost_ns: int) -> None:
        """Follow what a step costs (smoothed: one in five looks at more than threads) with the period."""
        wanted_ns = min(max(round(cost_ns / _SHARE), self._shortest_ns), _SLOWEST_NS)
        self.period_ns = max(self._shortest_ns, (self.period_ns * 15 + wanted_ns) // 16)

    def pause_ns(self, now_ns: int) -> int:
        """How long until the next step: longer while nothing moves."""
        if now_ns - self._awake_ns < _CALM_NS:
            return self.period_ns
        return max(self.period_ns, _CALM_PERIOD_NS)

    def _write_cores(self, now_ns: int) -> None:
        """Cumulative busy and idle time of each core."""
        for core, times in enumerate(psutil.cpu_times(percpu=True)):
            idle_s = times.idle + getattr(times, "iowait", 0.0)
            # guest time is counted in user time already
            busy_s = sum(times) - idle_s - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
            self._writer.add(now_ns, L.Record.CORE, 0, 0, core, round(busy_s * 1e9), round(idle_s * 1e9))
