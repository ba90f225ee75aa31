"""When a thread stood at a gate: whoever could have run there was kept from it by who holds the program.

The thread itself is ready for that time, and says so in its calls. A task is ready since it was woken, and
waits for its loop where the loop runs another one, but for its holder where the loop stood at a gate.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.timeline.sources import READY_HELD, READY_LOOP

BRIDGED_NS = 1_000_000
"""Less than this between two gates of a thread, or before or after one, is no span of its own: a program that
is stepped by itself would have as many of them as gates for each task that is ready."""


class Pieces:
    """Parts of ready spans: ``which`` span, where the part begins, its code."""

    def __init__(self, parts: list[tuple[int, int, int]]) -> None:
        """Of (span, begin, code), sorted."""
        columns = np.array(parts, np.int64).reshape(-1, 3)
        self.which: npt.NDArray[np.int64] = columns[:, 0]
        self.starts: npt.NDArray[np.int64] = columns[:, 1]
        self.codes = columns[:, 2].astype(np.uint8)


class Held:
    """The gates that the threads of one log stood at."""

    def __init__(self) -> None:
        """None as yet."""
        self._begins: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}

    def add(self, thread: int, begins: npt.NDArray[Any], ends: npt.NDArray[Any]) -> None:
        """A thread stood at gates between these instants, in order."""
        known, until = self._begins.setdefault(thread, []), self._ends.setdefault(thread, [])
        for begin, end in zip(begins.tolist(), ends.tolist()):
            if until and begin - until[-1] < BRIDGED_NS:
                until[-1] = max(until[-1], end)
            else:
                known.append(begin)
                until.append(end)

    def within(self, threads: npt.NDArray[Any], begins: npt.NDArray[Any], ends: npt.NDArray[Any]) -> Pieces:
        """How spans of waiting for a loop are to be cut; one in which the loop was not held is left out.

        Args:
            threads: in which its loop runs. begins, ends: its borders.
        """
        parts: list[tuple[int, int, int]] = []
        if self._begins:
            some = np.isin(threads, list(self._begins)) & (begins < ends)
            for at in some.nonzero()[0].tolist():
                self._cut(parts, at, int(threads[at]), int(begins[at]), int(ends[at]))
        return Pieces(parts)

    def since(self, thread: int, begin: int, gate: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(starts, codes) from ``begin`` on of a task that is ready, and whose loop stands at a gate."""
        parts: list[tuple[int, int, int]] = []
        if thread in self._begins and begin < gate:
            self._cut(parts, 0, thread, begin, gate)
        last = parts[-1] if parts else (0, begin, READY_LOOP)
        if last[2] == READY_LOOP:
            early = gate - begin < BRIDGED_NS and not parts
            parts.append((0, begin if early else max(gate, last[1]), READY_HELD))
        return tuple(start for _, start, _ in parts), tuple(code for _, _, code in parts)

    def _cut(self, parts: list[tuple[int, int, int]], at: int, thread: int, begin: int, end: int) -> None:
        known, until = self._begins[thread], self._ends[thread]
        i = bisect_right(until, begin)
        while i < len(known) and known[i] < end:
            early = known[i] - begin < BRIDGED_NS
            parts.append((at, begin if early else known[i], READY_HELD))
            if end - until[i] >= BRIDGED_NS:
                parts.append((at, until[i], READY_LOOP))
            i += 1
