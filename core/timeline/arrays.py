"""Small tools over arrays that several ingesting modules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L

_DENSE = 1 << 20
_SCALE_BITS = np.uint32(3 << L.SCALE_SHIFT)


def mapped(values: npt.NDArray[Any], one: Callable[[int], int], dtype: Any = np.int32) -> npt.NDArray[Any]:
    """``one`` of each value, called once for each distinct one."""
    greatest = int(values.max()) if len(values) else 0
    if greatest < min(_DENSE, 4 * len(values) + 1024):
        seen = np.zeros(greatest + 1, np.bool_)
        seen[values] = True
        kinds, places = seen.nonzero()[0], values
        table = np.empty(greatest + 1, dtype)
    else:
        kinds, places = np.unique(values, return_inverse=True)
        table = np.empty(len(kinds), dtype)
    table[kinds if places is values else slice(None)] = [one(kind) for kind in kinds.tolist()]
    result: npt.NDArray[Any] = table.take(places)
    return result


def arranged(values: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Places of the values in ascending order, equal ones as they come; quick where they are small."""
    if len(values) and int(values.max()) < 1 << 16:
        values = values.astype(np.uint16)  # NumPy sorts these by counting
    order: npt.NDArray[np.intp] = np.argsort(values, kind="stable")
    return order


def groups(values: npt.NDArray[Any]) -> list[tuple[int, int, int]]:
    """(value, first, stop) of each run of equal values."""
    if not len(values):
        return []
    firsts = np.concatenate(([0], (values[1:] != values[:-1]).nonzero()[0] + 1))
    stops = np.append(firsts[1:], len(values))
    return list(zip(values[firsts].tolist(), firsts.tolist(), stops.tolist()))


def lengths(words: npt.NDArray[Any], durations: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Durations in nanoseconds of records whose third words are ``words``."""
    result: npt.NDArray[np.int64] = durations.astype(np.int64)
    scales = words & _SCALE_BITS
    if scales.any():  # rare: something took more than four seconds
        result <<= np.minimum(scales >> L.SCALE_SHIFT, len(L.SCALES) - 1).astype(np.int64) * 10
    return result


def flips(before: bool, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """+1 where a flag rises, −1 where it falls, 0 elsewhere; ``before`` is the flag before the first."""
    states = np.empty(len(flags) + 1, np.int64)
    states[0], states[1:] = before, flags
    result: npt.NDArray[np.int64] = states[1:] - states[:-1]
    return result


def joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Arrays of one dtype after each other; ``np.concatenate`` compares structured dtypes field by field."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, dtype=parts[0].dtype)


def beyond(t_ns: int, times: Any, *flags: tuple[Any, bool, bool]) -> tuple[Any, list[Any]]:
    """What is left of changes of flags from an instant on.

    Args:
        times: of the changes, ascending. flags: of each the changes, what it was before them, and what it
            turned out to be at ``t_ns``: the first change that is returned makes up for the difference.
    """
    at = int(times.searchsorted(t_ns))
    return np.concatenate(((t_ns,), times[at:])), [
        np.concatenate(((int(before) + int(changes[:at].sum()) - int(now),), changes[at:]))
        for changes, before, now in flags
    ]
