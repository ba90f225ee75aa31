"""What one cause brings about in several processes of one parent is told of once, and added up over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moments import Moments
from concviz.core.insight.outline import Outline
from concviz.core.insight.recurring import Recurring, Topic
from concviz.core.insight.topic_words import said_of_all, said_of_one
from concviz.core.language import current, use
from concviz.core.timeline.timeline import Timeline
from tests.core.insight.blocking import blocked_in_each
from tests.core.timeline.build import ns
from tests.core.timeline.stories import read


def looked_through(timeline: Timeline) -> Moments:
    found = Moments(timeline)
    while found.advance(timeline.end_ns, over=True):
        pass
    return found


def of(outline: Outline, kind: Kind) -> list[Topic]:
    return [topic for topic in outline.topics if topic.moment.kind is kind]


def test_one_line_in_four_processes_is_one_topic(tmp_path: Path) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=4, blocks=10).write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.HELD_UP)
    assert (topic.n, topic.processes) == (40, 4)
    assert said_of_all(topic, timeline) == (
        "the loop is blocked 40 times at app.py:7, in 4 processes: 2.40 s of 4.40 s in all, at most 60 ms, "
        "with 2 tasks ready")
    assert said_of_one(1, topic, timeline) == (
        "request blocks the loop for 60 ms at app.py:7: 2 tasks are ready and wait (40 times, 2.40 s in all, "
        "in 4 processes)")
    (idle,) = of(looked_through(timeline).outline(), Kind.TASKS_WAIT)
    assert idle.processes == 4
    assert said_of_all(idle, timeline, praise=False).endswith(" in all, in 4 processes)")


def test_each_process_s_can_be_gone_to_in_the_order_of_time(tmp_path: Path) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=3, blocks=2).write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.HELD_UP)
    assert topic.like.begins == [ns(t) for t in (20, 30, 40, 120, 130, 140)]
    pids = [timeline.workers[moment.worker].pid for moment in topic.like.moments]
    assert pids == [200, 201, 202] * 2


def test_as_of_an_instant_it_is_in_as_many_processes_as_then(tmp_path: Path) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=4, blocks=3).write()).timeline
    found = looked_through(timeline)
    counts = [of(found.outline(ns(t)), Kind.HELD_UP)[0].processes for t in (25, 35, 45, 65)]
    assert counts == [1, 2, 3, 4]
    alone = said_of_all(of(found.outline(ns(25)), Kind.HELD_UP)[0], timeline)
    assert "process" not in alone


def test_it_goes_on_until_the_last_process_s_ends(tmp_path: Path) -> None:
    """The one that began last may be over while another one's goes on."""
    timeline = read(blocked_in_each(tmp_path / "s", workers=2, blocks=3, late=700).write()).timeline
    outline = looked_through(timeline).outline()
    (topic,) = of(outline, Kind.HELD_UP)
    assert topic.moment.t0_ns == ns(310)
    assert topic.moment.t1_ns == ns(1100)
    like = Recurring(topic.like.cause)
    for t0, t1 in ((310, 1100), (320, 380)):
        like.add(Moment(Kind.HELD_UP, ns(t0), ns(t1), 1, 2, 1, spent_ns=(t1 - t0) * 1_000_000), t0)
    alone = like.topic(timeline.end_ns)
    assert alone is not None
    told = Outline((alone,), (), timeline.start_ns, timeline.end_ns).at(ns(700))
    assert told is alone
    assert like.until_ns(1) == ns(1100)


@pytest.mark.parametrize("step", [7, 50, 130])
def test_what_goes_on_in_several_at_once_is_told_of_once_each(tmp_path: Path, step: int) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=3, blocks=8, late=400).write()).timeline
    found, counts, spent = Moments(timeline), list[int](), list[int]()
    for t in range(0, 1200, step):
        while found.advance(ns(t)):
            pass
        topics = of(found.outline(), Kind.HELD_UP)
        counts.append(sum(topic.n for topic in topics))
        spent.append(sum(topic.spent_ns for topic in topics))
        assert len(topics) <= 1
        for topic in topics:
            assert topic.spent_ns == sum(moment.spent_ns for moment in topic.like.moments)
            assert topic.like.begins == sorted(topic.like.begins)
    assert (counts, spent) == (sorted(counts), sorted(spent))
    while found.advance(timeline.end_ns, over=True):
        pass
    once = of(looked_through(timeline).outline(), Kind.HELD_UP)
    assert [(topic.n, topic.spent_ns) for topic in of(found.outline(), Kind.HELD_UP)] == [
        (topic.n, topic.spent_ns) for topic in once]
    assert once[0].n == 25


def test_what_is_told_of_by_a_line_is_one_whatever_the_processes_are_called(tmp_path: Path) -> None:
    story = blocked_in_each(tmp_path / "s", workers=2, blocks=4, names=("loader", "writer"))
    outline = looked_through(read(story.write()).timeline).outline()
    assert [topic.processes for topic in of(outline, Kind.HELD_UP)] == [2]
    assert [topic.processes for topic in of(outline, Kind.TASKS_WAIT)] == [1, 1]  # they do different things


def test_the_same_line_below_another_parent_is_told_of_by_itself(tmp_path: Path) -> None:
    story = blocked_in_each(tmp_path / "s", workers=2, blocks=4)
    story.processes[2].ppid = 200
    first, app = story.processes[1], story.processes[0]
    app.records = [record for record in app.records if record.words[3] != 201]
    first.child(1.5, 201, "fork", "ForkProcess-2")
    outline = looked_through(read(story.write()).timeline).outline()
    assert [topic.processes for topic in of(outline, Kind.HELD_UP)] == [1, 1]


def test_tasks_that_fail_alike_in_several_processes_add_up(tmp_path: Path) -> None:
    story = blocked_in_each(tmp_path / "s", workers=3, blocks=2)
    for child in story.processes[1:]:
        child.thread("worker", tid=child.pid + 500).end(150, L.OUTCOME_FAILED, "OSError")
    timeline = read(story.write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.FAILED)
    assert said_of_all(topic, timeline) == (
        "worker failed: an uncaught OSError, and 2 others in the same way, in 3 processes")


def test_it_is_said_in_russian_too(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=2, blocks=4).write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.HELD_UP)
    before = current()
    request.addfinalizer(lambda: use(before))
    use("ru")
    assert ", в 2 процессах: " in said_of_all(topic, timeline)


def test_some_are_taken_out_of_the_midst() -> None:
    like = Recurring((Kind.HELD_UP, 1, "line"))
    moments = [Moment(Kind.HELD_UP, t, t + 5, 1, 2, 1, spent_ns=5) for t in (10, 20, 30, 40)]
    for number, moment in enumerate(moments):
        like.add(moment, number)
    like.take_out([moments[1], moments[3]])
    assert like.moments == [moments[0], moments[2]]
    topic = like.topic(99)
    assert topic is not None
    assert (topic.n, topic.spent_ns, topic.processes) == (2, 10, 2)
    like.add(moments[1], 2)
    topic = like.topic(99)
    assert topic is not None
    assert (topic.n, topic.processes) == (3, 2)




def test_what_computes_says_at_its_end_in_how_many(tmp_path: Path) -> None:
    timeline = read(blocked_in_each(tmp_path / "s", workers=2, blocks=4).write()).timeline
    worker = next(worker.index for worker in timeline.workers if worker.name == "request")
    like = Recurring((Kind.HELD_UP, 1, "handle"))
    for process in (1, 2):
        like.add(Moment(Kind.HELD_UP, process, 60, worker, 1, 2, spent_ns=50_000_000), process)
    topic = like.topic(timeline.end_ns)
    assert topic is not None
    assert said_of_all(topic, timeline).endswith(", at most 50 ms, in 2 processes, with 2 tasks ready")
