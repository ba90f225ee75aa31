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
        self._times, self._changes, self._settled = _EMPTY, _EMPTY, 0  # sorted; so many are settled
        self._new: list[tuple[Any, Any]] = []
        self._tail: tuple[Any, Any] = (_EMPTY, _EMPTY)
        self._stale_from: int | None = None  # what is known from here on is not in the answer yet
        # the answer, n long: the value from t on, and the area below the curve before t
        self._t, self._value, self._area, self._n = _EMPTY, _EMPTY, _EMPTY, 0

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
        i = self._before(t_ns)
        return int(self._value[i]) if i >= 0 else 0

    def mean(self, t0_ns: int, t1_ns: int) -> float:
        """The mean over a window; the value at its begin if it is empty."""
        if t1_ns <= t0_ns:
            return float(self.at(t0_ns))
        return (self._sum(t1_ns) - self._sum(t0_ns)) / (t1_ns - t0_ns)

    def peak(self, t0_ns: int, t1_ns: int) -> int:
        """The greatest value in a window."""
        first = self._before(t0_ns) + 1
        last = int(self._t[: self._n].searchsorted(t1_ns, "left"))
        inside = self._value[first:last]
        return max(self.at(t0_ns), int(inside.max())) if len(inside) else self.at(t0_ns)

    def steps(self, t0_ns: int, t1_ns: int) -> list[tuple[int, int]]:
        """(instant, value from there on) in a window, which begins with what holds at its begin."""
        first = self._before(t0_ns) + 1
        last = int(self._t[: self._n].searchsorted(t1_ns, "left"))
        inside = zip(self._t[first:last].tolist(), self._value[first:last].tolist())
        return [(t0_ns, self.at(t0_ns)), *inside]

    def _sum(self, t_ns: int) -> int:
        """The area below the curve before an instant."""
        i = self._before(t_ns)
        if i < 0:
            return 0
        return int(self._area[i]) + int(self._value[i]) * (t_ns - int(self._t[i]))

    def _before(self, t_ns: int) -> int:
        """Place in the answer of the last change at or before an instant, −1 if there is none."""
        self._answer()
        return int(self._t[: self._n].searchsorted(t_ns, "right")) - 1

    def _touch(self, t_ns: int) -> None:
        self._stale_from = t_ns if self._stale_from is None else min(self._stale_from, t_ns)

    def _answer(self) -> None:
        """Bring the answer up to date from the first instant that changed; what is before it is kept."""
        since = self._stale_from
        if since is None:
            return
        self._merge()
        settled = self._times[: self._settled]
        at = int(settled.searchsorted(since))
        times = np.concatenate((settled[at:], self._tail[0]))
        changes = np.concatenate((self._changes[at : self._settled], self._tail[1]))
        order = np.argsort(times, kind="stable")
        times, changes = times[order], changes[order]
        keep = int(self._t[: self._n].searchsorted(since))
        value = np.cumsum(changes) + (int(self._value[keep - 1]) if keep else 0)
        if len(times):  # of several changes at one instant only the outcome is ever true
            once = np.append(times[1:] != times[:-1], True)
            times, value = times[once], value[once]
        self._n = keep + len(times)
        self._t, self._value, self._area = (
            _room(column, keep, self._n) for column in (self._t, self._value, self._area)
        )
        self._t[keep : self._n], self._value[keep : self._n] = times, value
        self._fill_area(keep)
        self._stale_from = None

    def _fill_area(self, first: int) -> None:
        if first == 0 and self._n:
            self._area[0] = 0
            first = 1
        if first < self._n:
            steps = np.diff(self._t[first - 1 : self._n]) * self._value[first - 1 : self._n - 1]
            self._area[first : self._n] = self._area[first - 1] + np.cumsum(steps)

    def _merge(self) -> None:
        """Sort what is newly settled into what was."""
        if not self._new:
            return
        times = np.concatenate([t for t, _ in self._new]).astype(np.int64)
        changes = np.concatenate([c for _, c in self._new]).astype(np.int64)
        self._new.clear()
        n = self._settled
        at = int(self._times[:n].searchsorted(times.min()))
        times = np.concatenate((self._times[at:n], times))
        changes = np.concatenate((self._changes[at:n], changes))
        order = np.argsort(times, kind="stable")
        self._settled = n = at + len(times)
        self._times, self._changes = _room(self._times, at, n), _room(self._changes, at, n)
        self._times[at:n], self._changes[at:n] = times[order], changes[order]


def _room(column: I64, keep: int, need: int) -> I64:
    """The column itself, or where it is too short a longer one with its first ``keep`` values."""
    if need <= len(column):
        return column
    longer = np.empty(max(need, 2 * len(column), 64), np.int64)
    longer[:keep] = column[:keep]
    return longer
