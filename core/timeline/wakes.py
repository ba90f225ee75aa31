"""Who woke whom: one flat list, because it is asked about at a key press and never per frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from concviz.core.timeline.answers import WakeColumns


class Wakes:
    """Wake-ups by workers (those by timers and I/O are with the span that they began)."""

    def __init__(self) -> None:
        """Begin empty."""
        self._parts: list[tuple[Any, Any, Any]] = []

    def add(self, times: Any, wakers: Any, woken: Any) -> None:
        """``wakers`` (worker indices) made ``woken`` ready at ``times``."""
        if len(times):
            self._parts.append((times, wakers, woken))

    def after(self, waker: int, t_ns: int) -> tuple[int, int] | None:
        """(instant, worker) of the first wake-up by ``waker`` at or after ``t_ns``."""
        self._join()
        best: tuple[int, int] | None = None
        for times, wakers, woken in self._parts:
            at = ((wakers == waker) & (times >= t_ns)).nonzero()[0]
            if len(at):
                i = at[times[at].argmin()]
                found = (int(times[i]), int(woken[i]))
                best = found if best is None else min(best, found)
        return best

    def between(self, t0_ns: int, t1_ns: int) -> WakeColumns:
        """All wake-ups from an instant up to another (not included), in order of time."""
        self._join()
        columns = self._parts[0] if self._parts else (np.empty(0, np.int64),) * 3
        inside = ((columns[0] >= t0_ns) & (columns[0] < t1_ns)).nonzero()[0]
        inside = inside[np.argsort(columns[0][inside], kind="stable")]
        return WakeColumns(*(column[inside].astype(np.int64) for column in columns))

    def _join(self) -> None:
        if len(self._parts) > 1:
            self._parts = [tuple(np.concatenate(column) for column in zip(*self._parts))]  # type: ignore[list-item]
