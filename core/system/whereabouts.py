"""Where the threads of one process stand, looked at a few dozen times a second and written as SITE records.

A thread that computes, or could, is looked at each time; one that is blocked once for each wait.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from concviz.core.agent.layout import SITE_LIBRARY
from concviz.core.system import layout as L
from concviz.core.system.layout import ThreadState
from concviz.core.system.stacks import Place, Stacks
from concviz.core.system.writer import Writer

PERIOD_NS = 25_000_000
_SHARE = 100  # a hundredth of a core is what looking may cost in all
_MOST_AT_ONCE = 64  # threads in one pass; the others come next, so that no sweep is late
_GOLDEN = 0.6180339887498949  # steps of it fall evenly and in step with nothing a program may do


class Seen(Protocol):
    """A thread as it was last swept."""

    tid: int
    state: ThreadState
    wait: L.Wait
    slices: int
    """How often it was put on a core."""


class Whereabouts:
    """Looks where threads stand, at its own pace."""

    def __init__(self, pid: int, writer: Writer) -> None:
        self._pid, self._writer = pid, writer
        self._due_ns = 0
        self._phase = 0.0
        self._looked_cpu_ns = -1  # the process's CPU clock at the last look that left nobody out
        self._looked: dict[int, tuple[int, int]] = {}  # tid → when it was looked at, and its slices then

    def look(
        self, threads: Mapping[int, Seen], stacks: Stacks, now_ns: int, crowd: int = 1, cpu_ns: int = 0,
    ) -> None:
        """Write where threads stand, if it is time.

        Args:
            threads: by the kernel's id. crowd: processes that are looked at.
            cpu_ns: of a process whose threads all sleep, its CPU clock: while that stands still nobody stands
                elsewhere. 0 for any other.
        """
        if now_ns < self._due_ns or (cpu_ns and cpu_ns == self._looked_cpu_ns):
            return
        began_ns = time.thread_time_ns()
        due = [thread for thread in threads.values() if self._is_due(thread)]
        self._looked_cpu_ns = cpu_ns if len(due) <= _MOST_AT_ONCE else -1
        if len(due) > _MOST_AT_ONCE:
            due = sorted(due, key=lambda thread: self._looked.get(thread.tid, (0, 0)))[:_MOST_AT_ONCE]
        for thread in due:
            standing = stacks.standing(thread.tid, threads.keys(), now_ns)
            self._looked[thread.tid] = now_ns, thread.slices
            if standing is not None:
                call = self._site(standing.call, SITE_LIBRARY) if standing.call else 0
                flags = SITE_LIBRARY if standing.library else 0
                self._write(thread, self._site(standing.place, flags, call), now_ns)
        if len(self._looked) > 2 * len(threads):
            self._looked = {tid: seen for tid, seen in self._looked.items() if tid in threads}
        self._phase = (self._phase + _GOLDEN) % 1
        cost_ns = time.thread_time_ns() - began_ns
        self._due_ns = now_ns + max(round(PERIOD_NS * (0.5 + self._phase)), cost_ns * _SHARE * crowd)

    def _is_due(self, thread: Seen) -> bool:
        if thread.state != ThreadState.BLOCKED:
            return True
        looked = self._looked.get(thread.tid)
        return looked is None or looked[1] != thread.slices

    def _site(self, place: Place, flags: int, call: int = 0) -> int:
        return self._writer.site(place.file, place.line, place.function, call, flags)

    def _write(self, thread: Seen, site: int, now_ns: int) -> None:
        if site:
            state = L.thread_value(thread.state, thread.wait)
            self._writer.add(now_ns, L.Record.SITE, self._pid, thread.tid, site, state)
