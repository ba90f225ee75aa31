"""From the pieces of a thread's time to the instants at which it begins, or ceases, to be counted.

It is counted as running, as ready, and as active: as work in progress.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import State
from concviz.core.timeline.arrays import flips
from concviz.core.timeline.merge import Pieces
from concviz.core.timeline.spans import STATE_BITS

Changes = tuple[Any, Any, Any]
"""Instants, and by how much the number of running and of ready threads changes there."""
Flags = tuple[bool, bool, bool]
"""Running, ready, active."""


def changes(
    found: Pieces, active: npt.NDArray[np.bool_], before: Flags, *, leads: bool,
) -> tuple[Changes, tuple[Any, Any], Flags]:
    """The changes in the number of running and ready threads, of active ones, and the flags at the end.

    Args:
        active: for each piece, whether the thread is work in progress then.
        before: the flags where the pieces begin.
        leads: list an instant also where only the reason changes, with a change by nothing.
    """
    state = found.codes & STATE_BITS
    running, ready = state == State.RUNNING, state == State.READY
    was_running, was_ready, was_active = before
    d_run, d_ready = flips(was_running, running), flips(was_ready, ready)
    d_active = flips(was_active, active)
    some, counted = (d_run != 0) | (d_ready != 0), d_active != 0
    if leads:
        some[1:] |= found.codes[1:] != found.codes[:-1]
        some[:1] = True
    flags = (bool(running[-1]), bool(ready[-1]), bool(active[-1])) if len(state) else before
    return (found.starts[some], d_run[some], d_ready[some]), (found.starts[counted], d_active[counted]), flags


def within(times: Any, stretches: Mapping[int, int]) -> npt.NDArray[np.bool_]:
    """Which instants lie in one of the stretches (begin → end)?"""
    inside = np.zeros(len(times), np.bool_)
    for begin, end in stretches.items():
        inside |= (times >= begin) & (times < end)
    return inside


def unlike(found: Pieces, before: tuple[int, int, int, int] | None) -> tuple[Any, Any, Any, Any]:
    """The pieces without those that go on as the piece before them: starts, codes, sites, peers.

    Args:
        before: the last settled span, with which the first piece is compared.
    """
    _, code, site, peer = before if before else (0, -1, -1, -1)
    differ = (
        (found.codes != np.concatenate(([code], found.codes[:-1])))
        | (found.sites != np.concatenate(([site], found.sites[:-1])))
        | (found.peers != np.concatenate(([peer], found.peers[:-1])))
    )
    return found.starts[differ], found.codes[differ], found.sites[differ], found.peers[differ]
