"""Workers that queue for a lock."""

from __future__ import annotations

from collections import Counter

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Crowd, least_known
from concviz.core.insight.episodes import Episodes, Stretch
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import line_of
from concviz.core.model import Reason, Site
from concviz.core.timeline.timeline import Timeline

MANY = 3
_LOCK = c.waiting(Reason.LOCK)
_SIGNALS = ("Condition.wait", "Event.wait", "Barrier.wait", "Condition.wait_for")
"""Waits of the same reason that are for a signal rather than for a turn."""


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
    lines = Counter(line_of(site) for _, _, site in there if site is None or site.call not in _SIGNALS)
    if not lines or lines.most_common(1)[0][1] < MANY:
        return None
    line, count = lines.most_common(1)[0]
    lane, code, site = next(entry for entry in there if line_of(entry[2]) == line)
    return Moment(
        Kind.LOCK_QUEUE, stretch.t0_ns, stretch.t1_ns, lane, count=count, site=site,
        known=least_known([code]),
    )
