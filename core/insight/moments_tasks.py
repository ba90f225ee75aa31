"""Moments among the tasks of one event loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.locks import find_queue
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moments_loop import LONG_NS, away, find_callbacks, find_gil_kept, longest_at
from concviz.core.insight.recurring import line_of
from concviz.core.model import Reason, State
from concviz.core.timeline.timeline import Timeline

_SURELY_NS = 100_000_000
"""Samples are apart: that a thread waits at no known line is believed if it does for so long."""
_OUTSIDE = c.waiting(Reason.IO, Reason.SLEEP, Reason.EXECUTOR)
_EXECUTOR = c.waiting(Reason.EXECUTOR)


def find(
    window: Window, episodes: Episodes, loop: int, tasks: Sequence[int], threads: Sequence[int],
) -> None:
    """Find them in a window.

    Args:
        loop: the thread of the loop. tasks: its tasks. threads: all of its process.
    """
    theirs = window.crowd(tasks)
    if theirs.has(_OUTSIDE):
        _all_wait(window, episodes, loop, tasks)
    if theirs.has(c.READY):
        _held_up(window.timeline, episodes, loop, theirs)
        find_callbacks(window, episodes, loop, theirs)
    find_gil_kept(window, episodes, loop, threads)
    find_queue(window.timeline, episodes, loop, theirs)
    if theirs.has(_EXECUTOR):
        _executor_full(window, episodes, loop, theirs, threads)


def _all_wait(window: Window, episodes: Episodes, loop: int, whose: Sequence[int]) -> None:
    """Several wait, none could run, and the loop's thread is not kept from them by something else."""
    tasks = together = window.crowd(whose)
    waits = tasks.count(_OUTSIDE)
    mask = (tasks.count(c.BUSY) == 0) & (waits >= 2)
    thread, elsewhere = away(window, loop)
    if mask.any() and elsewhere.any():
        together = window.crowd([loop, *whose])
        waits, mask = (tasks.at_times(values, together.times) for values in (waits, mask))
        mask &= ~thread.at_times(elsewhere, together.times)

    def example(stretch: Stretch) -> Moment:
        place = int(tasks.times.searchsorted(together.times[stretch.place], "right")) - 1
        known = least_known(code for _, code in tasks.who(place, _OUTSIDE))
        return Moment(
            Kind.TASKS_WAIT, stretch.t0_ns, stretch.t1_ns, loop, count=stretch.rank, known=known
        )

    episodes.take((Kind.TASKS_WAIT, loop, ""), together, mask, waits, example)


def _held_up(timeline: Timeline, episodes: Episodes, loop: int, tasks: Crowd) -> None:
    """Long steps that keep others waiting for long; who becomes ready at their very end hardly waits."""
    places, steps = tasks.spans(c.RUNNING)
    until = np.minimum(steps.until, tasks.t1_ns)
    long = (until - steps.since >= LONG_NS).nonzero()[0]
    if not len(long):
        return
    ready = tasks.count(c.READY)
    _, waits = tasks.spans(c.READY)
    for i in long.tolist():
        begin, end = int(steps.since[i]), int(until[i])
        if not ((waits.since <= end - LONG_NS) & (waits.until >= end)).any():
            continue  # nobody who is ready at its end has been so for long
        place = int(tasks.times.searchsorted(end)) - 1
        count = int(ready[place]) if place >= 0 else 0
        if not count:
            continue
        task = int(tasks.lane[places[i]])
        running, lacking, waiting = timeline.cells(loop, begin, end - begin, 1).ns[0].tolist()
        if 2 * lacking > end - begin and _for_gil(timeline, loop, begin, end):
            continue  # it would have been short: who has the GIL holds them all up
        blocked = waiting > running + lacking
        site = longest_at(timeline, loop, begin, end, State.WAITING)[0] if blocked else None
        if site is None and end - begin < _SURELY_NS:
            blocked = False
        if not blocked:
            span = timeline.span_at(task, (begin + end) // 2)
            site = span.site if span is not None and not span.after else None
        example = Moment(
            Kind.HELD_UP, begin, end, task, loop, count, spent_ns=end - begin, blocked=blocked, site=site,
        )
        cause = line_of(site) if blocked else timeline.lanes[task].about
        episodes.step((Kind.HELD_UP, loop, cause or ""), example)


def _for_gil(timeline: Timeline, loop: int, t0_ns: int, t1_ns: int) -> bool:
    """Was a loop's thread ready for the GIL for most of a time?"""
    return 2 * timeline.totals(loop, t0_ns, t1_ns).reasons.get(Reason.GIL, 0) > t1_ns - t0_ns


def _executor_full(
    window: Window, episodes: Episodes, loop: int, tasks: Crowd, threads: Sequence[int],
) -> None:
    """More tasks wait for a thread of a pool than there are."""
    given = tasks.count(_EXECUTOR)
    if not (given >= 3).any():
        return
    theirs = window.crowd([thread for thread in threads if "pool" in window.timeline.lanes[thread].about])
    if not len(theirs.times):
        return
    idle, everybody = theirs.count(c.IDLE), theirs.count(c.ALIVE)
    size, spare = (theirs.at_times(values, tasks.times) for values in (everybody, idle))
    queued = given - size

    def example(stretch: Stretch) -> Moment:
        last, _ = tasks.who(stretch.place, _EXECUTOR)[-1]
        return Moment(
            Kind.EXECUTOR_FULL, stretch.t0_ns, stretch.t1_ns, last, loop, stretch.rank,
            capacity=int(size[stretch.place]),
        )

    full = (queued >= 2) & (size > 0) & (spare == 0)
    episodes.take((Kind.EXECUTOR_FULL, loop, ""), tasks, full, queued, example)
