"""When a session is over: without an end it reaches as far as anything is known, with one it ends there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.stats import stats
from concviz.core.model import Kind, Outcome
from concviz.core.session.session import Session
from concviz.core.system.layout import ThreadState
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import ms, read, spans, worker


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def test_without_an_end_a_session_reaches_its_last_sample(story: Story) -> None:
    app = story.process(100)
    main = app.thread("main", tid=100, main=True)
    main.sample(5, ThreadState.ON_CORE, cpu=5)
    main.block(110, 40_000, L.OP_SLEEP, app.site("app.py", 2, "main"))
    for t in range(150, 3001, 50):
        story.sweep(t)
    timeline = read(story.write(until=3000)).timeline
    assert ms(timeline.end_ns) == 3000
    assert spans(timeline, "main")[-1] == ("sleep", 110, 3000)
    assert {(w.outcome, ms(w.end_ns or 0)) for w in timeline.workers} == {(Outcome.KILLED, 3000)}


@pytest.mark.parametrize("sampled", [False, True])
def test_a_process_without_threads_was_there_until_its_last_sample(story: Story, sampled: bool) -> None:
    story.process(100).thread("main", tid=100, main=True)
    story.born(10, 300, 100, "sleep 9")
    if sampled:
        story.usage(700, 300, 1)
    timeline = read(story.write()).timeline
    assert ms(worker(timeline, "sleep 9").end_ns or 0) == (700 if sampled else 10)


def grown(story: Story, instants: list[tuple[float, float]]) -> Session:
    """A session that was watched: at each (written until, now) it is looked at, then it is over."""
    living = [True]
    session = Session.open(story.write(until=instants[0][0]), alive=lambda pid, ticks: living[0])
    for until, now in instants:
        story.write(until=until)
        session.advance(ns(now))
    living[0] = False
    while session.advance(ns(60_000)):
        pass
    return session


def figures(session: Session) -> dict[str, Any]:
    """Its figures; workers by name, as the order in which they appear depends on who looks when."""
    found = stats(session)
    return {**found, "workers": {worker["id"]: worker for worker in found["workers"]}}


@pytest.mark.parametrize("instants", [
    [(100, 100), (600, 600), (2000, 1450)],
    [(600, 700), (990, 1990), (2000, 2100), (2000, 2900)],
    [(2000, 5000)],
])
def test_live_and_replayed_a_session_has_the_same_figures(
    story: Story, instants: list[tuple[float, float]]
) -> None:
    app = story.process(100)
    main = app.thread("main", tid=100, main=True)
    main.block(100, 300, L.OP_SLEEP).block(450, 470, L.OP_LOCK)
    other = app.thread("other", tid=101, born=50, parent=main)
    other.block(200, 800, L.OP_QUEUE)
    for t in range(0, 1000, 10):
        main.sample(t, ThreadState.ON_CORE, cpu=t / 2)
        story.sweep(t)
    task = main.task("fetch", born=500)
    task.step(510, 520, ready=5, awaits=L.REF_FUTURE)
    app.child(60, 200, "fork", "child")
    story.process(200, ppid=100, opened=61, closed=700).thread("main", tid=200, main=True)
    app.child_end(900, 200, 0)
    story.end(1000, exit_code=0)
    watched, replayed = grown(story, instants), read(story.path)
    assert ms(watched.timeline.end_ns) == ms(replayed.timeline.end_ns) == 1000
    assert figures(watched) == figures(replayed)


def test_what_outlives_the_program_is_shown_as_far_as_it_is_known(story: Story) -> None:
    app = story.process(100)
    app.thread("main", tid=100, main=True)
    app.child(10, 200, "fork", "daemon")
    child = story.process(200, ppid=100, opened=11)
    child.thread("main", tid=200, main=True).block(20, 1500, L.OP_SLEEP)
    story.end(1000)
    watched, replayed = grown(story, [(1000, 1001), (1600, 1600)]), read(story.path)
    assert ms(replayed.timeline.end_ns) == 1500
    assert figures(watched) == figures(replayed)
    assert figures(replayed)["session"]["duration_s"] == 1.5


def test_once_the_end_is_known_time_stands_still(story: Story) -> None:
    story.process(100).thread("main", tid=100, main=True)
    session = Session.open(story.end(1000).write(), alive=lambda pid, ticks: True)
    for now in (1100, 1300, 1900):
        session.advance(ns(now))
        assert ms(session.timeline.end_ns) == 1000


def test_a_process_that_outlives_the_program_has_not_been_killed(story: Story) -> None:
    """The last look is taken when the program has ended: who is there then lives on."""
    story.process(100).thread("main", tid=100, main=True)
    for pid, name in ((200, "service"), (300, "early")):
        child = story.process(pid, ppid=100, opened=10, flags=L.FLAG_FORKED)
        child.fact("argv", name)
        main = child.thread("main", tid=pid, main=True)
        main.task(f"{name}'s task", born=20).step(21, 22, awaits=L.REF_FUTURE)
        story.born(12, pid, 100, name, python=True)
        story.usage(50, pid, 1)
    story.born(12, 400, 100, "sleep")
    story.end(90)
    story.usage(91, 200, 1)
    story.usage(91, 400, 1)
    session = read(story.write())
    ends = {w.name: (w.outcome, w.detail) for w in session.timeline.workers if w.kind is not Kind.THREAD}
    outlived = Outcome.RUNNING, "outlived the recording"
    unknown = Outcome.KILLED, "how it ended is not known"
    assert ends["service"] == ends["service's task"] == ends["sleep"] == outlived
    assert (ends["early"], ends["early's task"]) == (unknown, (Outcome.KILLED, "its process ended"))
    told = {one["name"]: one["end_s"] for one in stats(session)["workers"]}
    assert told["service"] is told["service's task"] is told["sleep"] is None
    assert told["early"] is not None
