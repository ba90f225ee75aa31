"""Everything below the root, over Linux's /proc: members found, their threads swept, their gauges written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from concviz.core.system import layout as L
from concviz.core.system.attachment import Attachment
from concviz.core.system.gil import Locator
from concviz.core.system.idling import Idling
from concviz.core.system.processes import Process
from concviz.core.system.procfs import Proc
from concviz.core.system.threads import Threads
from concviz.core.system.tree import Tree
from concviz.core.system.whereabouts import Whereabouts
from concviz.core.system.writer import Writer

_TREE_NS = 20_000_000
_GAUGES_NS = 100_000_000


class _Swept(NamedTuple):
    """What looks at one Python: its threads, its GIL and stacks, their lines, its event loops that idle."""

    threads: Threads
    attachment: Attachment
    whereabouts: Whereabouts
    idling: Idling


class LinuxSource:
    """Samples by direct reads of /proc, which cost a fraction of psutil's."""

    def __init__(self, proc: Proc, session: Path, root_pid: int, writer: Writer) -> None:
        self._writer = writer
        self._proc = proc
        self._tree = Tree(proc, session, root_pid)
        self._locator = Locator(proc)
        self._swept: dict[int, _Swept] = {}
        self._tree_ns = -_TREE_NS
        self._gauges_ns = -_GAUGES_NS

    def step(self, now_ns: int) -> bool:
        """Sweep the threads of every Python; look at tree and gauges when they are due.

        Returns:
            False when every thread that was swept sleeps, and slept since the last sweep.
        """
        for process in self._tree.members.values():
            process.tick()
        if now_ns - self._tree_ns >= _TREE_NS:
            self._tree_ns = now_ns
            self._look_for_members(now_ns)
        if now_ns - self._gauges_ns >= _GAUGES_NS:
            self._gauges_ns = now_ns
            for process in list(self._tree.members.values()):
                if process.rests:
                    process.write_clock(self._writer, now_ns)
                else:
                    self._refresh(process, now_ns)
        for pid in list(self._swept):
            self._sweep(pid, now_ns)
        return any(swept.threads.awake or swept.threads.moved for swept in self._swept.values())

    def close(self, now_ns: int) -> None:
        """Read the gauges once more and let go of everything; who has ended by now is written as gone."""
        for process in list(self._tree.members.values()):
            self._refresh(process, now_ns)
        for pid in list(self._swept):
            self._stop_sweeping(pid, now_ns)
        self._locator.close()
        self._tree.close()

    def _look_for_members(self, now_ns: int) -> None:
        new, observed = self._tree.look(now_ns)
        for process in new + observed:
            process.write_birth(self._writer, now_ns)
            self._follow(process, now_ns)

    def _follow(self, process: Process, now_ns: int) -> None:
        """Begin to sweep a process that is a Python, or stop when it no longer is one."""
        python = process.python or process.logs
        if python and process.pid not in self._swept:
            self._swept[process.pid] = _Swept(
                Threads(self._proc, process.pid, self._writer),
                Attachment(self._locator, process.pid, self._writer, now_ns),
                Whereabouts(process.pid, self._writer),
                Idling(self._proc, process.pid, self._writer),
            )
        elif not python and process.pid in self._swept:
            self._stop_sweeping(process.pid, now_ns)

    def _refresh(self, process: Process, now_ns: int) -> None:
        before = (process.name, process.python)
        if not process.refresh():
            self._bury(process, now_ns)
            return
        process.write_gauges(self._writer, now_ns)
        if (process.name, process.python) != before:
            process.write_birth(self._writer, now_ns)
            self._follow(process, now_ns)

    def _sweep(self, pid: int, now_ns: int) -> None:
        threads, attachment, whereabouts, idling = self._swept[pid]
        attachment.step(now_ns)
        cpu_ns = self._tree.members[pid].cpu_ns
        if not threads.sweep(now_ns, cpu_ns, attachment.gil, attachment.expected):
            self._refresh(self._tree.members[pid], now_ns)
            return
        idling.look(threads.seen, now_ns)
        if threads.lost_gil:
            attachment.lose(now_ns)
            self._refresh(self._tree.members[pid], now_ns)
        elif attachment.stacks:
            at_rest = not (threads.awake or threads.moved)
            whereabouts.look(
                threads.seen, attachment.stacks, now_ns, len(self._swept), cpu_ns if at_rest else 0
            )

    def _stop_sweeping(self, pid: int, now_ns: int) -> None:
        threads, attachment, *_ = self._swept.pop(pid)
        threads.close(now_ns)
        attachment.close()

    def _bury(self, process: Process, now_ns: int) -> None:
        if process.pid in self._swept:
            self._stop_sweeping(process.pid, now_ns)
        if process.stat.over:  # a zombie: its counters are final
            process.write_gauges(self._writer, now_ns)
        self._writer.add(now_ns, L.Record.GONE, process.pid, value=process.exit_value)
        self._tree.forget(process)
