"""Moments of one cause are told together: how often, how long in all, and by the one that shows it best."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moments import Moments
from concviz.core.insight.outline import Outline
from concviz.core.insight.recurring import Cause, Recurring, Topic
from concviz.core.insight.topic_words import said_of_all, said_of_one
from concviz.core.model import Site
from concviz.core.timeline.timeline import Timeline
from tests.core.insight.blocking import ROUND, blocked_often
from tests.core.timeline.build import START_NS, ns
from tests.core.timeline.stories import read

CAUSE: Cause = (Kind.HELD_UP, 1, "line")
PRAISE = "this is where asyncio wins"


def looked_through(timeline: Timeline, *looked_for: Kind) -> Moments:
    found = Moments(timeline, looked_for)
    while found.advance(timeline.end_ns, over=True):
        pass
    return found


def told(outline: Outline, timeline: Timeline) -> list[str]:
    return [said_of_all(topic, timeline, praise=not outline.troubled) for topic in outline.topics]


def of(outline: Outline, kind: Kind) -> list[Topic]:
    return [topic for topic in outline.topics if topic.moment.kind is kind]


def test_the_same_line_is_one_topic_that_leads_to_the_longest(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40).write()).timeline
    outline = looked_through(timeline).outline()
    words = told(outline, timeline)
    assert len(words) == 3
    assert words[0] == (
        "the loop is blocked 39 times at app.py:7: 2.36 s of 4.01 s in all, at most 80 ms, with 3 tasks "
        "ready")
    longest, other = of(outline, Kind.HELD_UP)
    assert longest.moment.t0_ns == ns(310)
    assert timeline.workers[longest.moment.worker].name == "request 3"
    assert (other.n, other.moment.t0_ns) == (1, ns(510))
    assert said_of_all(other, timeline) == (
        "request 5 blocks the loop for 60 ms at app.py:17: 3 tasks are ready and wait")


def test_each_of_them_can_be_told_by_itself(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40).write()).timeline
    topic = of(looked_through(timeline).outline(), Kind.HELD_UP)[0]
    assert topic.like.begins == [ns(10 + n * ROUND) for n in range(40) if n != 5]
    assert said_of_one(38, topic, timeline) == (
        "request 39 blocks the loop for 60 ms at app.py:7: 3 tasks are ready and wait (39 times, 2.36 s "
        "in all)")
    beside = [topic.like.beside(ns(t), by) for t, by in ((10, 1), (10, -1), (150, 1), (150, -1))]
    assert beside == [1, -1, 2, 1]


def test_what_computes_is_told_of_by_its_coroutine(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=10, computes=True).write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.HELD_UP)
    assert said_of_all(topic, timeline) == (
        "handle runs long without yielding 10 times: 620 ms of 1.01 s in all, at most 80 ms, with 3 tasks "
        "ready")


def test_where_neither_line_nor_coroutine_is_known_it_is_told_so_all_the_same(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=2).write()).timeline
    client = next(worker.index for worker in timeline.workers if worker.name == "client 0")
    moments = [Moment(Kind.HELD_UP, t, t + 50, client, 1, 2, spent_ns=50_000_000, blocked=blocked)
               for t, blocked in ((0, True), (100, True), (0, False), (100, False))]
    for first, begin in ((0, "the loop is blocked 2 times: 100 ms of"), (2, "2 steps are long without")):
        like = Recurring(CAUSE)
        for moment in moments[first : first + 2]:
            like.add(moment)
        topic = like.topic(timeline.end_ns)
        assert topic is not None
        assert said_of_all(topic, timeline).startswith(begin)


def test_of_other_kinds_it_is_added_how_often(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40).write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.TASKS_WAIT)
    alone = f" ({topic.n} times, {topic.spent_ns / 1e9:.2f} s in all)"
    assert topic.n == 40
    assert said_of_all(topic, timeline, praise=False) == f"3 tasks wait at once and the loop is idle{alone}"
    assert said_of_all(topic, timeline).endswith(f"{alone}: {PRAISE}")


@pytest.mark.parametrize(("kind", "words"), [
    (Kind.NO_CORE, "no core is free: 2 workers could run and wait for one, 160 ms in all"),
    (Kind.ONE_WAITS, "only client 0 waits, 5 times one after another: it adds up to 160 ms"),
    (Kind.PARALLEL, "client 0 and client 0 run at the same instant, on a core each: parallelism (2 times, "
                    "160 ms in all)"),
])
def test_of_some_kinds_the_sentence_itself_says_what_they_come_to(
    tmp_path: Path, kind: Kind, words: str,
) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=2).write()).timeline
    client = next(worker.index for worker in timeline.workers if worker.name == "client 0")
    like = Recurring((kind, -1, ""))
    for t, times, spent_ns in ((0, 2, 60_000_000), (500, 3, 100_000_000)):
        like.add(Moment(kind, t, t + 1, client, count=2, times=times, spent_ns=spent_ns))
    topic = like.topic(timeline.end_ns)
    assert topic is not None
    assert said_of_all(topic, timeline) == words


def test_failures_alike_add_up(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "s", blocks=2, until=2000)
    app = story.processes[0]
    for number in range(5):
        app.thread(f"worker {number}", tid=300 + number).end(300 + number * 200, L.OUTCOME_FAILED, "OSError")
    timeline = read(story.write()).timeline
    (topic,) = of(looked_through(timeline).outline(), Kind.FAILED)
    assert said_of_all(topic, timeline) == (
        "worker 0 failed: an uncaught OSError, and 4 others in the same way")
    assert said_of_one(2, topic, timeline) == "worker 2 failed: an uncaught OSError"


def test_as_of_an_instant_nothing_is_told_of_what_came_later(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40).write()).timeline
    moments = looked_through(timeline)
    assert moments.outline(ns(9)).topics == []
    assert told(moments.outline(ns(290)), timeline)[0].startswith(
        "the loop is blocked 3 times at app.py:7: 180 ms of 290 ms in all, at most 60 ms")
    topic = of(moments.outline(ns(490)), Kind.HELD_UP)[0]
    assert (topic.n, topic.place, len(topic.like.moments)) == (5, 3, 39)


def test_trouble_that_keeps_coming_is_told_of_between_two_times(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40, until=8000).write()).timeline
    outline = looked_through(timeline).outline()
    kinds = [topic.moment.kind for t in (85, 401, 3985, 5800, 7000, 9000) if (topic := outline.at(ns(t)))]
    assert kinds == [
        Kind.TASKS_WAIT,  # once is not again and again
        Kind.HELD_UP, Kind.HELD_UP, Kind.HELD_UP,
        Kind.TASKS_WAIT,  # it is over
        Kind.HELD_UP,  # where nothing more is known, trouble matters more than what was last
    ]


def test_what_is_to_be_looked_for_is_told_of_between_two_times_all_the_same(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=40).write()).timeline
    outline = looked_through(timeline, Kind.TASKS_WAIT).outline()
    now = outline.at(ns(401))
    assert now is not None
    assert now.moment.kind is Kind.TASKS_WAIT


@pytest.mark.parametrize(("blocks", "until", "troubled"), [
    (4, 1000, True),  # 26 % of the time
    (4, 9000, False),  # 3 %
    (20, 60_000, True),  # 2 %, yet more than a second
])
def test_a_session_in_trouble_is_not_praised(
    tmp_path: Path, blocks: int, until: int, troubled: bool,
) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=blocks, until=until).write()).timeline
    outline = looked_through(timeline).outline()
    assert outline.troubled == troubled
    assert any(PRAISE in words for words in told(outline, timeline)) == (not troubled)


def test_who_fails_is_trouble_however_short_it_was(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "s", blocks=1, until=9000)
    story.processes[0].thread("worker", tid=300).end(500, L.OUTCOME_FAILED, "OSError")
    timeline = read(story.write()).timeline
    assert looked_through(timeline).outline().troubled


def test_what_is_still_going_on_is_told_of_once_however_it_grows(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "s", blocks=30)
    timeline = read(story.write()).timeline
    found, counts = Moments(timeline), list[int]()
    for t in range(0, 3000, 50):
        while found.advance(ns(t)):
            pass
        counts.append(sum(topic.n for topic in of(found.outline(), Kind.HELD_UP)))
        assert counts[-1] == len([moment for moment in found.all if moment.kind is Kind.HELD_UP])
    assert counts == sorted(counts)
    while found.advance(timeline.end_ns, over=True):
        pass
    assert sum(topic.n for topic in of(found.outline(), Kind.HELD_UP)) == 30


def test_the_best_is_known_up_to_each_and_late_ones_find_their_place() -> None:
    def step(t: int, length: int) -> Moment:
        return Moment(Kind.HELD_UP, t, t + length, 1, 2, 1, spent_ns=length)

    like = Recurring(CAUSE)
    for t, length in ((10, 5), (40, 9), (20, 7), (60, 8)):
        like.add(step(t, length))
    assert like.begins == [10, 20, 40, 60]
    topics = [topic for t in (10, 20, 45, 99) if (topic := like.topic(t))]
    best = [(topic.n, topic.moment.t0_ns, topic.spent_ns) for topic in topics]
    assert best == [(1, 10, 5), (2, 20, 12), (3, 40, 21), (4, 40, 29)]
    assert like.topic(9) is None
    like.cut(2)
    topic = like.topic(99)
    assert topic is not None
    assert (topic.n, topic.moment.t0_ns) == (2, 20)


def test_of_waits_side_by_side_the_one_of_most_is_the_best() -> None:
    like = Recurring((Kind.TASKS_WAIT, 1, ""))
    for t, count, length in ((10, 3, 90), (200, 5, 20), (300, 5, 30), (400, 4, 80)):
        like.add(Moment(Kind.TASKS_WAIT, t, t + length, 1, count=count, spent_ns=length))
    topic = like.topic(999)
    assert topic is not None
    assert (topic.moment.t0_ns, topic.place) == (300, 2)


def test_deadlocks_at_one_line_are_one_topic(tmp_path: Path) -> None:
    timeline = read(blocked_often(tmp_path / "s", blocks=2).write()).timeline
    found = looked_through(timeline)
    site = Site("app.py", 7, "pay")
    found.tell([Moment(Kind.DEADLOCK, START_NS + t, START_NS + t + 5, 1, 2, 2, site=site) for t in (10, 50)])
    (topic,) = of(found.outline(), Kind.DEADLOCK)
    assert topic.n == 2
    assert "in all" not in said_of_all(topic, timeline)
    assert said_of_one(1, topic, timeline) == said_of_all(topic, timeline)
