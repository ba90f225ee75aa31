"""One process seen from outside, over Linux's /proc: CPU time, core, memory, status, context switches."""

from __future__ import annotations

import os
import time

from concviz.core.system import layout as L
from concviz.core.system.affinity import Affinity
from concviz.core.system.gil import is_python
from concviz.core.system.procfs import KeptFile, Proc, Stat, parse_stat, parse_switches
from concviz.core.system.writer import Writer

_ALL_THREADS_NS = 500_000_000  # context switches of many threads: that often


class Process:
    """A process below the root, told from a later one with the same pid by its kept descriptors."""

    def __init__(self, proc: Proc, pid: int) -> None:
        """Open it.

        Raises:
            OSError: there is no such process.
            ValueError: what /proc says of it cannot be understood.
        """
        self.pid = pid
        self._proc = proc
        self._stat = KeptFile(f"{proc.root}/{pid}/stat")
        try:
            self.stat = self._read()
        except BaseException:
            self._stat.close()
            raise
        self.ppid = self.stat.ppid
        self.exit_value = 0
        self.logs = False
        """Has it written an event log (is it a Python that is observed)?"""
        self.cpu_ns = cpu_clock_ns(pid)
        """Its CPU clock when it was last asked for; 0 where that cannot be read."""
        self._refreshed_cpu_ns = self._children_cpu_ns = -1  # its CPU clock then
        self._known_children: list[int] = []
        self._switches = Switches(proc, pid)
        self._affinity = Affinity(pid)
        self.children_file: KeptFile | None = None
        try:
            self.children_file = KeptFile(f"{proc.root}/{pid}/task/{pid}/children")
        except OSError:
            pass
        self.name, self.python = self._identify()

    def tick(self) -> None:
        """Ask for its CPU clock: while that stands still nothing of it changes, nor does it end."""
        self.cpu_ns = cpu_clock_ns(self.pid)

    @property
    def rests(self) -> bool:
        """Has it not run between its last ``refresh`` and the last ``tick``?"""
        return self.cpu_ns != 0 and self.cpu_ns == self._refreshed_cpu_ns

    def refresh(self) -> bool:
        """Read its clock and its state again; False once it is over."""
        self.tick()
        self._refreshed_cpu_ns = self.cpu_ns
        try:
            before, self.stat = self.stat, self._read()
        except (OSError, ValueError):
            return False
        if self.stat.over:
            self.exit_value = _exit_value(self.stat.wait_status)
            return False
        if before.name != self.stat.name:
            self.name, self.python = self._identify()
        return True

    def write_birth(self, writer: Writer, now_ns: int) -> None:
        """Write that it is there (again when it became another program)."""
        python = int(self.python or self.logs)
        writer.add(
            now_ns, L.Record.BORN, self.pid, self.ppid, writer.text(self.name), self.stat.start_ticks, python
        )

    def write_gauges(self, writer: Writer, now_ns: int) -> None:
        """Write what the last ``refresh`` read, and the context switches."""
        self.write_clock(writer, now_ns)
        threads = self.stat.threads
        voluntary, involuntary = self._switches.read(now_ns, threads)
        writer.add(now_ns, L.Record.SWITCHES, self.pid, 0, threads, voluntary, involuntary)

    def write_clock(self, writer: Writer, now_ns: int) -> None:
        """Write its CPU time, and what else the last ``refresh`` read: all there is to say while it rests."""
        stat = self.stat
        value = L.process_value(stat.core, stat.status)
        cpu_ns = self.cpu_ns or stat.cpu_ns
        writer.add(now_ns, L.Record.PROCESS, self.pid, 0, value, cpu_ns, stat.rss_bytes)
        self._affinity.write(writer, now_ns)  # (others may change that while it rests)

    def children(self) -> list[int]:
        """Pids its main thread began; from all its threads: ``all_children``."""
        if self.children_file is None:
            return []
        if self.cpu_ns != 0 and self.cpu_ns == self._children_cpu_ns:
            return self._known_children  # to begin another takes CPU time
        self._children_cpu_ns = self.cpu_ns
        try:
            self._known_children = [int(pid) for pid in self.children_file.read(4096).split()]
        except (OSError, ValueError):
            self._known_children = []
        return self._known_children

    def all_children(self) -> list[int]:
        """Pids that any of its threads began."""
        if self.stat.threads < 2:
            return []
        found = []
        try:
            for tid in self._proc.tasks(self.pid):
                found += self._proc.children(self.pid, tid)
        except (OSError, ValueError):
            pass
        return found

    def close(self) -> None:
        """Let go of its files."""
        self._stat.close()
        self._switches.close()
        if self.children_file:
            self.children_file.close()

    def _read(self) -> Stat:
        return parse_stat(self._stat.read(1024))

    def _identify(self) -> tuple[str, bool]:
        """Its name (argv[0]'s where the kernel cut that to 15 characters) and whether it is a Python."""
        name, python = self.stat.name, False
        try:
            argument = os.path.basename(self._proc.read(f"{self.pid}/cmdline").split(b"\0")[0])
            if len(name) >= 15 and os.fsdecode(argument).startswith(name):
                name = os.fsdecode(argument)
            python = is_python(os.path.basename(self._proc.executable(self.pid)))
        except PermissionError:
            python = is_python(name)
        except OSError:
            pass
        return name, python


class Switches:
    """Context switches of a process: those of its threads, also of the ones that have ended."""

    def __init__(self, proc: Proc, pid: int) -> None:
        self._proc = proc
        self._pid = pid
        self._main: KeptFile | None = None
        try:
            self._main = KeptFile(f"{proc.root}/{pid}/status")
        except OSError:
            pass
        self._threads: dict[int, tuple[int, int]] = {}
        self._ended = (0, 0)
        self._all_ns = 0

    def read(self, now_ns: int, threads: int) -> tuple[int, int]:
        """Voluntary and involuntary switches since the process began; other threads' twice a second."""
        try:
            if threads < 2 and len(self._threads) < 2 and self._main:
                self._threads[self._pid] = parse_switches(self._main.read(4096))
            elif now_ns - self._all_ns >= _ALL_THREADS_NS:
                self._all_ns = now_ns
                self._read_all()
        except (OSError, ValueError):
            pass
        counts = [self._ended, *self._threads.values()]
        return sum(count[0] for count in counts), sum(count[1] for count in counts)

    def close(self) -> None:
        """Let go of the file."""
        if self._main:
            self._main.close()

    def _read_all(self) -> None:
        tids = self._proc.tasks(self._pid)
        for tid in self._threads.keys() - set(tids):
            voluntary, involuntary = self._threads.pop(tid)
            self._ended = (self._ended[0] + voluntary, self._ended[1] + involuntary)
        for tid in tids:
            try:
                self._threads[tid] = parse_switches(self._proc.read(f"{self._pid}/task/{tid}/status"))
            except (OSError, ValueError):
                continue


def cpu_clock_ns(pid: int) -> int:
    """CPU time of a process with its ended threads, clock_getcpuclockid(3); 0 where it cannot be read."""
    try:
        return time.clock_gettime_ns(~pid << 3 | 2)
    except (OSError, OverflowError):
        return 0


def _exit_value(wait_status: int) -> int:
    """A GONE record's value for a wait status (0 is also what the kernel says to who may not know)."""
    if wait_status == 0:
        return 0
    return L.EXIT_CODE_BIAS + (-(wait_status & 0x7F) if wait_status & 0x7F else wait_status >> 8)
