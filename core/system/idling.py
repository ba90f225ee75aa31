"""Threads that wait in an epoll without a timeout (event loops without a timer): what could wake them.

Each such wait that lasts is looked at once and written as an IDLE record: how many descriptors are watched,
and which signals the process handles.
"""

from __future__ import annotations

from collections.abc import Mapping

from concviz.core.system import layout as L
from concviz.core.system.layout import ThreadState
from concviz.core.system.procfs import Proc, parse_schedstat
from concviz.core.system.syscalls import epoll_without_timeout
from concviz.core.system.whereabouts import Seen
from concviz.core.system.writer import Writer

PERIOD_NS = 500_000_000
_SIGNALS = (1 << 63) - 1 & ~(3 << 31)  # up to 63, without those that the C library uses itself: 32 and 33


class Idling:
    """Looks at the threads of one process, at its own pace."""

    def __init__(self, proc: Proc, pid: int, writer: Writer) -> None:
        self._proc, self._pid, self._writer = proc, pid, writer
        self._due_ns = 0
        self._seen: dict[int, tuple[int, bool]] = {}  # tid → its slices at the last look, and was it told?

    def look(self, threads: Mapping[int, Seen], now_ns: int) -> None:
        """Write what could wake those that stand where they stood at the last look, if it is time.

        Args:
            threads: by the kernel's id, as they were last swept.
        """
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + PERIOD_NS
        before, self._seen = self._seen, {}
        for thread in threads.values():
            if thread.state != ThreadState.BLOCKED or thread.wait != L.Wait.SELECT:
                continue
            slices, told = before.get(thread.tid, (-1, False))
            stands = slices == thread.slices
            if stands and not told:
                self._tell(thread, now_ns)
            self._seen[thread.tid] = thread.slices, stands

    def _tell(self, thread: Seen, now_ns: int) -> None:
        """Write the record, unless a timeout ends the wait, or the thread has run meanwhile."""
        task = f"{self._pid}/task/{thread.tid}"
        try:
            epoll = epoll_without_timeout(self._proc.read(f"{task}/syscall"))
            if epoll is None:
                return
            watched = self._proc.read(f"{self._pid}/fdinfo/{epoll}").count(b"tfd:")
            signals = parse_handled(self._proc.read(f"{self._pid}/status"))
            _, _, slices = parse_schedstat(self._proc.read(f"{task}/schedstat"))
        except (OSError, ValueError):
            return
        if slices == thread.slices:
            self._writer.add(now_ns, L.Record.IDLE, self._pid, thread.tid, watched, signals & _SIGNALS)


def parse_handled(data: bytes) -> int:
    """The signals that a process handles, from its ``status`` file: a bit each, the lowest is signal 1.

    Raises:
        ValueError: they are not there.
    """
    for line in data.splitlines():
        key, _, value = line.partition(b":")
        if key == b"SigCgt":
            return int(value, 16)
    raise ValueError("no signals in status")
