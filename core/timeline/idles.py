"""What could have woken threads that waited in an epoll without a timeout, as it was seen from outside."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt


class Idle(NamedTuple):
    """A look at such a wait."""

    t_ns: int
    watched: int
    """How many descriptors the epoll watched; an event loop always watches one, by which others wake it."""
    signals: int
    """The signals that the process handled, a bit each; the lowest is signal 1."""


class Idles:
    """The looks, by process and thread id: one for each wait that lasted."""

    def __init__(self) -> None:
        """Begin with none."""
        self._looks: dict[tuple[int, int], list[Idle]] = {}

    def add(self, records: npt.NDArray[Any]) -> None:
        """IDLE records, in the log's order."""
        for r in records:
            look = Idle(int(r["t"]), int(r["value"]), int(r["a"]))
            self._looks.setdefault((int(r["pid"]), int(r["tid"])), []).append(look)

    def of(self, pid: int, tid: int, t0_ns: int, t1_ns: int) -> Idle | None:
        """The last look at a thread between two instants."""
        looks = reversed(self._looks.get((pid, tid), ()))
        return next((look for look in looks if t0_ns <= look.t_ns <= t1_ns), None)
