"""Looks at threads and processes, made into stays on a core: from each look to the next of the same one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.system import layout as S
from concviz.core.timeline.answers import I64
from concviz.core.timeline.stays import LONGEST_NS, STAY

CARRY_NS = 200_000_000
"""A thread in use of CPU is looked at again within a fraction of this; after it nothing is known."""
_BEAT_NS = 50_000_000
_CLOCK_NS = 30_000_000
"""Over so much, CPU clocks that move in ticks tell a share; below, who is seen running is taken to run."""
_LEAST = 0.02
_ON_CORE = np.isin(np.arange(256), (S.ThreadState.HOLDS_GIL, S.ThreadState.ON_CORE))
LOOK = np.dtype([
    ("key", "<i8"), ("t", "<i8"), ("core", "<i4"), ("on", "?"), ("cpu", "<i8"), ("moved", "?"),
])
"""One look: at whom (pid and tid), when, on which core (−1 unknown), did it run there, its CPU clock, whether
it was on another core before."""


class Looks:
    """Looks that arrive in pieces."""

    def __init__(self, *, whole: bool) -> None:
        """Begin with none.

        Args:
            whole: they are at processes, whose CPU clock alone tells whether they ran between two looks.
        """
        self._whole = whole
        self.last = np.empty(0, LOOK)
        """The last look at each."""

    def add(self, looks: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Take in looks, in any order; the looks that have a next one, with that one's time and CPU clock."""
        looks = np.concatenate((self.last, looks))
        looks = looks[np.lexsort((looks["t"], looks["key"]))]
        same = looks["key"][1:] == looks["key"][:-1]
        before, now = looks["core"][:-1], looks["core"][1:]
        looks["moved"][1:] |= same & (before >= 0) & (now >= 0) & (before != now)
        self.last = looks[np.append(~same, True)] if len(looks) else looks
        first, following = looks[:-1][same], looks[1:][same]
        return self._stays(first, following)

    def _stays(self, first: npt.NDArray[Any], following: npt.NDArray[Any]) -> npt.NDArray[Any]:
        apart = following["t"] - first["t"]
        ran = np.clip((following["cpu"] - first["cpu"]) / np.maximum(apart, 1), 0.0, 1.0)
        if self._whole:
            stayed = (first["core"] == following["core"]) & (apart <= LONGEST_NS)
            ends = following["t"]
        else:
            stayed = first["on"]
            ran = np.where(apart >= _CLOCK_NS, ran, 1.0)
            ends = np.where(apart > CARRY_NS, first["t"] + _BEAT_NS, following["t"])
        good = stayed & (first["core"] >= 0) & (apart > 0) & (ran >= _LEAST)
        return made(first[good], ends[good], ran[good])


def made(looks: npt.NDArray[Any], ends: I64, shares: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Looks as (key, core, stay) records; ``who`` is still to be filled in."""
    stays = np.zeros(len(looks), [("key", "<i8"), ("core", "<i4"), ("stay", STAY)])
    stays["key"], stays["core"] = looks["key"], looks["core"]
    stays["stay"]["t0"], stays["stay"]["t1"] = looks["t"], ends
    stays["stay"]["share"], stays["stay"]["moved"] = shares, looks["moved"]
    return stays


def of_threads(records: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """THREAD records as looks."""
    value = records["value"]
    looks = _looks(records, value >> 16)
    looks["on"] = _ON_CORE[value & 0xFF] & (looks["core"] >= 0)
    return looks


def of_processes(records: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """PROCESS records as looks."""
    return _looks(records, records["value"])


def _looks(records: npt.NDArray[Any], cores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    looks = np.zeros(len(records), LOOK)
    looks["key"] = records["pid"].astype(np.int64) << 32 | records["tid"]
    looks["t"], looks["cpu"] = records["t"], records["a"]
    looks["core"] = (cores & 0xFFFF).astype(np.int32) - 1
    return looks
