"""A number that changes over time: how many pieces of work are in progress, how many threads execute."""

from __future__ import annotations

from typing import Any

import numpy as np

from concviz.core.timeline.answers import I64

_EMPTY = np.empty(0, np.int64)


class Series:
    """A step function built from changes, with prefix sums; changes may come in any order.

    ``add`` takes changes that are settled, ``set_tail`` those that only hold for what is known now.
    """

    def __init__(self) -> None:
        """Begin at zero for all time."""
        self._times, self._changes = _EMPTY, _EMPTY  # settled, sorted
        self._new: list[tuple[Any, Any]] = []
        self._tail: tuple[Any, Any] = (_EMPTY, _EMPTY)
        self._stale_from: int | None = None  # what is known from here on is not in the answer yet
        # the answer: the value from t on, and the area below the curve before t
        self._t, self._value, self._area = _EMPTY, _EMPTY, _EMPTY

    def add(self, times: Any, changes: Any) -> None:
        """Settle changes (any order)."""
        if len(times):
            self._new.append((times, changes))
            self._touch(int(np.min(times)))

    def set_tail(self, times: Any, changes: Any) -> None:
        """Replace the provisional changes."""
        for part in (self._tail[0], times):
            if len(part):
                self._touch(int(np.min(part)))
        self._tail = (times, changes)

    def at(self, t_ns: int) -> int:
        """The value at an instant."""
        self._answer()
        i = int(self._t.searchsorted(t_ns, "right")) - 1
        return int(self._value[i]) if i >= 0 else 0

    def mean(self, t0_ns: int, t1_ns: int) -> float:
        """The mean over a window; the value at its begin if it is empty."""
        if t1_ns <= t0_ns:
            return float(self.at(t0_ns))
        return (self._sum(t1_ns) - self._sum(t0_ns)) / (t1_ns - t0_ns)

    def peak(self, t0_ns: int, t1_ns: int) -> int:
        """The greatest value in a window."""
        self._answer()
        first = int(self._t.searchsorted(t0_ns, "right"))
        last = int(self._t.searchsorted(t1_ns, "left"))
        inside = self._value[first:last]
        return max(self.at(t0_ns), int(inside.max()) if len(inside) else 0)

    def _sum(self, t_ns: int) -> int:
        self._answer()
        i = int(self._t.searchsorted(t_ns, "right")) - 1
        if i < 0:
            return 0
        return int(self._area[i]) + int(self._value[i]) * (t_ns - int(self._t[i]))

    def _touch(self, t_ns: int) -> None:
        self._stale_from = t_ns if self._stale_from is None else min(self._stale_from, t_ns)

    def _answer(self) -> None:
        """Bring the answer up to date from the first instant that changed; earlier parts are kept."""
        since = self._stale_from
        if since is None:
            return
        self._merge()
        at = int(self._times.searchsorted(since))
        times = np.concatenate((self._times[at:], self._tail[0]))
        changes = np.concatenate((self._changes[at:], self._tail[1]))
        order = np.argsort(times, kind="stable")
        times, changes = times[order], changes[order]
        keep = int(self._t.searchsorted(since))
        value = np.cumsum(changes) + (int(self._value[keep - 1]) if keep else 0)
        if len(times):  # of several changes at one instant only the outcome is ever true
            once = np.append(times[1:] != times[:-1], True)
            times, value = times[once], value[once]
        self._t = np.concatenate((self._t[:keep], times))
        self._value = np.concatenate((self._value[:keep], value))
        self._area = np.concatenate((self._area[:keep], _areas(self._t, self._value, self._area, keep)))
        self._stale_from = None

    def _merge(self) -> None:
        if not self._new:
            return
        times = np.concatenate([t for t, _ in self._new]).astype(np.int64)
        changes = np.concatenate([c for _, c in self._new]).astype(np.int64)
        self._new.clear()
        at = int(self._times.searchsorted(times.min()))
        times = np.concatenate((self._times[at:], times))
        changes = np.concatenate((self._changes[at:], changes))
        order = np.argsort(times, kind="stable")
        self._times = np.concatenate((self._times[:at], times[order]))
        self._changes = np.concatenate((self._changes[:at], changes[order]))


def _areas(t: I64, value: I64, area: I64, keep: int) -> I64:
    """The area before each t from ``keep`` on."""
    if keep == len(t):
        return _EMPTY
    if keep == 0:
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(value[:-1] * np.diff(t))))
    return area[keep - 1] + np.cumsum(value[keep - 1 : -1] * np.diff(t[keep - 1 :]))
