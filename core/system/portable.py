"""Everything below the root where there is no Linux /proc (macOS, FreeBSD): processes, gauges by psutil."""

from __future__ import annotations

import psutil

from concviz.core.system import layout as L
from concviz.core.system.gil import is_python
from concviz.core.system.writer import Writer

_TREE_NS = 500_000_000
_GAUGES_NS = 100_000_000
_LETTERS = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_TRACING_STOP: "t",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_DEAD: "X",
    psutil.STATUS_IDLE: "I",
}
NO_PROC = "no /proc: only Linux shows another process's memory and system calls"


class PortableSource:
    """Samples by psutil alone: no thread states, no GIL."""

    def __init__(self, root_pid: int, writer: Writer) -> None:
        self._writer = writer
        self._members: dict[int, psutil.Process] = {}
        self._root = root_pid
        self._tree_ns = -_TREE_NS
        self._gauges_ns = -_GAUGES_NS

    def step(self, now_ns: int) -> bool:
        """Look at tree and gauges when they are due; True: there is always something to look at."""
        if now_ns - self._tree_ns >= _TREE_NS:
            self._tree_ns = now_ns
            self._look_for_members(now_ns)
        if now_ns - self._gauges_ns >= _GAUGES_NS:
            self._gauges_ns = now_ns
            self._write_all(now_ns)
        return True

    def close(self, now_ns: int) -> None:
        """Read the gauges once more; who has ended by now is written as gone."""
        self._write_all(now_ns)
        self._members.clear()

    def _look_for_members(self, now_ns: int) -> None:
        """Ask every member for its children, so that those of a parent that ends are not lost."""
        try:
            found = {} if self._root in self._members else {self._root: psutil.Process(self._root)}
        except psutil.Error:
            found = {}
        for process in [*self._members.values(), *found.values()]:
            try:  # refuses when the pid belongs to another process by now
                found |= {child.pid: child for child in process.children(recursive=True)}
            except psutil.Error:
                continue
        for pid, process in found.items():
            if pid not in self._members:
                self._join(process, now_ns)

    def _join(self, process: psutil.Process, now_ns: int) -> None:
        try:
            with process.oneshot():
                name, ppid, born_s = process.name(), process.ppid(), process.create_time()
        except psutil.Error:
            return
        self._members[process.pid] = process
        python = int(is_python(name.lower()))
        ticks = round(born_s * 100)  # since 1970, not since boot: it only tells one pid's owners apart
        self._writer.add(now_ns, L.Record.BORN, process.pid, ppid, self._writer.text(name), ticks, python)
        if python:
            self._writer.add(now_ns, L.Record.RADAR, process.pid, value=self._writer.text(NO_PROC))

    def _write_all(self, now_ns: int) -> None:
        for pid, process in list(self._members.items()):
            try:
                if not self._write(process, now_ns):
                    raise psutil.NoSuchProcess(pid)
            except psutil.AccessDenied:
                continue
            except psutil.Error:
                self._writer.add(now_ns, L.Record.GONE, pid)
                del self._members[pid]
                if pid == self._root:
                    self._root = 0

    def _write(self, process: psutil.Process, now_ns: int) -> bool:
        """Write one process's gauges; False when it is over."""
        with process.oneshot():
            status = process.status()
            if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return False
            times, switches = process.cpu_times(), process.num_ctx_switches()
            core = process.cpu_num() if hasattr(process, "cpu_num") else -1
            value = L.process_value(core, _LETTERS.get(status, "?"))
            cpu_ns = round((times.user + times.system) * 1e9)
            rss_bytes = process.memory_info().rss
            self._writer.add(now_ns, L.Record.PROCESS, process.pid, 0, value, cpu_ns, rss_bytes)
            self._writer.add(
                now_ns, L.Record.SWITCHES, process.pid, 0,
                process.num_threads(), switches.voluntary, switches.involuntary,
            )
        return True
