"""Moments of the whole program: what happens at the same instant, whatever process it is in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, Window, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import line_of
from concviz.core.model import Known, Reason, Site, State
from concviz.core.timeline.timeline import Timeline

_PROGRAM = -1
_ACTIVE_NS = 20_000_000
"""A process that ran for less has not been at work."""
_START_NS = 1_000_000_000
"""For so long a process of which nothing has been seen yet is taken to be at work: it starts."""
_WITHOUT_GIL_NS = 20_000_000
"""Threads of one process that run together for less hand the GIL over, or are in the kernel meanwhile."""
_FOR_LOCK = c.waiting(Reason.LOCK)
_AT_WORK = c.RUNNING | c.READY
_MOSTLY = 0.7


def find(
    window: Window, episodes: Episodes, workers: Sequence[int], threads: Collection[Sequence[int]],
    outsiders: Sequence[int], starting: Sequence[int],
) -> None:
    """Find them in a window.

    Args:
        workers: tasks, and threads without an event loop. threads: all, by their processes. outsiders:
            threads that are only seen from outside. starting: since when processes live of which nothing has
            been seen yet.
    """
    everybody = window.crowd(workers)
    if everybody.has(c.OUTSIDE):
        _one_waits(window.timeline, episodes, everybody, window.crowd(outsiders), starting)
    together = window.crowd([thread for theirs in threads for thread in theirs])
    if together.has(c.FOR_CORE):
        _no_core(episodes, together)
    if together.has(c.SEEN_RUNNING):
        _parallel(window, episodes, together, threads)


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
    lines, spans = _lines(timeline, workers, mask)
    for line in np.unique(lines[mask]).tolist():
        site = timeline.words.site_of(line)

        def example(stretch: Stretch, site: Site | None = site) -> Moment:
            found = _of_some(Kind.ONE_WAITS, stretch, workers.who(stretch.place, c.OUTSIDE), count=1)
            return replace(found, site=site)

        cause = (Kind.ONE_WAITS, _PROGRAM, line_of(site) or "")
        episodes.take(cause, workers, mask & (lines == line), lengths, example, wholes=spans)


def _lines(
    timeline: Timeline, workers: Crowd, mask: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where the only one waits, at each time of the mask: the number of one site of that line, −1 unknown.

    And since when it has waited there.
    """
    places = mask.nonzero()[0]
    lanes = workers.only(c.OUTSIDE)[places]
    found, waits = np.full(len(mask), -1, np.int64), np.full(len(mask), -1, np.int64)
    for lane in np.unique(lanes).tolist():
        spans, there = timeline.lanes[lane].spans, places[lanes == lane]
        at = spans.starts[: spans.total].searchsorted(workers.times[there], "right") - 1
        found[there] = spans.rest["site"][at]
        waits[there] = spans.starts[at]
    first: dict[tuple[str, int] | None, int] = {}
    for site in np.unique(found[places]).tolist():
        found[found == site] = first.setdefault(line_of(timeline.words.site_of(site)), site)
    return found, waits


def _parallel(
    window: Window, episodes: Episodes, threads: Crowd, processes: Collection[Sequence[int]],
) -> None:
    """Two or more execute: of several processes, or for longer than the samples of one with a GIL may err."""
    runs = threads.count(c.SEEN_RUNNING)
    mask = runs >= 2
    if not mask.any():
        return
    apart = np.zeros(len(mask), np.int64)
    for theirs in map(window.crowd, processes):
        if theirs.has(c.SEEN_RUNNING):
            apart += theirs.at_times(theirs.count(c.SEEN_RUNNING) > 0, threads.times)
    _, whole = threads.spans(c.SEEN_RUNNING)
    since = np.sort(whole.since[(whole.since <= window.t0_ns) & (whole.until > window.t0_ns)])
    until = np.sort(whole.until[whole.until >= window.t1_ns])
    before, after = (int(window.t0_ns - since[1]) if len(since) > 1 else 0,
                     int(until[-2] - window.t1_ns) if len(until) > 1 else 0)
    together = threads.lasting(mask, _WITHOUT_GIL_NS, window.t0_ns, before, after)
    ranks = np.where(together, runs, apart)

    def example(stretch: Stretch) -> Moment:
        found = threads.who(stretch.place, c.SEEN_RUNNING)
        lanes, first = window.timeline.lanes, found[0][0]
        found[1:] = sorted(found[1:], key=lambda each: lanes[each[0]].parent == lanes[first].parent)
        return _of_some(Kind.PARALLEL, stretch, found)

    episodes.take((Kind.PARALLEL, _PROGRAM, ""), threads, mask & (ranks >= 2), ranks, example)


def _no_core(episodes: Episodes, threads: Crowd) -> None:
    """Some could run and get no core."""
    wants = threads.count(c.FOR_CORE)

    def example(stretch: Stretch) -> Moment:
        return _of_some(Kind.NO_CORE, stretch, threads.who(stretch.place, c.FOR_CORE))

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

    Those that had ended before it began are no concern of it: it does other work.

    Args:
        processes: all that ``parent`` has started so far, in the order of their numbers.
    """
    if len(processes) < 2:
        return
    theirs = window.crowd(processes)
    if not len(theirs.times):
        return
    lanes = [window.timeline.lanes[process] for process in processes]
    starts = np.array([lane.start_ns for lane in lanes])
    through = np.sort([
        lane.end_ns or 0 for lane in lanes if _is_through(window.timeline, lane.index, window.t0_ns)])
    at_work = theirs.count(_AT_WORK)
    ends_inside = np.cumsum((theirs.code == c.NOBODY_THERE).astype(np.int64))[theirs.at]
    began = starts[np.searchsorted(processes, theirs.only(_AT_WORK)).clip(max=len(starts) - 1)]
    since = ends_inside - theirs.at_times(ends_inside, began)
    rest = theirs.count(c.IDLE) + since + len(through) - through.searchsorted(began, "right")

    def example(stretch: Stretch) -> Moment:
        found = theirs.who(stretch.place, c.RUNNING) + theirs.who(stretch.place, c.READY)
        return _of_some(Kind.LEFT_ALONE, stretch, found)

    episodes.take((Kind.LEFT_ALONE, parent, ""), theirs, (at_work == 1) & (rest >= 1), rest, example)


def find_starved(window: Window, episodes: Episodes, parent: int, processes: Sequence[int]) -> None:
    """Find where worker processes wait for work most of the time, and who started them is at work itself."""
    theirs, edges = window.crowd(processes), np.array((window.t0_ns, window.t1_ns))
    if len(processes) < 2 or not theirs.has(c.IDLE):
        return
    idle, alive = (int(np.diff(theirs.spent(which, edges))[0]) for which in (c.IDLE, c.ALIVE))
    count = int(theirs.count(c.ALIVE).max())
    length = window.t1_ns - window.t0_ns
    running, ready, _ = window.timeline.cells(parent, window.t0_ns, length, 1).ns[0].tolist()
    if count < 2 or idle < _MOSTLY * alive or 2 * (running + ready) < length:
        return
    at_all = np.ones(len(theirs.times), np.bool_)

    def example(stretch: Stretch) -> Moment:
        worker, _ = theirs.who(stretch.place, c.ALIVE)[0]
        return Moment(
            Kind.STARVED, stretch.t0_ns, stretch.t1_ns, worker, parent, count, known=Known.SAMPLED)

    episodes.take((Kind.STARVED, parent, ""), theirs, at_all, theirs.count(c.IDLE), example)


def _is_through(timeline: Timeline, process: int, t_ns: int) -> bool:
    """Has it ended by then, and been at work before?"""
    lane = timeline.lanes[process]
    if lane.end_ns is None or lane.end_ns > t_ns:
        return False
    cells = timeline.cells(process, lane.start_ns, max(t_ns - lane.start_ns, 1), 1)
    return int(cells.ns[0, State.RUNNING]) >= _ACTIVE_NS
