"""Which processes there are below the root, over Linux's /proc.

A process that was once seen stays a member until it ends, also when its parent ends before it. Two sources:
the kernel's lists of children, and the event logs in the session folder, which also name those whose parent
was gone before anybody looked.
"""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

from concviz.core.agent import layout as agent
from concviz.core.system.processes import Process
from concviz.core.system.procfs import Proc

_ALL_THREADS_NS = 500_000_000
_SAME_STAMP_NS = 100_000_000  # two changes of a folder this close may bear the same time stamp


class Tree:
    """The members, found and forgotten step by step."""

    def __init__(self, proc: Proc, session: Path, root_pid: int) -> None:
        self.members: dict[int, Process] = {}
        self._proc = proc
        self._logs = Logs(proc, session)
        self._root = root_pid
        self._all_ns = -_ALL_THREADS_NS

    def look(self, now_ns: int) -> tuple[list[Process], list[Process]]:
        """Look for new members.

        Returns:
            Those that are new, parents before children, and those whose event log was seen first now.
        """
        found: list[Process] = []
        self._join(self._root, found)
        thorough = now_ns - self._all_ns >= _ALL_THREADS_NS
        if thorough:
            self._all_ns = now_ns
        queue = list(self.members.values())
        for process in queue:  # grows while it is walked: a new member's children are looked at as well
            at = len(found)
            for pid in process.children() + (process.all_children() if thorough else []):
                self._join(pid, found)
            queue += found[at:]
        at = len(found)
        logging = self._logs.pids()
        for pid in logging:
            self._join(pid, found)
        observed = [self.members[pid] for pid in logging if pid in self.members]
        observed = [process for process in observed if not process.logs]
        for process in observed:
            process.logs = True
        return found, [process for process in observed if process not in found]

    def forget(self, process: Process) -> None:
        """A member is over."""
        process.close()
        del self.members[process.pid]
        if process.pid == self._root:
            self._root = 0

    def close(self) -> None:
        """Let go of every member."""
        for process in self.members.values():
            process.close()
        self.members.clear()

    def _join(self, pid: int, found: list[Process]) -> None:
        if pid in self.members or pid <= 0:
            return
        try:
            process = Process(self._proc, pid)
        except (OSError, ValueError):
            return
        if process.stat.over:
            process.close()
            return
        self.members[pid] = process
        found.append(process)


class Logs:
    """The event logs of the session: who writes one is a Python below the root."""

    def __init__(self, proc: Proc, session: Path) -> None:
        self._proc = proc
        self._folder = session / "events"
        self._changed_ns = -1
        self._seen: set[str] = set()

    def pids(self) -> list[int]:
        """Pids of living processes that have begun a log since the last call."""
        try:
            changed_ns = os.stat(self._folder).st_mtime_ns
            if changed_ns == self._changed_ns:
                return []
            names = set(os.listdir(self._folder)) - self._seen
        except OSError:
            return []
        found, settled = [], True
        for name in names:
            if not name.endswith(".events"):
                continue
            pid = self._writer_of(name)
            if pid is None:
                settled = False
                continue
            self._seen.add(name)
            if pid:
                found.append(pid)
        if settled and time.time_ns() - changed_ns > _SAME_STAMP_NS:
            self._changed_ns = changed_ns
        return found

    def _writer_of(self, name: str) -> int | None:
        """Pid of the living process that writes this log; 0: none does, None: its header is not there yet.

        The start time in the header tells it from a process that got the same pid later, or in another
        pid namespace.
        """
        try:
            with open(self._folder / name, "rb") as log:
                header = agent.HEADER.unpack(log.read(agent.HEADER.size))
            if header[0] != agent.MAGIC:
                return None
            pid, start_ticks = int(header[7]), int(header[12])
        except OSError:
            return 0
        except struct.error:
            return None
        try:
            return pid if self._proc.stat(pid).start_ticks == start_ticks else 0
        except (OSError, ValueError):
            return 0
