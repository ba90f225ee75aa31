"""The moments of a session whose every event is known, for tests: find them all, or the one of a kind."""

from __future__ import annotations

from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moments import Moments
from concviz.core.system import layout as S
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import Process, Story, Thread
from tests.core.timeline.stories import ms, read

HOLDS, WAITS_GIL, WAITS_CORE = (
    S.ThreadState.HOLDS_GIL, S.ThreadState.WAITS_FOR_GIL, S.ThreadState.WAITS_FOR_CORE,
)


def looked_through(timeline: Timeline, step_ms: float = 1e9) -> Moments:
    """All of it, in steps of so much."""
    found = Moments(timeline)
    until = timeline.start_ns
    while until < timeline.end_ns:
        until = min(until + round(step_ms * 1e6), timeline.end_ns)
        while found.advance(until, over=until == timeline.end_ns):
            pass
    return found


def found_in(story: Story, end: float) -> tuple[Timeline, list[Moment]]:
    story.processes[0].closed = end
    story.end(end, 0)
    timeline = read(story.write()).timeline
    return timeline, looked_through(timeline).all


def only(story: Story, end: float, kind: Kind) -> tuple[Timeline, Moment]:
    """The one moment of a kind."""
    timeline, found = found_in(story, end)
    (moment,) = [moment for moment in found if moment.kind is kind]
    return timeline, moment


def at(moment: Moment) -> tuple[float, float]:
    return ms(moment.t0_ns), ms(moment.t1_ns)


def looping(story: Story) -> tuple[Process, Thread]:
    app = story.process(100)
    return app, app.thread("MainThread", tid=100, main=True).loop(0)
