"""Moments of the whole program: what happens at the same instant, whatever process it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import line_of
from concviz.core.model import Reason, Site, State
from concviz.core.timeline.timeline import Timeline

_PROGRAM = -1
_ACTIVE_NS = 20_000_000
"""A process that ran for less has not been at work."""
_START_NS = 1_000_000_000
"""For so long a process of which nothing has been seen yet is taken to be at work: it starts."""
_FOR_LOCK = c.waiting(Reason.LOCK)
_IDLE = c.waiting(Reason.QUEUE)
_FOR_CORE = c.table(lambda state, reason, _known: state is State.READY and reason is Reason.CORE)


def find(
    window: Window, episodes: Episodes, workers: Sequence[int], threads: Sequence[int],
    outsiders: Sequence[int], starting: Sequence[int],
) -> None:
    """Find them in a window.

    Args:
        workers: tasks, and threads without an event loop. threads: all of them. outsiders: threads that are
            only seen from outside. starting: since when processes live of which nothing has been seen yet.
    """
    everybody = window.crowd(workers)
    if everybody.has(c.OUTSIDE):
        _one_waits(window.timeline, episodes, everybody, window.crowd(outsiders), starting)
    together = window.crowd(threads)
    if together.has(_FOR_CORE):
        _no_core(episodes, together)
    if together.has(c.SEEN_RUNNING):
        _parallel(episodes, together)


def _one_waits(
    timeline: Timeline, episodes: Episodes, workers: Crowd, outsiders: Crowd, starting: Sequence[int],
) -> None:
    """A single one waits for the outside world, and nothing else is under way.

    Who waits while a process that it has started is at work does not wait for the outside world.
    """
    busy = workers.count(c.BUSY) + workers.count(_FOR_LOCK)
    mask = (busy == 0) & (workers.count(c.OUTSIDE) == 1)
    for since in starting:
        mask &= (workers.times < since) | (workers.times >= since + _START_NS)
    if not mask.any():
        return
    edges = np.append(workers.times, workers.t1_ns)
    lengths, elsewhere = np.diff(edges), np.diff(outsiders.spent(c.BUSY, edges))
    mask &= 2 * elsewhere < lengths
    lines = _lines(timeline, workers, mask)
    for line in np.unique(lines[mask]).tolist():
        site = timeline.words.site_of(line)

        def example(stretch: Stretch, site: Site | None = site) -> Moment:
            found = _of_some(Kind.ONE_WAITS, stretch, workers.who(stretch.place, c.OUTSIDE), count=1)
            return replace(found, site=site)

        cause = (Kind.ONE_WAITS, _PROGRAM, line_of(site) or "")
        episodes.take(cause, workers, mask & (lines == line), lengths, example)


def _lines(timeline: Timeline, workers: Crowd, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Where the only one waits, at each time of the mask: the number of one site of that line, −1 unknown."""
    places = mask.nonzero()[0]
    lanes = workers.only(c.OUTSIDE)[places]
    found = np.full(len(mask), -1, np.int64)
    for lane in np.unique(lanes).tolist():
        spans, there = timeline.lanes[lane].spans, places[lanes == lane]
        at = spans.starts[: spans.total].searchsorted(workers.times[there], "right") - 1
        found[there] = spans.rest["site"][at]
    first: dict[tuple[str, int] | None, int] = {}
    for site in np.unique(found[places]).tolist():
        found[found == site] = first.setdefault(line_of(timeline.words.site_of(site)), site)
    return found


def _parallel(episodes: Episodes, threads: Crowd) -> None:
    """Two or more execute."""
    runs = threads.count(c.SEEN_RUNNING)

    def example(stretch: Stretch) -> Moment:
        return _of_some(Kind.PARALLEL, stretch, threads.who(stretch.place, c.SEEN_RUNNING))

    episodes.take((Kind.PARALLEL, _PROGRAM, ""), threads, runs >= 2, runs, example)


def _no_core(episodes: Episodes, threads: Crowd) -> None:
    """Some could run and get no core."""
    wants = threads.count(_FOR_CORE)

    def example(stretch: Stretch) -> Moment:
        return _of_some(Kind.NO_CORE, stretch, threads.who(stretch.place, _FOR_CORE))

    episodes.take((Kind.NO_CORE, _PROGRAM, ""), threads, wants >= 1, wants, example)


def _of_some(
    kind: Kind, stretch: Stretch, found: list[tuple[int, int]], count: int | None = None,
) -> Moment:
    """A moment of (lane, code) that were found; of the first two, and as many as the rank says."""
    lanes = [lane for lane, _ in found]
    return Moment(
        kind, stretch.t0_ns, stretch.t1_ns, lanes[0], lanes[1] if len(lanes) > 1 else None,
        stretch.rank if count is None else count, known=least_known(code for _, code in found),
    )


def find_alone(window: Window, episodes: Episodes, parent: int, processes: Sequence[int]) -> None:
    """Find where one of several worker processes is at work and the others are through.

    Args:
        processes: all that ``parent`` has started so far.
    """
    if len(processes) < 2:
        return
    theirs = window.crowd(processes)
    if not len(theirs.times):
        return
    through = sum(_is_through(window.timeline, process, window.t0_ns) for process in processes)
    at_work = theirs.count(c.RUNNING) + theirs.count(c.READY)
    ends_inside = np.cumsum((theirs.code == c.NOBODY_THERE).astype(np.int64))[theirs.at]
    rest = theirs.count(_IDLE) + ends_inside + through

    def example(stretch: Stretch) -> Moment:
        found = theirs.who(stretch.place, c.RUNNING) + theirs.who(stretch.place, c.READY)
        return _of_some(Kind.LEFT_ALONE, stretch, found)

    episodes.take((Kind.LEFT_ALONE, parent, ""), theirs, (at_work == 1) & (rest >= 1), rest, example)


def _is_through(timeline: Timeline, process: int, t_ns: int) -> bool:
    """Has it ended by then, and been at work before?"""
    lane = timeline.lanes[process]
    if lane.end_ns is None or lane.end_ns > t_ns:
        return False
    cells = timeline.cells(process, lane.start_ns, max(t_ns - lane.start_ns, 1), 1)
    return int(cells.ns[0, State.RUNNING]) >= _ACTIVE_NS
