"""Workers that queue for a lock, and processes in which nobody is left to release one."""

from __future__ import annotations

from collections import Counter

import numpy as np

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import line_of
from concviz.core.model import Kind as WorkerKind
from concviz.core.model import Known, Reason, Site, Span, Turn
from concviz.core.timeline.timeline import Timeline

MANY = 3
_LOCK = c.waiting(Reason.LOCK)
_CHILD = c.waiting(Reason.CHILD)
_AT_THE_END = "_shutdown"
"""``threading._shutdown``, in which a main thread waits for all others."""


def find_queue(timeline: Timeline, episodes: Episodes, scope: int, crowd: Crowd) -> None:
    """Find where several wait for a lock at the same line."""
    if not crowd.has(_LOCK):
        return
    waits = crowd.count(_LOCK)

    def example(stretch: Stretch) -> Moment | None:
        return _queue(timeline, crowd, stretch)

    episodes.take((Kind.LOCK_QUEUE, scope, None), crowd, waits >= MANY, waits, example)


def _queue(timeline: Timeline, crowd: Crowd, stretch: Stretch) -> Moment | None:
    """The longest queue at one line, where most wait."""
    there: list[tuple[int, int, Site | None]] = []
    for lane, code in crowd.who(stretch.place, _LOCK):
        span = timeline.span_at(lane, int(crowd.times[stretch.place]))
        there.append((lane, code, span.site if span is not None else None))
    lines = Counter(line_of(site) for _, _, site in there if site is None or site.turn is not Turn.SIGNAL)
    if not lines or lines.most_common(1)[0][1] < MANY:
        return None
    line, count = lines.most_common(1)[0]
    lane, code, site = next(entry for entry in there if line_of(entry[2]) == line)
    return Moment(
        Kind.LOCK_QUEUE, stretch.t0_ns, stretch.t1_ns, lane, count=count, site=site,
        known=least_known([code]),
    )


def find_stuck(timeline: Timeline, episodes: Episodes, process: int, threads: Crowd) -> None:
    """Find where all threads of a process wait for its locks, or for each other to end."""
    if not threads.has(_LOCK):
        return
    for_locks = threads.count(_LOCK)
    mask = (for_locks >= 1) & (for_locks + threads.count(_CHILD) == threads.count(c.ALIVE))
    if not mask.any() or any(_is_strange(timeline, child) for child in timeline.lanes[process].children):
        return

    def example(stretch: Stretch) -> Moment | None:
        return _stuck(timeline, threads, stretch)

    episodes.take((Kind.STUCK, process, ""), threads, mask, np.zeros(len(mask), np.int64), example)


def _is_strange(timeline: Timeline, worker: int) -> bool:
    """Is it a thread of which not every wait is known? It may release what others wait for."""
    lane = timeline.lanes[worker]
    return lane.kind is WorkerKind.THREAD and lane.known is not Known.EXACT


def _stuck(timeline: Timeline, threads: Crowd, stretch: Stretch) -> Moment | None:
    """The first two that wait for a lock; None where a thread waits for anything from outside."""
    at_ns = int(threads.times[stretch.place])
    spans = [timeline.span_at(lane, at_ns) for lane, _ in threads.who(stretch.place, c.ALIVE)]
    waits = [span for span in spans if span is not None and _is_for_inside(timeline, span)]
    if len(waits) < len(spans):
        return None
    first, *others = (span for span in waits if span.reason is Reason.LOCK)
    return Moment(
        Kind.STUCK, stretch.t0_ns, stretch.t1_ns, first.worker, others[0].worker if others else None,
        len(waits), spent_ns=stretch.spent_ns, site=first.site,
    )


def _is_for_inside(timeline: Timeline, span: Span) -> bool:
    """Is a wait for a lock of its own process, or for a thread of it to end?"""
    site = span.site
    if site is None or span.known is not Known.EXACT:
        return False
    if span.reason is Reason.LOCK:
        inside = site.call != "Thread.start" and "multiprocessing" not in site.call_file
        return inside and site.turn is not Turn.SIGNAL
    awaited = timeline.lanes[span.awaits].kind if span.awaits is not None else None
    return awaited is WorkerKind.THREAD or site.function == _AT_THE_END
