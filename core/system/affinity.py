"""Which cores a process may use, sched_getaffinity(2): written when it is first asked and when it changes."""

from __future__ import annotations

import os

from concviz.core.system import layout as L
from concviz.core.system.writer import Writer

_AGAIN_NS = 500_000_000
_BITS = 64
_SIGN = 1 << _BITS - 1


class Affinity:
    """The cores that one process may use (its main thread; others take theirs over when they begin)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._told: set[int] = set()
        self._asked_ns = -_AGAIN_NS

    def write(self, writer: Writer, now_ns: int) -> None:
        """Ask, twice a second at most, and write what is new; a record for each 64 cores."""
        if now_ns - self._asked_ns < _AGAIN_NS:
            return
        self._asked_ns = now_ns
        try:
            cores = os.sched_getaffinity(self._pid)
        except OSError:
            return
        if cores == self._told:
            return
        self._told = cores
        for block in range(max(cores) // _BITS + 1):
            mask = sum(1 << core % _BITS for core in cores if core // _BITS == block)
            signed = mask - (1 << _BITS) if mask & _SIGN else mask
            writer.add(now_ns, L.Record.AFFINITY, self._pid, block, len(cores), signed)
