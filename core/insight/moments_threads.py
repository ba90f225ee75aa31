"""Moments among the threads of one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.locks import find_queue, find_stuck
from concviz.core.insight.moment import Kind, Moment
from concviz.core.model import Known


def find(
    window: Window, episodes: Episodes, process: int, threads: Sequence[int], alone: Sequence[int],
) -> None:
    """Find them in a window.

    Args:
        threads: all of the process. alone: those without an event loop.
    """
    everybody = window.crowd(threads)
    if len(threads) > 1 and everybody.has(c.FOR_GIL):
        _gil(episodes, process, everybody)
    find_stuck(window.timeline, episodes, process, everybody)
    without_loop = everybody if len(alone) == len(threads) else window.crowd(alone)
    if len(alone) > 1 and len(without_loop.times):
        _all_wait(episodes, process, without_loop)
        find_queue(window.timeline, episodes, process, without_loop)


def _all_wait(episodes: Episodes, process: int, threads: Crowd) -> None:
    """Several wait for the outside world, and none runs."""
    waits = threads.count(c.OUTSIDE)

    def example(stretch: Stretch) -> Moment:
        found = threads.who(stretch.place, c.OUTSIDE)
        return Moment(
            Kind.THREADS_WAIT, stretch.t0_ns, stretch.t1_ns, found[0][0], count=stretch.rank,
            known=least_known(code for _, code in found),
        )

    idle = threads.count(c.BUSY) == 0
    episodes.take((Kind.THREADS_WAIT, process, ""), threads, idle & (waits >= 2), waits, example)


def _gil(episodes: Episodes, process: int, threads: Crowd) -> None:
    """Somebody runs, somebody is ready for the GIL, and who is which changes."""
    wants = threads.count(c.FOR_GIL)
    takes = (c.RUNNING[threads.code] & c.FOR_GIL[threads.before]).nonzero()[0]
    gives = (c.RUNNING[threads.before] & ~c.RUNNING[threads.code]).nonzero()[0]

    def inside(stretch: Stretch) -> npt.NDArray[Any]:
        times = threads.t[takes]
        found: npt.NDArray[Any] = takes[(times >= stretch.t0_ns) & (times <= stretch.t1_ns)]
        return found

    episodes.take(
        (Kind.GIL_PASSES, process, ""), threads, (wants >= 1) & (threads.count(c.RUNNING) >= 1), wants,
        lambda stretch: _hand_over(threads, inside(stretch), gives), lambda stretch: len(inside(stretch)),
    )


def _hand_over(threads: Crowd, takes: npt.NDArray[Any], gives: npt.NDArray[Any]) -> Moment | None:
    """The first time that one thread gives the GIL up and another takes it."""
    for take in takes.tolist():
        t, taker = int(threads.t[take]), int(threads.lane[take])
        before = gives[threads.t[gives] <= t]
        others = before[threads.lane[before] != taker]
        if len(others):
            giver = int(threads.lane[others[-1]])
            known = Known(max(Known.SAMPLED, least_known([int(threads.code[take])])))
            return Moment(Kind.GIL_PASSES, t, t, taker, giver, known=known)
    return None
