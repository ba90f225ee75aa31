"""Where threads were seen standing, from outside: the samples that ``sampled_sites.py`` makes lines of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.timeline.answers import I64
from concviz.core.timeline.arrays import groups, mapped
from concviz.core.timeline.sources import Names
from concviz.core.timeline.words import Words

SEEN = np.dtype([("t", "<i8"), ("site", "<i4"), ("state", "u1")])
"""When, where (as the timeline numbers sites), and in which ``ThreadState``."""
NOWHERE = np.empty(0, SEEN)


class Whereabouts:
    """The samples, by process and thread id."""

    def __init__(self) -> None:
        """Begin with none."""
        self._parts: dict[tuple[int, int], list[npt.NDArray[Any]]] = {}
        self._times: dict[tuple[int, int], I64] = {}  # of the first part, for quick searching
        self._sites: dict[int, int] = {}

    def add(self, records: npt.NDArray[Any], names: Names, words: Words) -> None:
        """SITE records, in the log's order, with the log's names."""
        if not len(records):
            return

        def site(number: int) -> int:
            if number not in self._sites:
                found = names.site(number)
                if found is None:
                    return -1
                self._sites[number] = words.site(found)
            return self._sites[number]

        seen = np.empty(len(records), SEEN)
        seen["t"], seen["site"] = records["t"], mapped(records["value"], site)
        seen["state"] = records["a"] & 0xFF
        keys = records["pid"].astype(np.int64) << 32 | records["tid"]
        order = np.argsort(keys, kind="stable")
        for key, first, stop in groups(keys[order]):
            part = seen[order[first:stop]]
            self._parts.setdefault((key >> 32, key & 0xFFFFFFFF), []).append(part[part["site"] >= 0])

    def of(self, pid: int, tid: int, t0_ns: int, t1_ns: int) -> npt.NDArray[Any]:
        """The samples of a thread between two instants, in order."""
        parts = self._parts.get((pid, tid))
        if not parts:
            return NOWHERE
        if len(parts) > 1 or (pid, tid) not in self._times:
            parts[:] = [np.concatenate(parts)]
            self._times[pid, tid] = np.ascontiguousarray(parts[0]["t"])
        times = self._times[pid, tid]
        return parts[0][int(times.searchsorted(t0_ns)) : int(times.searchsorted(t1_ns, "right"))]
