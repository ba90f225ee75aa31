"""Moments among the tasks of one event loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.locks import find_queue
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import line_of
from concviz.core.model import Reason, State
from concviz.core.timeline.timeline import Timeline

LONG_NS = 20_000_000
"""A step that takes this long is felt by others."""
_OUTSIDE = c.waiting(Reason.IO, Reason.SLEEP, Reason.EXECUTOR)
_EXECUTOR = c.waiting(Reason.EXECUTOR)
_IDLE = c.waiting(Reason.QUEUE)
_ALIVE = c.table(lambda state, _reason, _known: state is not State.ENDED)


def find(
    window: Window, episodes: Episodes, loop: int, tasks: Sequence[int], threads: Sequence[int],
) -> None:
    """Find them in a window.

    Args:
        loop: the thread of the loop. tasks: its tasks. threads: all of its process.
    """
    theirs = window.crowd(tasks)
    if theirs.has(_OUTSIDE):
        _all_wait(episodes, loop, theirs)
    if theirs.has(c.READY):
        _held_up(window.timeline, episodes, loop, theirs)
    find_queue(window.timeline, episodes, loop, theirs)
    if theirs.has(_EXECUTOR):
        _executor_full(window, episodes, loop, theirs, threads)


def _all_wait(episodes: Episodes, loop: int, tasks: Crowd) -> None:
    """Several wait, and none could run."""
    waits = tasks.count(_OUTSIDE)

    def example(stretch: Stretch) -> Moment:
        known = least_known(code for _, code in tasks.who(stretch.place, _OUTSIDE))
        return Moment(
            Kind.TASKS_WAIT, stretch.t0_ns, stretch.t1_ns, loop, count=stretch.rank, known=known
        )

    idle = tasks.count(c.BUSY) == 0
    episodes.take((Kind.TASKS_WAIT, loop, ""), tasks, idle & (waits >= 2), waits, example)


def _held_up(timeline: Timeline, episodes: Episodes, loop: int, tasks: Crowd) -> None:
    """Long steps, while others are ready."""
    places, steps = tasks.spans(c.RUNNING)
    until = np.minimum(steps.until, tasks.t1_ns)
    long = (until - steps.since >= LONG_NS).nonzero()[0]
    if not len(long):
        return
    ready = tasks.count(c.READY)
    for i in long.tolist():
        begin, end = int(steps.since[i]), int(until[i])
        place = int(tasks.times.searchsorted(end)) - 1
        count = int(ready[place]) if place >= 0 else 0
        if not count:
            continue
        task = int(tasks.lane[places[i]])
        running, _, waiting = timeline.cells(loop, begin, end - begin, 1).ns[0].tolist()
        blocked = waiting > running
        span = timeline.span_at(loop if blocked else task, (begin + end) // 2)
        site = span.site if span is not None and (not blocked or span.state is State.WAITING) else None
        example = Moment(
            Kind.HELD_UP, begin, end, task, loop, count, spent_ns=end - begin, blocked=blocked, site=site,
        )
        cause = line_of(site) if blocked else timeline.lanes[task].about
        episodes.step((Kind.HELD_UP, loop, cause or ""), example)


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
    idle, everybody = theirs.count(_IDLE), theirs.count(_ALIVE)
    at = theirs.times.searchsorted(tasks.times, "right") - 1
    known = at >= 0
    size = np.where(known, everybody[np.maximum(at, 0)], 0)
    spare = np.where(known, idle[np.maximum(at, 0)], 0)
    queued = given - size

    def example(stretch: Stretch) -> Moment:
        last, _ = tasks.who(stretch.place, _EXECUTOR)[-1]
        return Moment(
            Kind.EXECUTOR_FULL, stretch.t0_ns, stretch.t1_ns, last, loop, stretch.rank,
            capacity=int(size[stretch.place]),
        )

    full = (queued >= 2) & (size > 0) & (spare == 0)
    episodes.take((Kind.EXECUTOR_FULL, loop, ""), tasks, full, queued, example)
