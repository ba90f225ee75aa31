"""What keeps a loop from its tasks other than their steps: callbacks, and who has the GIL."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import called, said
from concviz.core.insight.topic_words import said_of_all
from concviz.core.model import Known
from concviz.core.system import layout as S
from concviz.core.timeline.timeline import Timeline
from tests.core.insight.found import HOLDS, WAITS_GIL, at, found_in, looked_through, looping
from tests.core.timeline.build import Story, Thread, ns


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def of(kind: Kind, found: list[Moment]) -> list[Moment]:
    return [moment for moment in found if moment.kind is kind]


def tickers(main: Thread, *until: float) -> None:
    """Three tasks that were due at 120 (and 10 ms later), and get on at each of these; they wait before."""
    for number in range(3):
        task = main.task(f"ticker {number}", born=1)
        task.step(10 + number, 11 + number, ready=5, awaits=L.REF_TIMER)
        for begin in until:
            t = begin + number
            task.step(t, t + 1, ready=t - begin + 80, waker=L.REF_TIMER, awaits=L.REF_TIMER)


def test_a_callback_that_waits_blocks_the_loop(story: Story) -> None:
    """From 100 on it sleeps, the tasks are ready from 120 on, and get on at 200; so again from 300 on."""
    app, main = looping(story)
    site = app.site("/srv/app.py", 3, "on_timer")
    for begin in (100, 300):
        main.block(begin, begin + 100, L.OP_SLEEP, site)
    tickers(main, 200, 400)
    timeline, found = found_in(story, 420)
    moments = of(Kind.HELD_UP, found)
    assert [at(moment) for moment in moments] == [(100, 200), (300, 400)]
    assert {(m.worker, m.spent_ns, m.count, m.known) for m in moments} == {
        (moments[0].other, 100_000_000, 3, Known.EXACT)}
    assert said(moments[0], timeline) == (
        "on_timer blocks the loop for 100 ms at app.py:3, outside of any task: 3 tasks are ready and wait")
    (topic,) = [t for t in looked_through(timeline).outline().topics if t.moment.kind is Kind.HELD_UP]
    assert said_of_all(topic, timeline) == (
        "the loop is blocked 2 times at app.py:3: 200 ms of 420 ms in all, at most 100 ms, "
        "with 3 tasks ready")
    assert [at(m) for m in of(Kind.TASKS_WAIT, found)] == [
        (13, 100), (203, 300), (403, 420)], "it is not idle"


def test_a_callback_that_computes_blocks_the_loop(story: Story) -> None:
    _app, main = looping(story)
    main.block(13, 100, L.OP_LOOP_SELECT)
    for t in range(100, 200, 5):
        main.sample(t, HOLDS, cpu=t - 100)
        main.stands(t, 3, "on_timer")
        story.sweep(t)
    tickers(main, 200)
    timeline, found = found_in(story, 210)
    (moment,) = of(Kind.HELD_UP, found)
    assert at(moment) == (120, 200)
    assert moment.known is Known.SAMPLED
    assert said(moment, timeline) == (
        "on_timer blocks the loop for 80 ms at app.py:3, outside of any task: 3 tasks are ready and wait")


def test_what_the_loop_does_is_not_guessed(story: Story) -> None:
    """Neither a thread that nobody has sampled nor one in its selector is said to be busy."""
    _app, main = looping(story)
    main.block(300, 400, L.OP_LOOP_SELECT)
    tickers(main, 200, 400)
    assert of(Kind.HELD_UP, found_in(story, 420)[1]) == []


def gil_is_kept(story: Story, step: bool) -> tuple[Timeline, list[Moment]]:
    """A pool's thread has the GIL from 20 to 200; the loop's waits for it, in a step or after selecting."""
    app, main = looping(story)
    pool = app.thread("pool_0", tid=300, flags=L.THREAD_POOL).work(15, 200)
    tasks = [main.task(f"task {number}", born=1) for number in range(3)]
    if step:
        tasks[0].step(16, 201, ready=2, awaits=L.REF_TIMER)
    else:
        main.block(16, 201, L.OP_LOOP_SELECT)
        tasks[0].step(15, 16, ready=2, awaits=L.REF_TIMER)
    for number, task in enumerate(tasks[1:]):
        if step:
            task.step(202 + number, 203 + number, ready=150, awaits=L.REF_TIMER)
        else:
            task.step(12 + number, 13 + number, ready=2, awaits=L.REF_TIMER)
            task.step(202 + number, 203 + number, ready=1, waker=L.REF_TIMER, awaits=L.REF_TIMER)
    for t in range(20, 201, 4):
        pool.sample(t, HOLDS, cpu=t - 20)
        pool.stands(t, 8, "validate")
        main.sample(t, WAITS_GIL, S.Wait.UNKNOWN, cpu=1)
        story.sweep(t, threads=2)
    return found_in(story, 220)


@pytest.mark.parametrize("step", [True, False])
def test_who_keeps_the_gil_holds_up_the_loop(story: Story, step: bool) -> None:
    timeline, found = gil_is_kept(story, step)
    (moment,) = of(Kind.GIL_KEPT, found)
    assert moment.known is Known.SAMPLED
    t0, t1 = at(moment)
    assert t0 <= 24
    assert t1 >= 196
    assert called(timeline, moment.worker) == "pool_0"
    assert said(moment, timeline).endswith("at app.py:8: the event loop in MainThread waits for it")
    assert of(Kind.HELD_UP, found) == [], "who is in its step would have been quick"
    assert not any(idle.holds(ns(100)) for idle in of(Kind.TASKS_WAIT, found))


def test_while_a_step_goes_on_it_may_turn_out_to_compute(story: Story) -> None:
    """It sleeps until a window ends, and computes for much longer then: this is one moment, not two."""
    app, main = looping(story)
    site = app.site("/srv/app.py", 7, "fetch")
    main.block(101, 249, L.OP_SLEEP, site)
    main.task("hog", born=1).step(100, 900, ready=5, ended=L.REF_ENDED)
    main.task("other", born=1).step(901, 902, ready=700, ended=L.REF_ENDED)
    _, found = found_in(story, 910)
    assert [at(moment) for moment in of(Kind.HELD_UP, found)] == [(100, 900)]


def test_a_step_that_waits_now_and_then_is_told_with_its_line(story: Story) -> None:
    """In the middle of it, it computes."""
    app, main = looping(story)
    site = app.site("/srv/app.py", 7, "fetch")
    for begin, end in ((11, 100), (120, 209)):
        main.block(begin, end, L.OP_SLEEP, site)
    main.task("hog", born=1).step(10, 210, ready=5, ended=L.REF_ENDED)
    main.task("other", born=1).step(211, 212, ready=180, ended=L.REF_ENDED)
    timeline, found = found_in(story, 220)
    (moment,) = of(Kind.HELD_UP, found)
    assert said(moment, timeline) == "hog blocks the loop for 200 ms at app.py:7: 1 task is ready and waits"


@pytest.mark.parametrize(("end", "words"), [
    (60, "hog runs 50 ms without yielding"), (210, "hog blocks the loop for 200 ms"),
])
def test_a_wait_at_no_known_line_is_believed_if_it_is_long(story: Story, end: int, words: str) -> None:
    _app, main = looping(story)
    for t in range(8, end, 4):
        main.sample(t, S.ThreadState.BLOCKED, S.Wait.IO, cpu=1)
        story.sweep(t)
    main.task("hog", born=1).step(10, end, ready=5, ended=L.REF_ENDED)
    main.task("other", born=1).step(end + 1, end + 2, ready=40, ended=L.REF_ENDED)
    timeline, found = found_in(story, end + 10)
    (moment,) = of(Kind.HELD_UP, found)
    assert said(moment, timeline) == f"{words}: 1 task is ready and waits"
