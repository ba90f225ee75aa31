"""Moments are found in sessions whose every event is known, and not found where there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import called, merit, said
from concviz.core.insight.moments import Moments
from concviz.core.insight.recurring import line_of
from concviz.core.insight.topic_words import said_of_all, said_of_one
from concviz.core.language import use
from concviz.core.model import Known, Site
from concviz.core.system import layout as S
from tests.core.insight.found import HOLDS, WAITS_CORE, WAITS_GIL, at, found_in, looked_through, looping, only
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import read, stories


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def test_tasks_that_wait_at_once(story: Story) -> None:
    _app, main = looping(story)
    for number in range(3):
        task = main.task(f"page {number}", born=1)
        task.step(10 + number, 11 + number, awaits=L.REF_IO)
        task.step(100 + number, 101 + number, waker=L.REF_IO, ended=L.REF_ENDED)
    timeline, moment = only(story, 110, Kind.TASKS_WAIT)
    assert at(moment) == (13, 100)
    assert (moment.count, moment.known) == (3, Known.EXACT)
    assert timeline.workers[moment.worker].name == "MainThread"
    assert said(moment, timeline) + merit(moment) == (
        "3 tasks wait at once and the loop is idle: this is where asyncio wins")


def test_a_task_alone_overlaps_with_nobody(story: Story) -> None:
    _app, main = looping(story)
    task = main.task("only", born=1)
    task.step(2, 3, awaits=L.REF_IO)
    task.step(400, 401, waker=L.REF_IO, ended=L.REF_ENDED)
    timeline, found = found_in(story, 410)
    assert [moment.kind for moment in found] == [Kind.ONE_WAITS]
    assert at(found[0]) == (3, 400)
    assert said(found[0], timeline) == "only only waits, for 397 ms, and nothing else is under way"


def test_waits_one_after_another_are_one_episode(story: Story) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    for begin in range(10, 500, 50):
        main.block(begin, begin + 48, L.OP_IO_READ)
    timeline, moment = only(story, 520, Kind.ONE_WAITS)
    assert at(moment) == (10, 508)
    assert (moment.times, moment.spent_ns) == (10, 480_000_000)
    assert said(moment, timeline) == (
        "only MainThread waits, 10 times one after another: it adds up to 480 ms")


def test_waits_at_several_lines_are_told_of_line_by_line(story: Story) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    read = ("/usr/lib/http.py", 9, "read")
    lines = {line: app.site("/srv/app.py", line, "fetch", call=read) for line in (3, 7)}
    also = app.site("/srv/app.py", 7, "fetch", call=("/usr/lib/http.py", 5, "getresponse"))
    main.block(10, 110, L.OP_IO_READ, lines[3])
    for begin in range(120, 720, 60):
        main.block(begin, begin + 10, L.OP_IO_READ, also)
        main.block(begin + 11, begin + 59, L.OP_IO_READ, lines[7])
    timeline, moment = only(story, 750, Kind.ONE_WAITS)
    assert (at(moment), moment.times, moment.spent_ns) == ((120, 719), 20, 580_000_000)
    assert said(moment, timeline) == (
        "only MainThread waits, 20 times one after another at app.py:7: it adds up to 580 ms")


@pytest.mark.parametrize(("ready", "told"), [(100, True), (280, True), (295, False)])
def test_who_is_ready_only_at_the_end_of_a_long_step_is_not_held_up(
    story: Story, ready: float, told: bool
) -> None:
    _app, main = looping(story)
    main.task("main", born=1).step(10, 300, ready=5, ended=L.REF_ENDED)  # it makes the other
    main.task("page", born=ready).step(301, 310, ready=ready, ended=L.REF_ENDED)
    assert (Kind.HELD_UP in {moment.kind for moment in found_in(story, 320)[1]}) == told


@pytest.mark.parametrize(("until", "alone"), [(100, True), (350, False)])
def test_who_waits_for_what_a_child_is_at_does_not_wait_alone(
    story: Story, until: int, alone: bool
) -> None:
    """The child is only seen from outside: it runs up to an instant, and waits from then on."""
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True).block(10, 410, L.OP_IO_READ)
    app.child(5, 200, "subprocess", "tool", by=main)
    for t in range(10, 410, 5):
        busy = t < until
        state = S.ThreadState.ON_CORE if busy else S.ThreadState.BLOCKED
        story.sampled(t, S.Record.THREAD, 200, 200, S.thread_value(state, S.Wait.IO, 0),
                      min(t, until) * 1_000_000, 0)
        story.sweep(t, 200)
    kinds = [moment.kind for moment in found_in(story, 420)[1]]
    assert (Kind.ONE_WAITS in kinds) == alone


@pytest.mark.parametrize(("operation", "alone"), [
    (L.OP_IO_READ, [(Kind.ONE_WAITS, "MainThread")]), (L.OP_JOIN, []),
])
def test_what_multiprocessing_starts_for_itself_is_not_who_waits(
    story: Story, operation: int, alone: list[tuple[Kind, str]],
) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True).block(10, 800, operation)
    app.child(5, 200, "subprocess", "resource_tracker", by=main)
    tracker = story.process(200, ppid=100, opened=6)
    tracker.thread("MainThread", tid=200, main=True).block(6, 800, L.OP_IO_READ)
    tracker.closed = 802
    app.child_end(803, 200)
    timeline, found = found_in(story, 810)
    assert [(moment.kind, timeline.workers[moment.worker].name) for moment in found] == alone


@pytest.mark.parametrize(("length", "alone"), [(900, []), (3000, [(1250, 3000)])])
def test_a_process_of_which_nothing_has_been_seen_is_taken_to_start(
    story: Story, length: int, alone: list[tuple[float, float]],
) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    app.child(5, 200, "subprocess", "tool", by=main)
    for begin in range(10, length, 5):
        main.block(begin, begin + 5, L.OP_IO_READ)
    app.child_end(length + 5, 200)
    assert [at(moment) for moment in found_in(story, length + 10)[1]] == alone


def test_threads_that_wait_at_once(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 120, L.OP_JOIN)
    for number in range(4):
        app.thread(f"fetcher {number}").block(5, 100 + number, L.OP_IO_READ)
    timeline, moment = only(story, 120, Kind.THREADS_WAIT)
    assert at(moment)[0] == 5
    assert moment.count == 4
    assert said(moment, timeline).startswith("4 threads wait at once and none runs")


@pytest.mark.parametrize("blocks", [True, False])
def test_a_long_step_holds_others_up(story: Story, blocks: bool) -> None:
    app, main = looping(story)
    site = app.site("/srv/app.py", 7, "fetch")
    hog = main.task("hog", born=1, site=app.site("/srv/app.py", 3, "fetch"))
    for number in range(5):
        main.task(f"other {number}", born=2).step(300 + number, 301 + number, ready=290, ended=L.REF_ENDED)
    if blocks:
        main.block(12, 209, L.OP_SLEEP, site)
    hog.step(10, 210, ready=5, ended=L.REF_ENDED)
    timeline, moment = only(story, 320, Kind.HELD_UP)
    assert at(moment) == (10, 210)
    assert (moment.count, moment.blocked, moment.times) == (5, blocks, 1)
    stands = ("/srv/app.py", 7) if blocks else None  # where it begins is not where it runs
    assert line_of(moment.site) == stands
    where = "hog blocks the loop for 200 ms at app.py:7" if blocks else "hog runs 200 ms without yielding"
    assert said(moment, timeline) == f"{where}: 5 tasks are ready and wait"


def test_who_is_held_by_the_reader_is_held_up_by_nobody(story: Story) -> None:
    app, main = looping(story)
    app.thread("other").block(5, 300, L.OP_HELD)
    app.thread("third").block(5, 300, L.OP_IO_READ)
    app.thread("fourth").block(5, 300, L.OP_IO_READ)
    main.task("alone", born=1).step(10, 200, ready=5, ended=L.REF_ENDED)
    kinds = {moment.kind for moment in found_in(story, 310)[1]}
    assert not kinds & {Kind.HELD_UP, Kind.ONE_WAITS, Kind.THREADS_WAIT}


def test_a_loop_that_is_held_by_the_reader_is_not_idle(story: Story) -> None:
    _app, main = looping(story)
    for number in range(3):
        task = main.task(f"page {number}", born=1)
        task.step(10 + number, 11 + number, awaits=L.REF_IO)
        task.step(900 + number, 901 + number, waker=L.REF_IO, ended=L.REF_ENDED)
    main.block(15, 100, L.OP_LOOP_SELECT).block(100, 900, L.OP_HELD)
    _timeline, moment = only(story, 910, Kind.TASKS_WAIT)
    assert at(moment)[1] <= 101


def test_long_steps_are_each_a_moment_however_close(story: Story) -> None:
    _app, main = looping(story)
    main.task("patient", born=1).step(300, 301, ready=290, ended=L.REF_ENDED)
    for number, (begin, end) in enumerate(((10, 60), (61, 161), (162, 200))):
        main.task(f"hog {number}", born=1).step(begin, end, ready=begin - 5, ended=L.REF_ENDED)
    _, found = found_in(story, 310)
    assert [at(moment) for moment in found if moment.kind is Kind.HELD_UP] == [
        (10, 60), (61, 161), (162, 200)]


def test_a_long_step_that_nobody_waits_for_is_none(story: Story) -> None:
    _app, main = looping(story)
    main.task("alone", born=1).step(10, 200, ready=5, ended=L.REF_ENDED)
    assert Kind.HELD_UP not in {moment.kind for moment in found_in(story, 210)[1]}


def test_the_gil_passes(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 300, L.OP_JOIN)
    ours = [app.thread(name, tid=200 + number) for number, name in enumerate("ab")]
    for turn, t in enumerate(range(10, 200, 5)):
        for number, thread in enumerate(ours):
            holds = turn % 2 == number
            thread.sample(t, HOLDS if holds else WAITS_GIL, cpu=(turn + 1 - number) // 2 * 5)
    for t in range(10, 300, 10):
        story.sweep(t, threads=3)
    timeline, moment = only(story, 300, Kind.GIL_PASSES)
    assert {called(timeline, moment.worker), called(timeline, moment.other or 0)} == {"a", "b"}
    assert moment.count >= 20
    assert moment.spent_ns == moment.t1_ns - moment.t0_ns
    assert moment.known is Known.SAMPLED
    assert said(moment, timeline).startswith("the GIL passes from ")


def test_processes_run_at_the_same_instant(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 300, L.OP_CHILD)
    for pid in (200, 300):
        app.child(1, pid, "fork", f"Worker-{pid}")
        child = story.process(pid, ppid=100, opened=2)
        thread = child.thread("MainThread", tid=pid, main=True)
        for t in range(10, 250, 5):
            thread.sample(t, HOLDS, cpu=t - 5)
            story.sweep(t, pid)
        child.closed = 260
        app.child_end(270, pid)
    timeline, moment = only(story, 300, Kind.PARALLEL)
    assert moment.count == 2
    assert moment.spent_ns > 200_000_000
    assert said(moment, timeline) == (
        "Worker-200 and Worker-300 run at the same instant, on a core each: parallelism")


def test_what_is_only_inferred_is_no_parallelism(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True)
    app.thread("other")
    assert Kind.PARALLEL not in {moment.kind for moment in found_in(story, 300)[1]}


Place = tuple[str, int, str]
LIBRARY: Place = ("/lib/site-packages/pool.py", 7, "Pool.take")


def queue(story: Story, call: Place | None, below: Place | None = None) -> list[Moment]:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 400, L.OP_JOIN)
    site = app.site("/srv/app.py", 21, "work", call=call, below=below)
    for number in range(5):
        app.thread(f"worker {number}").block(10, 100 + number * 50, L.OP_LOCK, site)
    timeline, found = found_in(story, 400)
    assert all(said(moment, timeline) for moment in found)
    return [moment for moment in found if moment.kind is Kind.LOCK_QUEUE]


def only_said(story: Story, call: Place, below: Place) -> str:
    (moment,) = queue(story, call, below)
    return said(moment, read(story.path).timeline)


def test_threads_queue_for_a_lock(story: Story) -> None:
    (moment,) = queue(story, None)
    assert (moment.count, at(moment)) == (5, (10, 200))
    assert moment.site is not None
    assert moment.site.line == 21


def test_waiting_for_a_signal_is_no_queue(story: Story) -> None:
    assert queue(story, ("/usr/lib/threading.py", 300, "Condition.wait")) == []


def test_nor_where_a_library_waits_for_it(story: Story) -> None:
    assert queue(story, LIBRARY, ("/usr/lib/threading.py", 300, "Event.wait")) == []


def test_a_library_s_semaphore_is_queued_for(story: Story) -> None:
    assert only_said(story, LIBRARY, ("/usr/lib/threading.py", 300, "Semaphore.acquire")) == (
        "5 threads queue for a semaphore at app.py:21: one gets on whenever another lets go")


def test_as_a_lock_where_nothing_says_otherwise(story: Story) -> None:
    assert only_said(story, LIBRARY, ("/lib/site-packages/pool.py", 9, "Pool.really")) == (
        "5 threads queue for a lock at app.py:21: one gets on at a time")


def test_a_deadlock_that_somebody_has_seen_matters_more_than_anything_else(story: Story) -> None:
    queue(story, None)
    timeline = read(story.write()).timeline
    found = looked_through(timeline)
    told = Moment(Kind.DEADLOCK, ns(20), ns(1000), 1, 2, 2, site=Site("app.py", 7, "work"))
    assert found.tell([told])
    assert not found.tell([told])
    topic = found.outline().at(ns(50))
    assert topic is not None
    assert topic.moment is told
    assert found.all == sorted(found.all, key=lambda moment: moment.t0_ns)
    a, b = (called(timeline, lane) for lane in (1, 2))
    assert said(told, timeline) == f"deadlock: {a} waits at app.py:7 for {b}, and {b} for {a}"
    others = [said(replace(told, count=n), timeline) for n in (0, 1, 3)]
    assert others == [
        "deadlock: nobody can go on", f"deadlock: {a} waits for itself at app.py:7",
        f"deadlock: 3 workers wait in a circle, {a} at app.py:7 for {b}"]
    found.tell([])
    assert told not in found.all


def test_more_tasks_than_the_executor_has_threads(story: Story) -> None:
    app, main = looping(story)
    for number in range(2):
        app.thread(f"pool_{number}", flags=L.THREAD_POOL).work(5, 300).block(6, 300, L.OP_IO_READ)
    for number in range(6):
        task = main.task(f"job {number}", born=1)
        task.step(2 + number / 10, 2.05 + number / 10, awaits=L.REF_WORK)
        task.step(310 + number, 310.5 + number, waker=L.REF_WORK, ended=L.REF_ENDED)
    timeline, moment = only(story, 320, Kind.EXECUTOR_FULL)
    assert (moment.count, moment.capacity) == (4, 2)
    assert said(moment, timeline) == (
        "all 2 threads of the executor are taken, and 4 tasks wait for one of them")


def test_one_of_several_processes_is_left_at_work(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 500, L.OP_CHILD)
    for pid, until in ((200, 100), (300, 450)):
        app.child(1, pid, "fork", f"Worker-{pid}")
        child = story.process(pid, ppid=100, opened=2)
        thread = child.thread("MainThread", tid=pid, main=True)
        for t in range(10, until, 5):
            thread.sample(t, HOLDS, cpu=t - 5)
            story.sweep(t, pid)
        child.closed = until
        app.child_end(until + 1, pid)
    timeline, moment = only(story, 500, Kind.LEFT_ALONE)
    assert 95 <= at(moment)[0] <= 105
    assert said(moment, timeline) == (
        "only Worker-300 is at work: 1 other process has nothing to do")


def test_who_was_started_when_the_others_had_ended_is_not_left_alone(story: Story) -> None:
    app = story.process(100)
    app.thread("MainThread", tid=100, main=True).block(0, 900, L.OP_CHILD)
    # pid 200 lives on, as a resource tracker does, without ever being at work
    tracker = story.process(200, ppid=100, opened=2)
    tracker.thread("MainThread", tid=200, main=True).block(2, 890, L.OP_IO_READ)
    app.child(1, 200, "fork", "Tracker")
    for pid, begin, until in ((300, 5, 300), (400, 310, 600), (500, 610, 880)):
        app.child(begin, pid, "fork", f"Build-{pid}")
        child = story.process(pid, ppid=100, opened=begin + 1)
        thread = child.thread("MainThread", tid=pid, main=True)
        for t in range(begin + 5, until, 5):
            thread.sample(t, HOLDS, cpu=t - begin - 1)
            story.sweep(t, pid)
        child.closed = until
        app.child_end(until + 1, pid)
    assert Kind.LEFT_ALONE not in [moment.kind for moment in found_in(story, 900)[1]]


def test_no_core_is_free(story: Story) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    for t in range(5, 300, 5):
        main.sample(t, WAITS_CORE, cpu=1, queue=t)
        story.sweep(t)
    timeline, moment = only(story, 300, Kind.NO_CORE)
    assert moment.count == 1
    assert said(moment, timeline).startswith("no core is free: 1 worker could run")


@pytest.mark.parametrize(("until", "told"), [(600, True), (900, False)])
def test_that_no_core_was_free_is_told_of_where_it_explains_something(
    story: Story, until: float, told: bool,
) -> None:
    """A hundred milliseconds of its start in which the machine was busy: of how much?"""
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    for t in range(5, 110, 5):
        main.sample(t, WAITS_CORE, cpu=1, queue=t)
        story.sweep(t)
    main.sample(110, HOLDS, cpu=2, queue=110).block(115, until, L.OP_SLEEP)
    app.closed = until
    story.end(until, 0)
    moments = looked_through(read(story.write()).timeline)
    for as_of_ms in (150, until):
        kinds = [topic.moment.kind for topic in moments.outline(ns(as_of_ms)).topics]
        assert (Kind.NO_CORE in kinds) is told, "in a replay, too, it is known what it comes to"


def test_what_happens_at_an_instant(story: Story) -> None:
    _app, main = looping(story)
    for number in range(3):
        task = main.task(f"page {number}", born=1)
        task.step(10 + number, 11 + number, awaits=L.REF_IO)
        task.step(100, 101 + number, waker=L.REF_IO, ended=L.REF_ENDED)
    main.task("late", born=200).step(201, 202, awaits=L.REF_IO).step(
        500, 501, waker=L.REF_IO, ended=L.REF_ENDED)
    story.processes[0].closed = 510
    story.end(510, 0)
    moments = looked_through(read(story.write()).timeline)
    kinds = [moment.kind for moment in moments.all]
    assert kinds == [Kind.TASKS_WAIT, Kind.ONE_WAITS]
    outline = moments.outline()
    first, second = outline.topics
    assert outline.at(ns(5)) is None
    assert outline.at(ns(50)) == first
    assert outline.at(ns(150)) == first, "the last one, until there is another"
    assert outline.at(ns(300)) == second
    begins = first.moment.t0_ns
    assert (outline.after(ns(0)), outline.after(begins), outline.after(ns(400))) == (first, second, None)
    assert (outline.before(ns(400)), outline.before(begins)) == (second, None)
    assert outline.begins(ns(0), second.moment.t0_ns) == [begins]
    assert outline.at(ns(505)) == second
    taught = Moments(read(story.path).timeline, (Kind.TASKS_WAIT,))
    while taught.advance(ns(510), over=True):
        pass
    during, after = taught.outline().at(ns(300)), taught.outline().at(ns(505))
    assert during is not None
    assert during.moment == second.moment
    assert after is not None
    assert after.moment == first.moment, "what was to be looked for"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), step_ms=st.sampled_from((7.0, 40.0, 260.0)))
def test_growing_or_at_once_the_same_is_found_and_can_be_said(
    data: st.DataObject, step_ms: float, tmp_path_factory: pytest.TempPathFactory,
) -> None:
    story = data.draw(stories(tmp_path_factory.mktemp("story") / "session"))
    timeline = read(story.write()).timeline
    at_once = looked_through(timeline)
    growing = looked_through(timeline, step_ms)
    assert growing.all == at_once.all
    topics = at_once.outline().topics
    assert [topic.n for topic in growing.outline().topics] == [topic.n for topic in topics]
    assert sum(topic.n for topic in topics) == len(at_once.all)
    spoken: list[Callable[[], None]] = [lambda: use("ru"), lambda: use("en")]
    for speak in spoken:
        speak()
        for moment in at_once.all:
            assert moment.t0_ns <= moment.t1_ns <= timeline.end_ns
            assert said(moment, timeline)
        for topic in topics:
            assert said_of_all(topic, timeline)
            assert all(said_of_one(place, topic, timeline) for place in range(topic.n))
