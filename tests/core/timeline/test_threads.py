"""Threads and processes, computed by hand: exact borders, sampled splits, the kernel's CPU time."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.model import Kind, Known, Outcome, Reason, State
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import Process, Story, Thread, ns
from tests.core.timeline.stories import ms, read, spans, worker

LIB = "/usr/lib/python3.13/"
RUNS, NATIVE, FOR_GIL, BLOCKED, FOR_CORE = list(ThreadState)[:5]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def begun(story: Story) -> tuple[Process, Thread]:
    app = story.process(100)
    return app, app.thread("main", tid=100, main=True)


def finished(story: Story, t: float = 100) -> Timeline:
    return read(story.end(t).write()).timeline


def test_without_samples_a_thread_runs_between_its_calls(story: Story) -> None:
    _, main = begun(story)
    main.block(10, 30, L.OP_LOCK).block(40, 41, L.OP_IO_READ)
    timeline = finished(story)
    assert spans(timeline, "main") == [
        ("running", 0, 10), ("lock", 10, 30), ("running", 30, 40), ("io", 40, 41), ("running", 41, 100),
    ]
    index = worker(timeline, "main").index
    known = [s.known for s in timeline.spans(index, 0, 1 << 62)]
    assert known == [Known.INFERRED, Known.EXACT, Known.INFERRED, Known.EXACT, Known.INFERRED]
    assert timeline.totals(index).steps == 2


def test_samples_split_what_no_call_explains(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, RUNS, cpu=0).sample(10, FOR_GIL, cpu=10).sample(15, RUNS, cpu=10)
    main.sample(25, FOR_CORE, cpu=20).sample(30, RUNS, cpu=20)
    main.sample(80, RUNS, cpu=70).sample(100, RUNS, cpu=90)
    story.sweep(100)
    timeline = finished(story)
    assert spans(timeline, "main") == [
        ("running", 0, 10), ("gil", 10, 15), ("running", 15, 25), ("core", 25, 30), ("running", 30, 100),
    ]
    assert timeline.parallelism.mean(ns(0), ns(100)) == pytest.approx(0.9)


def test_running_is_what_the_kernel_says_not_what_the_samples_happened_to_see(story: Story) -> None:
    _, main = begun(story)
    # seen running at 0, waiting for the GIL at 40: but only 30 ms of CPU time were used until then
    main.sample(0, RUNS, cpu=0).sample(40, FOR_GIL, cpu=30)
    # seen waiting at 40, running at 60: 4 ms were used meanwhile, at its end
    main.sample(60, RUNS, cpu=34).sample(100, RUNS, cpu=74)
    story.sweep(100)
    timeline = finished(story)
    assert spans(timeline, "main") == [
        ("running", 0, 30), ("gil", 30, 56), ("running", 56, 100),
    ]
    assert timeline.totals(worker(timeline, "main").index).running_ns == 74_000_000


def test_what_is_too_short_for_a_span_is_carried_over(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, RUNS, cpu=0)
    for i in range(1, 21):  # each stretch of 5 ms of waiting hides 0.5 ms of running
        main.sample(i * 5, FOR_GIL, cpu=5 + (i - 1) * 0.5)
    story.sweep(100)
    timeline = finished(story)
    running = timeline.totals(worker(timeline, "main").index).running_ns
    assert abs(running - 14_500_000) < 1_000_000


def test_the_wait_for_the_gil_is_cut_out_of_the_call_it_hides_in(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, RUNS, cpu=0).sample(12, BLOCKED, Wait.SLEEP, cpu=10).sample(60, FOR_GIL, cpu=10)
    main.sample(75, RUNS, cpu=10).sample(100, RUNS, cpu=35)
    main.block(10, 75, L.OP_SLEEP)
    story.sweep(100)
    timeline = finished(story)
    assert spans(timeline, "main") == [
        ("running", 0, 10), ("sleep", 10, 60), ("gil", 60, 75), ("running", 75, 100),
    ]


def test_waiting_for_the_gil_early_in_a_call_is_part_of_the_call(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, RUNS, cpu=0).sample(20, FOR_GIL, cpu=10).sample(40, BLOCKED, Wait.SLEEP, cpu=10)
    main.sample(75, RUNS, cpu=10).sample(100, RUNS, cpu=35)
    main.block(10, 75, L.OP_SLEEP)
    story.sweep(100)
    timeline = finished(story)
    assert spans(timeline, "main") == [("running", 0, 10), ("sleep", 10, 75), ("running", 75, 100)]


def test_a_process_runs_while_one_of_its_threads_does(story: Story) -> None:
    app, main = begun(story)
    other = app.thread("other", born=5, tid=101, parent=main)
    main.block(10, 90, L.OP_JOIN, obj=2)
    other.block(20, 30, L.OP_SLEEP).block(50, 60, L.OP_IO_READ).end(90)
    timeline = finished(story)
    assert spans(timeline, "app.py") == [
        ("running", 0, 20), ("child", 20, 30), ("running", 30, 50), ("child", 50, 60), ("running", 60, 100),
    ]
    expected = [(1, 1), (6, 2), (15, 1), (25, 0), (55, 0), (70, 1)]
    assert [(t, timeline.parallelism.at(ns(t))) for t, _ in expected] == expected
    # main merely waits for the other from 10 to 90
    expected = [(1, 1), (6, 2), (15, 1), (25, 1), (95, 1)]
    assert [(t, timeline.concurrency.at(ns(t))) for t, _ in expected] == expected
    join = timeline.span_at(worker(timeline, "main").index, ns(50))
    assert join is not None
    assert join.awaits == worker(timeline, "other").index


def test_why_a_process_waits_is_why_its_thread_does(story: Story) -> None:
    _, main = begun(story)
    main.sample(0, RUNS, cpu=0).sample(10, BLOCKED, Wait.IO, cpu=10).sample(90, RUNS, cpu=10)
    main.block(30, 50, L.OP_SLEEP).block(50, 70, L.OP_LOCK)
    story.sweep(100)
    timeline = finished(story)
    assert spans(timeline, "main")[1:5] == [
        ("io", 10, 30), ("sleep", 30, 50), ("lock", 50, 70), ("io", 70, 90),
    ]
    assert spans(timeline, "app.py")[1:] == spans(timeline, "main")  # after an empty start
    process, thread = worker(timeline, "app.py").index, worker(timeline, "main").index
    assert [s.known for s in timeline.spans(process, ns(5), ns(80))] == [
        s.known for s in timeline.spans(thread, ns(5), ns(80))
    ]


def test_why_a_process_is_ready_is_told_by_the_thread_that_is(story: Story) -> None:
    app, main = begun(story)
    other = app.thread("other", born=1, tid=101, parent=main)
    main.block(2, 100, L.OP_JOIN, obj=2)
    other.sample(5, RUNS, cpu=0).sample(20, FOR_CORE, cpu=15).sample(40, RUNS, cpu=15)
    other.sample(80, RUNS, cpu=55)
    story.sweep(100)
    assert ("core", 20, 40) in spans(finished(story), "app.py")


def test_a_command_of_which_nothing_is_known_does_not_seem_to_run(story: Story) -> None:
    app, _ = begun(story)
    app.child(20, 300, "subprocess", "ls")
    story.born(22, 300, 100, "ls")
    story.gone(80, 300)
    timeline = finished(story)
    command = worker(timeline, "ls").index
    [span] = timeline.spans(command, 0, 1 << 62)
    assert (span.state, span.reason, span.known) == (State.WAITING, Reason.NONE, Known.INFERRED)
    assert timeline.totals(command).waiting_ns == 60_000_000


def test_idle_pool_threads_are_no_work_in_progress(story: Story) -> None:
    app, main = begun(story)
    idle = app.site(
        LIB + "concurrent/futures/thread.py", 81, "_worker", flags=L.SITE_LIBRARY
    )
    pool = app.thread("Pool-0", born=5, tid=101, parent=main, flags=L.THREAD_POOL)
    waits = app.site("app.py", 3, "main", call=(LIB + "concurrent/futures/_base.py", 1, "Future.result"))
    main.block(8, 80, L.OP_LOCK, waits)
    pool.block(6, 10, L.OP_QUEUE, idle).block(20, 25, L.OP_SLEEP)
    pool.work(10, 30, submitter=main.ref).block(30, 90, L.OP_QUEUE, idle)
    timeline = finished(story)
    expected = [(1, 1), (7, 1), (9, 0), (15, 1), (22, 1), (50, 0), (85, 1)]
    assert [(t, timeline.concurrency.at(ns(t))) for t, _ in expected] == expected
    assert spans(timeline, "main")[1] == ("executor", 8, 80)
    assert timeline.totals(worker(timeline, "Pool-0").index).steps == 1
    given = timeline.wake_after(worker(timeline, "main").index, ns(0))
    assert given is not None
    assert (given.worker, ms(given.t_ns)) == (worker(timeline, "Pool-0").index, 10)


def test_a_pools_thread_is_woken_by_who_hands_in_an_item_while_it_is_idle(story: Story) -> None:
    app, main = begun(story)
    pool = app.thread("Pool-0", born=12, tid=101, parent=main, flags=L.THREAD_POOL)
    pool.work(13, 20, submitter=main.ref, queued=2)  # for this one it was started
    pool.work(20, 30, submitter=main.ref, queued=9)  # it was busy when these two came, and took them itself
    pool.work(30, 40, submitter=main.ref, queued=18)
    pool.work(52, 60, submitter=main.ref, queued=2)
    pool.work(5170, 5180, submitter=main.ref, queued=5100)  # longer than 32 bits of nanoseconds
    wakes = finished(story).wakes.between(ns(0), ns(6000))
    assert [ms(t) for t in wakes.t_ns.tolist()] == pytest.approx([12, 50, 70], abs=0.002)


def test_a_thread_of_a_loop_is_represented_by_its_tasks(story: Story) -> None:
    _, main = begun(story)
    main.loop(10, 50)
    for i in range(3):
        task = main.task(f"t{i}", born=20)
        task.step(21 + i, 21.5 + i, awaits=L.REF_FUTURE).step(40 + i, 40.5 + i, ended=L.REF_ENDED)
    timeline = finished(story)
    expected = [(5, 1), (15, 0), (25, 3), (45, 0), (60, 1)]
    assert [(t, timeline.concurrency.at(ns(t))) for t, _ in expected] == expected


def test_children_their_parents_and_how_they_ended(story: Story) -> None:
    app, _ = begun(story)
    app.child(10, 200, "fork", "Worker-1")
    story.process(200, ppid=100, opened=11, flags=L.FLAG_FORKED).thread("main", tid=200, main=True)
    app.child_end(60, 200, -9)
    app.child(20, 300, "subprocess")
    story.born(22, 300, 100, "sleep 1")
    story.usage(30, 300, 4)
    story.usage(40, 300, 4)
    story.gone(80, 300, 3)
    timeline = finished(story)
    forked, command = worker(timeline, "Worker-1"), worker(timeline, "sleep 1")
    assert (forked.parent, forked.about) == (0, "fork")
    assert (forked.outcome, forked.detail) == (Outcome.KILLED, "SIGKILL")
    assert (ms(forked.start_ns), ms(forked.end_ns or 0)) == (10, 60)
    assert (command.parent, command.outcome, command.detail) == (0, Outcome.FAILED, "exit code 3")
    assert command.known is Known.SAMPLED
    states = [(s.state, ms(s.t0_ns), ms(s.t1_ns)) for s in timeline.spans(command.index, 0, 1 << 62)]
    assert states == [(State.WAITING, 20, 22), (State.RUNNING, 22, 26), (State.WAITING, 26, 80)]
    thread = next(w for w in timeline.workers if w.parent == forked.index)
    assert (thread.outcome, ms(thread.end_ns or 0)) == (Outcome.KILLED, 60)


def test_a_reused_pid_and_an_exec_are_workers_of_their_own(story: Story) -> None:
    app, _ = begun(story)
    app.child(5, 200, "subprocess")
    first = story.process(200, ppid=100, opened=10, start_ticks=7)
    first.thread("main", tid=200, main=True)
    first.record(20, L.EXEC, None, 20, 0, first.text("other"))
    second = story.process(200, ppid=100, opened=25, start_ticks=7)
    second.thread("main", tid=200, main=True)
    app.child_end(40, 200, 0)
    third = story.process(200, ppid=100, opened=70, start_ticks=99)
    third.thread("main", tid=200, main=True)
    timeline = finished(story)
    lives = {
        w.id: (ms(w.start_ns), ms(w.end_ns or 0), w.about)
        for w in timeline.workers if w.pid == 200 and w.kind is Kind.PROCESS
    }
    assert lives == {"p200": (5, 25, "subprocess"), "p200#2": (25, 40, "exec"), "p200#3": (70, 70, "")}


def test_a_thread_only_samples_know(story: Story) -> None:
    _, main = begun(story)
    main.block(1, 100, L.OP_SLEEP)
    native = Thread(main.process, 0, 555)
    native.sample(10, NATIVE, cpu=0).sample(50, BLOCKED, Wait.LOCK, cpu=40)
    native.sample(90, ThreadState.GONE, cpu=40)
    story.sweep(100)
    timeline = finished(story)
    lane = worker(timeline, "native 555")
    assert (lane.known, lane.id, ms(lane.end_ns or 0)) == (Known.SAMPLED, "p100.n1", 90)
    assert spans(timeline, "native 555") == [("running", 10, 50), ("lock", 50, 90)]
    assert [timeline.concurrency.at(ns(t)) for t in (5, 30, 60)] == [1, 2, 1]


@pytest.mark.parametrize(("operation", "call", "reason"), [
    (L.OP_LOCK, ("queue.py", "Queue.get"), Reason.QUEUE),
    (L.OP_LOCK, ("threading.py", "Event.wait"), Reason.LOCK),
    (L.OP_LOCK, ("concurrent/futures/_base.py", "Future.result"), Reason.EXECUTOR),
    (L.OP_IO_SELECT, ("subprocess.py", "run"), Reason.CHILD),
    (L.OP_IO_READ, ("multiprocessing/queues.py", "Queue.get"), Reason.QUEUE),
    (L.OP_IO_READ, ("http/client.py", "HTTPConnection.getresponse"), Reason.IO),
    (L.OP_SEMAPHORE, ("multiprocessing/synchronize.py", "Lock.__enter__"), Reason.LOCK),
    (L.OP_JOIN, ("threading.py", "Thread.join"), Reason.CHILD),
    (L.OP_DNS, None, Reason.IO),
])
def test_why_a_thread_waits(
    story: Story, operation: int, call: tuple[str, str] | None, reason: Reason
) -> None:
    app, main = begun(story)
    inner = (LIB + call[0], 1, call[1]) if call else None
    main.block(10, 20, operation, app.site("app.py", 2, "f", call=inner))
    timeline = finished(story)
    assert spans(timeline, "main")[1] == (reason.name.lower(), 10, 20)
