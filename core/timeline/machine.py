"""What the machine says about its cores: how busy each was with anything, and which processes may use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.system import layout as S
from concviz.core.timeline.answers import I64
from concviz.core.timeline.arrays import groups

MOST_CORES = 4096
_BLOCK = 64


class Busy:
    """The machine's counts of the time that its cores were busy; they move in ticks."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        """How many cores are counted."""
        self._parts: dict[int, list[npt.NDArray[Any]]] = {}

    def add(self, records: npt.NDArray[Any]) -> None:
        """CORE records, in the log's order."""
        records = records[records["value"] < MOST_CORES]
        records = records[np.argsort(records["value"], kind="stable")]
        for core, first, stop in groups(records["value"]):
            self._parts.setdefault(core, []).append(records[first:stop])
            self.count = max(self.count, core + 1)

    def of(self, core: int) -> tuple[I64, I64]:
        """When a core's count was read, and the counts, in nanoseconds."""
        parts = self._parts.get(core)
        if not parts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        if len(parts) > 1:
            parts[:] = [np.concatenate(parts)]
        return parts[0]["t"].astype(np.int64), parts[0]["a"]

    def share(self, core: int, t_ns: int, window_ns: int) -> float | None:
        """The share of a window around an instant in which the core did anything; None: not looked at."""
        times, busy = self.of(core)
        edges = np.array([t_ns - window_ns // 2, t_ns + window_ns // 2])
        if not len(times) or edges[1] < times[0] or edges[0] > times[-1]:
            return None
        edges = np.clip(edges, times[0], times[-1])
        lasted = int(edges[1] - edges[0])
        return min(float(np.diff(np.interp(edges, times, busy))[0]) / lasted, 1.0) if lasted else None


class Rights:
    """Which cores the processes may use; a thread of theirs may have been given fewer."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._said: dict[int, list[tuple[int, int]]] = {}
        self._gone: dict[int, int] = {}

    def add(self, records: npt.NDArray[Any]) -> None:
        """AFFINITY and GONE records, in the log's order."""
        for r in records:
            pid, t = int(r["pid"]), int(r["t"])
            if int(r["kind"]) == S.Record.GONE:
                self._gone[pid] = t
            else:
                self._say(pid, t, (int(r["a"]) & (1 << _BLOCK) - 1) << _BLOCK * int(r["tid"]))

    def _say(self, pid: int, t: int, mask: int) -> None:
        """A record for each 64 cores: those of one instant are one mask."""
        self._gone.pop(pid, None)
        said = self._said.setdefault(pid, [])
        if said and said[-1][0] == t:
            mask |= said.pop()[1]
        said.append((t, mask))

    def of(self, pid: int, t_ns: int) -> int | None:
        """The cores that a process could use at an instant, a bit for each; None: not known."""
        return next((mask for t, mask in reversed(self._said.get(pid, ())) if t <= t_ns), None)

    def living(self, t_ns: int) -> list[int]:
        """Pids of the processes whose rights were known at an instant, and which were not gone."""
        return [
            pid for pid, said in self._said.items()
            if said[0][0] <= t_ns and self._gone.get(pid, t_ns + 1) > t_ns
        ]

    def forbidden(self, core: int, t_ns: int) -> bool:
        """True where no process of the program could use the core at that instant."""
        masks = [mask for pid in self.living(t_ns) if (mask := self.of(pid, t_ns)) is not None]
        return bool(masks) and not any(mask >> core & 1 for mask in masks)
