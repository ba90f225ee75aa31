"""Where a task's step spent its time, where a blocking call inside it tells: the blocked loop's line."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L
from concviz.core.timeline.arrays import arranged, groups, joined

_KEPT = 4096
"""Calls of a thread that wait for a step's record, besides those read with it: most threads make no steps."""
_PARTS = 64
"""Pieces that they are kept in."""


class StepSites:
    """Matches blocking calls with the steps they were made in.

    A call's record comes before that of the step around it: calls are kept until their thread's next steps.
    """

    def __init__(self) -> None:
        """Begin with no call kept."""
        self._calls: dict[int, list[npt.NDArray[Any]]] = {}

    def add(self, thread: int, blocks: npt.NDArray[Any], counts: npt.NDArray[np.bool_]) -> None:
        """Calls of a thread that are over; ``counts`` leaves out those of the loop itself."""
        chosen = blocks[counts]
        if len(chosen):
            kept = self._calls.setdefault(thread, [])
            if len(kept) >= _PARTS or sum(map(len, kept)) > 2 * _KEPT:
                kept[:] = [joined(kept)[-_KEPT:].copy()]
            kept.append(chosen)

    def of(self, steps: npt.NDArray[Any], ends: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """For each step the site of the call that took half of it or more, −1 where there is none."""
        result = np.full(len(steps), -1, np.int32)
        if not self._calls:
            return result
        threads = steps["word"] >> L.THREAD_SHIFT
        order = arranged(threads)
        for thread, first, stop in groups(threads[order]):
            parts = self._calls.pop(thread, None)
            if parts is None:
                continue
            calls = joined(parts)
            mine = order[first:stop]
            begins = steps["t0"][mine].astype(np.int64)
            low = calls["t0"].searchsorted(begins)
            high = calls["t0"].searchsorted(ends[mine])
            for i in (high > low).nonzero()[0].tolist():
                inside = calls[low[i] : high[i]]
                longest = inside[int((inside["t1"] - inside["t0"]).argmax())]
                if 2 * (longest["t1"] - longest["t0"]) >= ends[mine[i]] - begins[i]:
                    result[mine[i]] = longest["site"]
            later = calls[calls["t0"] >= ends[mine].max()]
            if len(later):
                self._calls[thread] = [later]
        return result

