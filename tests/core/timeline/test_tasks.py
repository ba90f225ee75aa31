"""Tasks, computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.model import Kind, Outcome, Reason, State
from concviz.core.session.session import Session
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import Process, Story, Thread, ns, ref
from tests.core.timeline.stories import WENT_ON, going_on, ms, read, spans, worker

ASYNCIO = "/usr/lib/python3.13/asyncio/"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def begun(story: Story) -> tuple[Process, Thread]:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(0, 100)
    return app, main


def finished(story: Story) -> Timeline:
    return read(story.end(100).write()).timeline


def test_a_task_is_ready_runs_waits_and_ends(story: Story) -> None:
    app, main = begun(story)
    at = app.site("app.py", 20, "fetch", call=(ASYNCIO + "tasks.py", 1, "sleep"))
    fetch = main.task("fetch", born=8)
    fetch.step(9, 10, ready=0.5, awaits=L.REF_FUTURE, site=at)
    fetch.step(15, 16.5, ready=1, waker=L.REF_TIMER, ended=L.REF_FAILED, text=app.text("OSError"))
    timeline = finished(story)
    assert spans(timeline, "fetch") == [
        ("loop", 8, 9), ("running", 9, 10), ("sleep", 10, 14), ("loop", 14, 15), ("running", 15, 16.5),
    ]
    task = worker(timeline, "fetch")
    assert (task.kind, task.id, task.outcome, task.detail) == (
        Kind.TASK, "p100.a1", Outcome.FAILED, "OSError"
    )
    waits = timeline.span_at(task.index, ns(12))
    assert waits is not None
    assert waits.site is not None
    assert (waits.site.file, waits.site.line, waits.site.call) == ("app.py", 20, "sleep")
    assert timeline.span_at(task.index, ns(16.5)) is None
    assert timeline.span_at(task.index, ns(7.9)) is None
    totals = timeline.totals(task.index)
    assert (totals.steps, totals.running_ns, totals.ready_ns, totals.waiting_ns) == (
        2, 2_500_000, 2_000_000, 4_000_000
    )
    assert totals.reasons == {Reason.LOOP: 2_000_000, Reason.SLEEP: 4_000_000}


def test_yielding_is_ready_again_at_once(story: Story) -> None:
    _, main = begun(story)
    task = main.task("polite", born=1)
    for t in (2, 4, 6):
        task.step(t, t + 1, awaits=L.REF_READY)
    task.step(8, 9, ended=L.REF_ENDED)
    timeline = finished(story)
    assert [s for s, _, _ in spans(timeline, "polite")] == ["loop", "running"] * 4
    assert timeline.totals(worker(timeline, "polite").index).steps == 4


@pytest.mark.parametrize(("awaits", "call", "reason"), [
    (L.REF_FUTURE, ("tasks.py", "sleep"), Reason.SLEEP),
    (L.REF_FUTURE, ("locks.py", "Lock.acquire"), Reason.LOCK),
    (L.REF_FUTURE, ("queues.py", "Queue.get"), Reason.QUEUE),
    (L.REF_FUTURE, ("streams.py", "StreamReader.read"), Reason.IO),
    (L.REF_FUTURE, ("base_events.py", "BaseEventLoop.sock_recv"), Reason.IO),
    (L.REF_FUTURE, ("subprocess.py", "Process.wait"), Reason.CHILD),
    (L.REF_FUTURE, ("taskgroups.py", "TaskGroup.__aexit__"), Reason.AWAIT),
    (L.REF_WORK, ("threads.py", "to_thread"), Reason.EXECUTOR),
    (L.REF_GATHER, None, Reason.AWAIT),
    (L.REF_FUTURE, None, Reason.AWAIT),
])
def test_why_a_task_waits(story: Story, awaits: int, call: tuple[str, str] | None, reason: Reason) -> None:
    app, main = begun(story)
    inner = (ASYNCIO + call[0], 1, call[1]) if call else None
    main.task("one", born=1).step(2, 3, awaits=awaits, site=app.site("app.py", 2, "f", call=inner))
    timeline = finished(story)
    span = timeline.span_at(worker(timeline, "one").index, ns(50))
    assert span is not None
    assert (span.state, span.reason) == (State.WAITING, reason)


def test_who_woke_whom_can_be_followed_both_ways(story: Story) -> None:
    _, main = begun(story)
    producer, consumer = main.task("producer", born=1), main.task("consumer", born=1)
    consumer.step(2, 3, awaits=producer.ref)
    producer.step(4, 6, waker=L.REF_TIMER, awaits=L.REF_FUTURE)
    consumer.step(8, 9, ready=2.5, waker=producer.ref, ended=L.REF_ENDED)
    timeline = finished(story)
    p, c = worker(timeline, "producer").index, worker(timeline, "consumer").index
    waits = timeline.span_at(c, ns(4))
    assert waits is not None
    assert waits.awaits == p
    for t in (5.5, 7, 8.5):
        woken = timeline.wake_before(c, ns(t))
        assert woken is not None
        assert (woken.waker, ms(woken.t_ns)) == (p, 5.5)
    after = timeline.wake_after(p, ns(1))
    assert after is not None
    assert (after.worker, ms(after.t_ns)) == (c, 5.5)
    assert timeline.wake_after(p, ns(6)) is None
    timer = timeline.wake_before(p, ns(5))
    assert timer is not None
    assert (timer.waker, timer.text) == (None, "timer")


def test_a_blocking_call_gives_its_step_the_line(story: Story) -> None:
    app, main = begun(story)
    sleeps = app.site("app.py", 33, "blunder")
    task = main.task("bad", born=1, site=app.site("app.py", 30, "blunder"))
    main.block(3, 203, L.OP_SLEEP, sleeps)
    task.step(2, 204, awaits=L.REF_FUTURE, site=app.site("app.py", 34, "blunder"))
    timeline = read(story.end(300).write()).timeline
    totals = timeline.totals(worker(timeline, "bad").index)
    sites = [(s.site.line, s.state, s.count) for s in totals.sites if s.site]
    assert (33, State.RUNNING, 1) in sites
    thread = timeline.span_at(worker(timeline, "MainThread").index, ns(100))
    assert thread is not None
    assert (thread.state, thread.reason) == (State.WAITING, Reason.SLEEP)


def test_a_birth_that_is_read_after_the_first_step(story: Story) -> None:
    _, main = begun(story)
    task = main.task("late", born=1)
    task.step(3, 4, ended=L.REF_ENDED)
    main.process.records[-2].at = 5
    timeline = finished(story)
    assert spans(timeline, "late") == [("loop", 1, 3), ("running", 3, 4)]
    assert timeline.concurrency.at(ns(2)) == 1


def test_edges_lead_through_a_life(story: Story) -> None:
    _, main = begun(story)
    task = main.task("one", born=1)
    task.step(2, 3, awaits=L.REF_FUTURE)
    task.step(5, 6, ended=L.REF_ENDED)
    timeline = finished(story)
    index = worker(timeline, "one").index
    t, seen = ns(0), []
    while (edge := timeline.next_edge(index, t)) is not None:
        t = edge.t_ns
        seen.append(ms(t))
    assert seen == [1, 2, 3, 5, 6]
    back = []
    while (edge := timeline.previous_edge(index, t)) is not None:
        t = edge.t_ns
        back.append(ms(t))
    assert back == [5, 3, 2, 1]
    anyone = timeline.next_edge(None, ns(3))
    assert anyone is not None
    assert (anyone.worker, ms(anyone.t_ns)) == (index, 5)


def test_a_step_in_progress_runs_up_to_now(story: Story) -> None:
    app, main = begun(story)
    task = main.task("busy", born=1)
    task.step(2, 3, awaits=L.REF_FUTURE, site=app.site("app.py", 4, "busy"))
    task.step(10, 50, ended=L.REF_ENDED)
    path = story.write(until=30)
    session = Session.open(path, alive=lambda pid, ticks: True)
    session.advance(ns(30))
    timeline = session.timeline
    assert spans(timeline, "busy") == [
        ("loop", 1, 2), ("running", 2, 3), ("await", 3, 10), ("running", 10, 30),
    ]
    now = timeline.span_at(worker(timeline, "busy").index, ns(29))
    assert now is not None
    assert now.open
    story.write(until=60)
    session.advance(ns(60))
    assert spans(timeline, "busy")[-1] == ("running", 10, 50)


def test_thousands_of_short_lives_are_counted_exactly(story: Story) -> None:
    _, main = begun(story)
    for i in range(2000):
        main.task(f"task {i}", born=i * 0.01).step(i * 0.01 + 0.001, i * 0.01 + 0.005, ended=L.REF_ENDED)
    timeline = finished(story)
    tasks = [w for w in timeline.workers if w.kind is Kind.TASK]
    assert len(tasks) == 2000
    assert all(timeline.totals(w.index).steps == 1 and w.outcome is Outcome.DONE for w in tasks)
    assert timeline.concurrency.peak(ns(0), ns(100)) == 1


def test_what_merely_waits_for_others_is_no_work_in_progress(story: Story) -> None:
    _, main = begun(story)
    boss, hands = main.task("boss", born=1), [main.task(f"hand {i}", born=2) for i in range(3)]
    boss.step(1.5, 3, awaits=ref(L.REF_GATHER, 1))
    for i, hand in enumerate(hands):
        hand.step(4 + i, 4.5 + i, awaits=L.REF_FUTURE)
    for i, hand in enumerate(hands):
        hand.step(20 + i, 20.5 + i, ended=L.REF_ENDED)
    boss.step(30, 31, ready=1, ended=L.REF_ENDED)
    timeline = finished(story)
    expected = [(1.2, 1), (2.5, 4), (3.5, 3), (21.2, 2), (25, 0), (29.5, 1), (32, 0)]
    assert [(t, timeline.concurrency.at(ns(t))) for t, _ in expected] == expected
    assert timeline.concurrency.peak(ns(3), ns(100)) == 3


def test_a_task_whose_loop_stands_at_a_gate_is_held(story: Story) -> None:
    """As long as another task runs it waits for its loop; a short way between two gates does not count."""
    _, main = begun(story)
    one, two = main.task("one", born=2), main.task("two", born=2)
    main.block(4, 20, L.OP_HELD).block(20.5, 30, L.OP_HELD)
    one.step(20, 20.4, ready=18, awaits=L.REF_READY)
    one.step(30, 40, awaits=L.REF_READY)
    main.block(40, 45, L.OP_HELD)
    two.step(45, 46, ready=43, awaits=L.REF_FUTURE)
    main.block(46, 50, L.OP_HELD)
    one.step(50, 51, ended=L.REF_ENDED)
    two.step(60, 61, ready=1, ended=L.REF_ENDED)
    timeline = finished(story)
    assert spans(timeline, "one") == [
        ("loop", 2, 4), ("held", 4, 20), ("running", 20, 20.4), ("held", 20.4, 30), ("running", 30, 40),
        ("held", 40, 45), ("loop", 45, 46), ("held", 46, 50), ("running", 50, 51),
    ]
    assert spans(timeline, "two") == [
        ("loop", 2, 4), ("held", 4, 30), ("loop", 30, 40), ("held", 40, 45), ("running", 45, 46),
        ("await", 46, 59), ("loop", 59, 60), ("running", 60, 61),
    ]
    totals = timeline.totals(worker(timeline, "two").index)
    assert totals.reasons[Reason.HELD] == 31_000_000
    assert totals.ready_ns == 44_000_000


def test_who_woke_a_task_is_found_before_all_the_time_that_it_was_held(story: Story) -> None:
    _, main = begun(story)
    task = main.task("task", born=2)
    task.step(2, 3, awaits=L.REF_FUTURE)
    main.block(10, 20, L.OP_HELD).block(30, 40, L.OP_HELD)
    task.step(40, 41, ready=35, waker=L.REF_TIMER, ended=L.REF_ENDED)
    timeline = finished(story)
    wake = timeline.wake_before(worker(timeline, "task").index, ns(40.5))
    assert wake is not None
    assert (wake.text, wake.t_ns) == ("timer", ns(5))


def test_a_task_that_is_held_now_says_so(story: Story) -> None:
    _, main = begun(story)
    main.task("polite", born=1).step(2, 3, awaits=L.REF_READY)
    main.block(5, 90, L.OP_HELD)
    session = Session.open(story.write(until=20), alive=lambda pid, ticks: True)
    session.advance(ns(20))
    timeline = session.timeline
    span = timeline.span_at(worker(timeline, "polite").index, ns(19))
    assert span is not None
    assert (span.state, span.reason, span.t0_ns) == (State.READY, Reason.HELD, ns(5))
    span = timeline.span_at(worker(timeline, "MainThread").index, ns(19))
    assert span is not None
    assert (span.state, span.reason) == (State.READY, Reason.HELD)


def test_a_task_that_is_held_since_gates_before_says_so(story: Story) -> None:
    """What was drawn of it stays right when its next step has told all of it."""
    _, main = begun(story)
    polite, other = main.task("polite", born=1), main.task("other", born=1)
    polite.step(2, 3, awaits=L.REF_READY)
    main.block(3.1, 9, L.OP_HELD)
    other.step(9, 15, awaits=L.REF_READY)
    main.block(15.1, 90, L.OP_HELD)
    session = Session.open(story.write(until=40), alive=lambda pid, ticks: True)
    session.advance(ns(40))
    assert spans(session.timeline, "polite") == [
        ("loop", 1, 2), ("running", 2, 3), ("held", 3, 9), ("loop", 9, 15.1), ("held", 15.1, 40)]


def test_a_step_says_whether_its_site_is_where_it_ran_or_what_it_went_on_from(tmp_path: Path) -> None:
    timeline = going_on(tmp_path / "session").timeline
    tasks = [task for task in timeline.workers if task.kind is Kind.TASK]
    told, at_once, in_bulk = set(), set(), set()
    for task in tasks:
        for span in timeline.spans(task.index, 0, 1 << 62):
            now = timeline.span_at(task.index, span.t0_ns)
            assert now is not None
            if span.state is State.RUNNING:
                assert span.site is not None
                told.add((task.name, ms(span.t0_ns), span.site.line, span.after))
                at_once.add((task.name, ms(now.t0_ns), span.site.line, now.after))
            else:
                assert (span.after, now.after) == (False, False), "who waits stands there"
        columns = timeline.columns(task.index, 0, 1 << 62)
        for t_ns, state, site, after in zip(columns.t0_ns, columns.state, columns.site, columns.after):
            if state == State.RUNNING:
                in_bulk.add((task.name, ms(t_ns), timeline.words.sites[site].line, after))
    assert told == at_once == in_bulk == WENT_ON


def test_a_window_s_sums_say_of_which_sites_time_ran_after_them(tmp_path: Path) -> None:
    timeline = going_on(tmp_path / "session").timeline
    blocks = worker(timeline, "blocks").index
    there, after = (4, False), (3, True)
    for t0, t1, expected in ((0, 140, {there}), (140, 200, {after}), (0, 200, {there, after})):
        totals = timeline.totals(blocks, ns(t0), ns(t1))
        runs = [total for total in totals.sites if total.state is State.RUNNING]
        assert {(total.site.line, total.after) for total in runs if total.site} == expected
