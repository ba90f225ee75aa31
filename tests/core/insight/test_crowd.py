"""A crowd counts what the timeline says of each of its workers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Window
from concviz.core.model import Reason, State
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.stories import read, stories

MS = 1_000_000
TABLES = {
    State.RUNNING: c.RUNNING, State.READY: c.table(lambda state, _reason, _known: state is State.READY),
    State.WAITING: c.waiting(*Reason),
}


def in_state(timeline: Timeline, lanes: list[int], state: State, t_ns: int) -> list[int]:
    """Which of them are in a state at an instant, as one asks the timeline for a span."""
    spans = {lane: timeline.span_at(lane, t_ns) for lane in lanes}
    return [lane for lane, span in spans.items() if span is not None and span.state is state]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), begin=st.integers(0, 380), length=st.integers(1, 100))
def test_a_crowd_counts_what_the_timeline_says(
    data: st.DataObject, begin: int, length: int, tmp_path_factory: pytest.TempPathFactory,
) -> None:
    story = data.draw(stories(tmp_path_factory.mktemp("story") / "session"))
    timeline = read(story.write()).timeline
    everybody = list(range(len(timeline.lanes)))
    some = data.draw(st.lists(st.sampled_from(everybody), unique=True))
    t0 = timeline.start_ns + begin * MS
    t1 = t0 + length * MS
    crowd = Window(timeline, everybody, t0, t1).crowd(some)
    instants = crowd.times.tolist()
    assert all(t0 <= t < t1 for t in instants)
    for state, table in TABLES.items():
        counts = crowd.count(table).tolist()
        for place, (t_ns, count) in enumerate(zip(instants, counts, strict=True)):
            there = in_state(timeline, some, state, t_ns)
            assert count == len(there)
            assert sorted(lane for lane, _ in crowd.who(place, table)) == sorted(there)
            if count == 1:
                assert crowd.only(table)[place] == there[0]
        places, whole = crowd.spans(table)
        for place, since, until in zip(places.tolist(), whole.since.tolist(), whole.until.tolist()):
            lane = int(crowd.lane[place])
            if since < until:
                span = timeline.span_at(lane, since)
                assert span is not None
                assert (span.state, span.t0_ns, span.t1_ns) == (state, since, until)
