"""The lines of what computes, told by samples and computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.model import Reason, State
from concviz.core.session.session import Session
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import START_NS, Process, Story, Thread, ns
from tests.core.timeline.stories import read

HOLDS, ASKS = ThreadState.HOLDS_GIL, ThreadState.WAITS_FOR_GIL


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def begun(story: Story) -> tuple[Process, Thread]:
    app = story.process(100)
    return app, app.thread("main", tid=100, main=True)


def finished(story: Story, at: float = 1000) -> Timeline:
    story.sweep(at)
    return read(story.end(at).write()).timeline


def index(timeline: Timeline, name: str) -> int:
    return next(w.index for w in timeline.workers if w.name == name)


def sites(
    timeline: Timeline, name: str, t0: float | None = None, t1: float | None = None
) -> list[tuple[int, str, float, int, str]]:
    """Line, state, milliseconds, count and certainty of a worker's sites."""
    window = (None if t is None else ns(t) for t in (t0, t1))
    totals = timeline.totals(index(timeline, name), *window)
    return [
        (s.site.line if s.site else 0, s.state.name, s.total_ns / 1e6, s.count, s.known.name)
        for s in totals.sites
    ]


def line_at(timeline: Timeline, name: str, t: float) -> tuple[int, str] | None:
    span = timeline.span_at(index(timeline, name), ns(t))
    return (span.site.line, span.site_known.name) if span and span.site else None


def computing(story: Story) -> Thread:
    """A thread that runs for 400 ms, half at line 10, half at line 20."""
    _, main = begun(story)
    for t in range(0, 401, 20):
        main.sample(t, HOLDS, cpu=t)
    for t in range(10, 400, 40):
        main.stands(t, 10 if t < 200 else 20)
    return main


def test_each_sample_is_worth_the_time_around_it(story: Story) -> None:
    computing(story)
    timeline = finished(story, 400)
    assert sites(timeline, "main") == [
        (20, "RUNNING", 210, 5, "SAMPLED"), (10, "RUNNING", 190, 5, "SAMPLED"),
    ]  # the middle of 170 and 210 is 190


def test_a_window_counts_only_what_lies_in_it(story: Story) -> None:
    computing(story)
    timeline = finished(story, 400)
    assert sites(timeline, "main", 150, 240) == [
        (20, "RUNNING", 50, 1, "SAMPLED"), (10, "RUNNING", 40, 1, "SAMPLED"),
    ]


def test_the_line_at_an_instant_is_that_of_the_nearest_sample(story: Story) -> None:
    computing(story)
    timeline = finished(story, 400)
    assert line_at(timeline, "main", 3) == (10, "SAMPLED")
    assert line_at(timeline, "main", 188) == (10, "SAMPLED")
    assert line_at(timeline, "main", 192) == (20, "SAMPLED")


def test_what_is_far_from_any_sample_has_no_line(story: Story) -> None:
    _, main = begun(story)
    for t in range(0, 1001, 20):
        main.sample(t, HOLDS, cpu=t)
    main.stands(500, 10)
    timeline = finished(story)
    assert sites(timeline, "main") == [(10, "RUNNING", 500, 1, "SAMPLED")]
    assert line_at(timeline, "main", 400) == (10, "SAMPLED")
    assert line_at(timeline, "main", 100) is None


def test_no_sample_speaks_across_a_call(story: Story) -> None:
    """Before and after a blocking call a thread may stand anywhere; inside it the call's site is exact."""
    app, main = begun(story)
    for t in range(0, 101, 20):
        main.sample(t, HOLDS, cpu=t)
    main.stands(10, 10).block(40, 60, L.OP_SLEEP, app.site("/app.py", 15, "crunch"))
    timeline = finished(story, 100)
    assert line_at(timeline, "main", 30) == (10, "SAMPLED")
    assert line_at(timeline, "main", 50) == (15, "EXACT")
    assert line_at(timeline, "main", 80) is None


def test_waiting_for_the_gil_has_lines_of_its_own(story: Story) -> None:
    _, main = begun(story)
    for t in range(0, 401, 20):
        main.sample(t, ASKS if t < 200 else HOLDS, cpu=max(0, t - 200))
    main.stands(100, 10, state=ASKS).stands(300, 11)
    timeline = finished(story, 400)
    assert sites(timeline, "main") == [
        (10, "READY", 200, 1, "SAMPLED"), (11, "RUNNING", 200, 1, "SAMPLED"),
    ]
    (ready, _) = timeline.totals(index(timeline, "main")).sites
    assert (ready.state, ready.reason) == (State.READY, Reason.GIL)


def test_who_waits_for_a_core_stands_where_it_runs(story: Story) -> None:
    """The kernel takes a core away anywhere; the GIL is given up in a few places only."""
    _, main = begun(story)
    for t in range(0, 401, 20):
        main.sample(t, HOLDS, cpu=t)
    main.stands(100, 10, state=ThreadState.WAITS_FOR_CORE).stands(300, 11, state=ASKS)
    timeline = finished(story, 400)
    assert sites(timeline, "main") == [(10, "RUNNING", 350, 1, "SAMPLED")]  # as far as one sample reaches


def test_a_wait_that_no_hook_saw_is_told_by_one_sample(story: Story) -> None:
    _, main = begun(story)
    for t in range(0, 101, 20):
        main.sample(t, HOLDS, cpu=t)
    main.sample(101, ThreadState.BLOCKED, Wait.IO, cpu=101)
    main.stands(110, 30, "fetch", state=ThreadState.BLOCKED)
    timeline = finished(story, 901)
    assert sites(timeline, "main") == [(30, "WAITING", 800, 1, "SAMPLED")]
    assert line_at(timeline, "main", 850) == (30, "SAMPLED")
    (waited,) = timeline.totals(index(timeline, "main")).sites
    assert waited.reason is Reason.IO


def test_waits_that_seem_one_are_told_apart_by_their_samples(story: Story) -> None:
    """Between two waits the thread ran for less than a span; each was looked at soon after it began."""
    _, main = begun(story)
    for t, line in ((0, 30), (300, 31), (400, 30)):
        main.sample(t, ThreadState.BLOCKED, Wait.IO, cpu=0.1 + t / 10_000)
        main.stands(t + 10, line, "fetch", state=ThreadState.BLOCKED)
    timeline = finished(story, 1000)
    assert sites(timeline, "main") == [(30, "WAITING", 900, 2, "SAMPLED"), (31, "WAITING", 100, 1, "SAMPLED")]
    assert line_at(timeline, "main", 305) == (30, "SAMPLED")
    assert line_at(timeline, "main", 311) == (31, "SAMPLED")


def blocked_loop(story: Story) -> None:
    """A task that computes for 300 ms in one step, and another one that waits for its turn."""
    app, main = begun(story)
    main.loop(0, 1000)
    at = app.site("/app.py", 5, "compute", call=("/lib/asyncio/tasks.py", 1, "sleep"))
    task = main.task("computes", born=0, site=app.site("/app.py", 1, "compute"))
    task.step(1, 2, awaits=L.REF_TIMER, site=at)
    for t in range(100, 401, 25):
        main.sample(t, HOLDS, cpu=t).stands(t, 7 if t < 200 else 8, "compute")
    task.step(100, 400, waker=L.REF_TIMER, awaits=L.REF_TIMER, site=app.site("/app.py", 9, "compute"))
    task.step(500, 501, waker=L.REF_TIMER, ended=L.REF_ENDED)


def test_a_step_s_time_belongs_to_the_lines_it_computed_at(story: Story) -> None:
    """Not to the await point it went on from; the steps that no sample tells of stay there."""
    blocked_loop(story)
    timeline = finished(story)
    running = [s for s in sites(timeline, "computes") if s[1] == "RUNNING"]
    assert running == [
        (8, "RUNNING", 212.5, 8, "SAMPLED"), (7, "RUNNING", 87.5, 4, "SAMPLED"),
        (1, "RUNNING", 1, 1, "EXACT"), (9, "RUNNING", 1, 1, "EXACT"),
    ]
    assert line_at(timeline, "computes", 150) == (7, "SAMPLED")
    assert line_at(timeline, "computes", 350) == (8, "SAMPLED")
    assert line_at(timeline, "computes", 450) == (9, "EXACT")


@pytest.mark.parametrize("first", [False, True])
def test_the_call_that_took_most_of_a_step_stays_exact(story: Story, *, first: bool) -> None:
    app, main = begun(story)
    main.loop(0, 1000)
    task = main.task("sleeps", born=0, site=app.site("/app.py", 1, "f"))
    if not first:
        task.step(1, 2, awaits=L.REF_TIMER, site=app.site("/app.py", 5, "f"))
    main.block(105, 395, L.OP_SLEEP, app.site("/app.py", 9, "f"))
    main.stands(102, 8, "f").stands(200, 9, "f", state=ThreadState.BLOCKED)
    task.step(100, 400, waker=L.REF_TIMER, ended=L.REF_ENDED)
    timeline = finished(story)
    assert sites(timeline, "sleeps")[0] == (9, "RUNNING", 300, 1, "EXACT")
    assert line_at(timeline, "sleeps", 200) == (9, "EXACT")


def test_the_line_of_a_step_in_progress(story: Story) -> None:
    """The loop is blocked now: its task's step has no record yet, and the samples tell where it is."""
    blocked_loop(story)
    session = Session.open(story.write(until=300), alive=lambda pid, ticks: True)
    session.advance(ns(301))
    assert line_at(session.timeline, "computes", 299) == (8, "SAMPLED")
    running = [s for s in sites(session.timeline, "computes") if s[1] == "RUNNING"]
    assert running[0][0] == 8


def test_asking_again_and_again_adds_up_to_the_same(story: Story) -> None:
    _, main = begun(story)
    for t in range(0, 20_001, 40):
        main.sample(t, HOLDS, cpu=t)
        if t % 80 == 0:
            main.stands(t, 10 + t // 80 % 3)
    for t in range(0, 20_001, 40):
        story.sweep(t)
    asked = Session.open(story.write(until=1000), alive=lambda pid, ticks: True)
    for until in range(1000, 20_001, 500):
        story.write(until=until)
        asked.advance(ns(until))
        asked.timeline.totals(index(asked.timeline, "main"))
    end = asked.timeline.end_ns
    once = read(story.end(20_000).write()).timeline
    one, other = index(asked.timeline, "main"), index(once, "main")
    step_by_step, at_once = asked.timeline.totals(one), once.totals(other, START_NS, end + 1)
    assert set(step_by_step.sites) == set(at_once.sites)
    assert len(at_once.sites) == 3


def test_sites_of_nobody_and_nonsense_do_no_harm(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, HOLDS, cpu=0).sample(20, HOLDS, cpu=20)
    story.sampled(5, 10, 100, 100, 77, 1)  # a site that system.names does not tell
    story.sampled(6, 10, 999, 5, 1, 1)  # a process that nobody knows
    main.stands(7, 3, "bad\x1b[31mname", state=250)
    main.stands(8, 4, "bad\x1b[31mname")
    timeline = finished(story, 20)
    (site,) = [s.site for s in timeline.totals(index(timeline, "main")).sites]
    assert site is not None
    assert (site.line, site.function) == (4, "bad\u241b[31mname")


def test_why_lines_are_not_known_is_said(story: Story) -> None:
    begun(story)
    story.sample_texts.append("unknown layout")
    story.sampled(5, 9, 100, 0, 0, 1)
    session = read(story.end(100).write())
    assert session.notes == ("lines of what computes are not known: unknown layout",)
