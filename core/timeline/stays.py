"""Stays of threads on one core, as arrays that answer for any window of time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from concviz.core.timeline.answers import I32, I64

STAY = np.dtype([("t0", "<i8"), ("t1", "<i8"), ("share", "<f4"), ("who", "<i4"), ("moved", "?")])
"""From when to when, for which share of that time it ran, who, and whether it came from another core."""
LONGEST_NS = 500_000_000
"""No stay is longer: what is not seen again by then is not known."""
_LOOKED_AT = 32
"""Stays of a cell that decide who was on the core most; of more, so many are taken from all over it."""
_GOLDEN = 0.6180339887498949
F64 = npt.NDArray[np.float64]


class Stay(NamedTuple):
    """One stay, whole."""

    t0_ns: int
    t1_ns: int
    share: float
    who: int
    moved: bool


class Stays:
    """Stays that no longer change, sorted by their begin; they may overlap."""

    def __init__(self, stays: npt.NDArray[Any]) -> None:
        """Take over ``STAY`` records in any order."""
        self._all = stays[np.argsort(stays["t0"], kind="stable")]
        self._t0, self._t1, self._share, self._who = (
            np.ascontiguousarray(self._all[name]) for name in ("t0", "t1", "share", "who"))
        edges = np.concatenate((self._all["t0"], self._all["t1"]))
        steps = np.concatenate((self._all["share"], -self._all["share"])).astype(np.float64)
        order = np.argsort(edges, kind="stable")
        self._edges = edges[order]
        self._level = np.cumsum(steps[order])
        spans = np.diff(self._edges, append=self._edges[-1:])
        self._area = np.concatenate(([0.0], np.cumsum(self._level * spans)))
        self._moves = np.concatenate(([0], np.cumsum(self._all["moved"])))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def records(self) -> npt.NDArray[Any]:
        """All of them."""
        return self._all

    def area(self, times: I64) -> F64:
        """Nanoseconds that were run before each instant."""
        if not len(self._all):
            return np.zeros(len(times))
        i = self._edges.searchsorted(times, "right") - 1
        inside = np.maximum(i, 0)
        run = self._area[inside] + self._level[inside] * (times - self._edges[inside])
        return np.where(i < 0, 0.0, run)

    def moves(self, times: I64) -> I64:
        """How many stays that began before each instant came from another core."""
        found: I64 = self._moves[self._t0.searchsorted(times)]
        return found

    def pairs(self, edges: I64) -> tuple[I64, I32, F64]:
        """(cell, who, nanoseconds run) of the stays in each cell between two edges, at most some per cell."""
        low = self._t0.searchsorted(edges[:-1] - LONGEST_NS)
        high = self._t0.searchsorted(edges[1:])
        whole = high - low
        counts = np.minimum(whole, _LOOKED_AT)
        cell = np.repeat(np.arange(len(whole)), counts)
        number = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
        crowded = whole[cell] > counts[cell]
        # even steps would fall in with threads that take even turns: steps of the golden ratio do not
        at = low[cell] + np.where(crowded, (number * _GOLDEN % 1 * whole[cell]).astype(np.int64), number)
        first = np.maximum(self._t0[at], edges[cell])
        ran = np.maximum(np.minimum(self._t1[at], edges[cell + 1]) - first, 0) * self._share[at]
        return cell, self._who[at], ran.astype(np.float64)

    def at(self, t_ns: int) -> Stay | None:
        """The stay that covers an instant; of several the one that began last."""
        stop = int(self._t0.searchsorted(t_ns, "right"))
        first = int(self._t0.searchsorted(t_ns - LONGEST_NS))
        for i in range(stop - 1, first - 1, -1):
            if self._t1[i] > t_ns:
                return _stay(self._all[i])
        return None

    def before(self, t_ns: int) -> Stay | None:
        """The last stay that began before an instant."""
        i = int(self._t0.searchsorted(t_ns)) - 1
        return _stay(self._all[i]) if i >= 0 else None

    def last_of(self, who: int, t0_ns: int, t1_ns: int) -> int | None:
        """When the last stay of somebody between two instants began."""
        first, stop = int(self._t0.searchsorted(t0_ns)), int(self._t0.searchsorted(t1_ns))
        mine = (self._who[first:stop] == who).nonzero()[0]
        return int(self._t0[first + mine[-1]]) if len(mine) else None

    def after(self, t_ns: int) -> Stay | None:
        """The first stay that begins after an instant."""
        i = int(self._t0.searchsorted(t_ns, "right"))
        return _stay(self._all[i]) if i < len(self._all) else None


def _stay(record: Any) -> Stay:
    return Stay(
        int(record["t0"]), int(record["t1"]), float(record["share"]), int(record["who"]),
        bool(record["moved"]))


class GrowingStays:
    """Stays that arrive in pieces: a large sorted part, a small one, and what is only thought for now."""

    def __init__(self) -> None:
        """Begin with none."""
        nothing = np.empty(0, STAY)
        self._parts = [Stays(nothing), Stays(nothing), Stays(nothing)]
        self._new: list[npt.NDArray[Any]] = []

    def add(self, stays: npt.NDArray[Any]) -> None:
        """Take in stays that no longer change."""
        if len(stays):
            self._new.append(stays)

    def set_tail(self, stays: npt.NDArray[Any]) -> None:
        """Replace those that may still change."""
        if len(stays) or len(self._parts[2]):
            self._parts[2] = Stays(stays)

    @property
    def parts(self) -> list[Stays]:
        """All that is known now; sums over the parts are sums over all."""
        if self._new:
            settled, recent, _ = self._parts
            fresh = np.concatenate([recent.records, *self._new])
            self._new.clear()
            if len(fresh) > max(4096, len(settled) // 4):
                self._parts[0] = Stays(np.concatenate([settled.records, fresh]))
                fresh = fresh[:0]
            self._parts[1] = Stays(fresh)
        return self._parts
