"""What keeps the thread of an event loop from its tasks, other than their steps: a callback, the GIL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.moment import Kind, Moment
from concviz.core.model import Known, Reason, Site, State
from concviz.core.timeline.timeline import Timeline

LONG_NS = 20_000_000
"""What takes a loop this long is felt by its tasks."""
_AWAY_NS = 5_000_000
"""A loop's thread that is elsewhere for less is as good as idle."""
_ELSEWHERE = (Reason.LOCK, Reason.SLEEP, Reason.CHILD, Reason.QUEUE)
_HELD = c.table(lambda _state, reason, _known: reason is Reason.HELD)
_AWAY = c.SEEN_RUNNING | c.READY | _HELD | c.waiting(*_ELSEWHERE)
_WAITS = c.table(lambda state, _reason, _known: state is State.WAITING)


def away(window: Window, loop: int) -> tuple[Crowd, npt.NDArray[np.bool_]]:
    """Where a loop's thread is not in its selector, and not just for an instant."""
    thread = window.crowd([loop])
    return thread, thread.lasting(thread.count(_AWAY) > 0, _AWAY_NS, window.t0_ns)


def find_callbacks(window: Window, episodes: Episodes, loop: int, tasks: Crowd) -> None:
    """Find where tasks are ready, none runs, and the loop's thread is busy with something else."""
    ready = tasks.count(c.READY)
    mask = tasks.lasting((ready >= 1) & (tasks.count(c.RUNNING) == 0), LONG_NS, window.t0_ns)
    if not mask.any():
        return

    def example(stretch: Stretch) -> Moment | None:
        last = int(tasks.times.searchsorted(stretch.t1_ns)) - 1
        return _callback(window, loop, stretch, int(ready[last]))

    episodes.take((Kind.HELD_UP, loop, None), tasks, mask, tasks.lengths(mask), example)


def _callback(window: Window, loop: int, stretch: Stretch, count: int) -> Moment | None:
    """What the loop's thread is busy with; None where it lacks the GIL or a core, or is not known to be."""
    thread, edges = window.crowd([loop]), np.array((stretch.t0_ns, stretch.t1_ns))
    runs, waits, lacks = (
        int(np.diff(thread.spent(which, edges))[0])
        for which in (c.SEEN_RUNNING, _WAITS, c.FOR_GIL | c.FOR_CORE)
    )
    length = stretch.t1_ns - stretch.t0_ns
    if 2 * lacks > length or 2 * (runs + waits + lacks) < length:
        return None
    state = State.WAITING if waits > runs + lacks else State.RUNNING
    site, known = longest_at(window.timeline, loop, stretch.t0_ns, stretch.t1_ns, state)
    begin = stretch.t0_ns
    if state is State.WAITING:
        if site is None:
            return None  # it waits in its selector: nobody told it
        span = window.timeline.span_at(loop, begin)
        if span is not None and span.site == site and span.state is state:
            begin = min(begin, span.t0_ns)  # the first task became ready later
    return Moment(
        Kind.HELD_UP, begin, stretch.t1_ns, loop, loop, count, spent_ns=stretch.t1_ns - begin, blocked=True,
        site=site, known=known,
    )


def longest_at(
    timeline: Timeline, worker: int, t0_ns: int, t1_ns: int, state: State,
) -> tuple[Site | None, Known]:
    """The line at which a worker was in a state for longest, and how that is known."""
    there = (total for total in timeline.totals(worker, t0_ns, t1_ns).sites if total.state is state)
    longest = next(there, None)
    return (None, Known.SAMPLED) if longest is None else (longest.site, longest.known)


def find_gil_kept(window: Window, episodes: Episodes, loop: int, threads: Sequence[int]) -> None:
    """Find where a loop's thread waits for the GIL, and one other thread has it all the time.

    Args:
        threads: all of the process.
    """
    thread = window.crowd([loop])
    if not thread.has(c.FOR_GIL):
        return
    mask = thread.lasting(thread.count(c.FOR_GIL) > 0, LONG_NS, window.t0_ns)

    def example(stretch: Stretch) -> Moment | None:
        return _kept(window.timeline, loop, threads, stretch)

    if mask.any():
        episodes.take((Kind.GIL_KEPT, loop, None), thread, mask, thread.lengths(mask), example)


def _kept(timeline: Timeline, loop: int, threads: Sequence[int], stretch: Stretch) -> Moment | None:
    """Who had it for most of the time: it ran, or would have, had it been given a core."""
    held: list[tuple[int, int]] = []
    for other in threads:
        if other != loop:
            totals = timeline.totals(other, stretch.t0_ns, stretch.t1_ns)
            held.append((totals.running_ns + totals.reasons.get(Reason.CORE, 0), other))
    if not held:
        return None
    most, holder = max(held)
    if 5 * most < 4 * (stretch.t1_ns - stretch.t0_ns):
        return None
    site, _ = longest_at(timeline, holder, stretch.t0_ns, stretch.t1_ns, State.RUNNING)
    return Moment(
        Kind.GIL_KEPT, stretch.t0_ns, stretch.t1_ns, holder, loop, site=site, known=Known.SAMPLED,
        spent_ns=stretch.spent_ns,
    )
