"""What is said of who waits: for locks and semaphores, for work, alone; and of who runs together."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import said
from concviz.core.system import layout as S
from tests.core.insight.found import HOLDS, at, found_in, looping, only
from tests.core.timeline.build import Process, Story

ON_CORE = S.ThreadState.ON_CORE


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def kinds(found: list[Moment]) -> set[Kind]:
    return {moment.kind for moment in found}


def locked(story: Story, *, call: tuple[str, int, str] | None = None, until: float = 3000) -> Process:
    """Two threads wait for a lock each from 10 on, the main thread for them."""
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    for number, line in enumerate((15, 25)):
        site = app.site("/srv/app.py", line, "transfer", call=call)
        app.thread(f"payer {number}", tid=200 + number).block(10, until, L.OP_LOCK, site)
    main.block(10, until, L.OP_JOIN, app.site("/srv/app.py", 30, "<module>"), obj=2)
    return app


def test_when_all_threads_wait_for_locks_it_is_said(story: Story) -> None:
    locked(story)
    timeline, moment = only(story, 3000, Kind.STUCK)
    assert (at(moment), moment.count) == ((10, 3000), 3)
    assert said(moment, timeline) == (
        "all 3 threads of app.py have waited for locks or each other for 2.99 s, at app.py:15, app.py:25: "
        "a deadlock?")


def test_a_thread_that_waits_for_its_own_lock_is_the_only_one(story: Story) -> None:
    app = story.process(100)
    site = app.site("/srv/app.py", 15, "again")
    app.thread("MainThread", tid=100, main=True).block(10, 3000, L.OP_LOCK, site)
    timeline, moment = only(story, 3000, Kind.STUCK)
    assert said(moment, timeline) == (
        "the only thread of app.py has waited for a lock for 2.99 s, at app.py:15: a deadlock?")


@pytest.mark.parametrize("call", [
    ("/usr/lib/threading.py", 300, "Condition.wait"),  # may have a time limit
    ("/usr/lib/multiprocessing/synchronize.py", 95, "SemLock.__enter__"),  # another process may release it
])
def test_who_may_be_woken_from_elsewhere_is_not_stuck(story: Story, call: tuple[str, int, str]) -> None:
    locked(story, call=call)
    assert Kind.STUCK not in kinds(found_in(story, 3000)[1])


@pytest.mark.parametrize("operation", [L.OP_IO_READ, L.OP_SLEEP, L.OP_CHILD])
def test_one_thread_that_waits_for_something_else_may_release_a_lock(story: Story, operation: int) -> None:
    app = locked(story)
    app.thread("third", tid=300).block(9, 3000, operation, app.site("/srv/app.py", 40, "read"))
    assert Kind.STUCK not in kinds(found_in(story, 3000)[1])


def test_locks_that_are_released_in_time_are_no_deadlock(story: Story) -> None:
    locked(story, until=1900)
    assert Kind.STUCK not in kinds(found_in(story, 3000)[1])


@pytest.mark.parametrize(("call", "words"), [
    (None, "for a lock at app.py:3: one gets on at a time"),
    ("Lock.acquire", "for a lock at app.py:3: one gets on at a time"),
    ("Semaphore.acquire", "for a semaphore at app.py:3: one gets on whenever another lets go"),
    ("_ContextManagerMixin.__aenter__",
     "for a lock or semaphore at app.py:3: one gets on whenever another lets go"),
])
@pytest.mark.parametrize("tasks", [True, False])
def test_a_semaphore_lets_several_on(story: Story, call: str | None, words: str, tasks: bool) -> None:
    app, main = looping(story)
    library = "/usr/lib/asyncio/locks.py" if tasks else "/usr/lib/threading.py"
    site = app.site("/srv/app.py", 3, "query", call=(library, 9, call) if call else None)
    for number in range(3 if tasks else 4):
        if tasks:
            task = main.task(f"query {number}", born=1)
            task.step(2 + number, 3 + number, awaits=L.REF_FUTURE, site=site)
            task.step(100 + number, 101 + number, waker=L.REF_FUTURE, ended=L.REF_ENDED)
        else:
            app.thread(f"query {number}", tid=200 + number).block(5, 100, L.OP_LOCK, site)
    timeline, found = found_in(story, 110)
    queues = [said(moment, timeline) for moment in found if moment.kind is Kind.LOCK_QUEUE]
    if tasks and call is None:
        assert queues == [], "nobody knows that it is a lock"
    else:
        assert queues == [f"{'3 tasks' if tasks else '4 threads'} queue {words}"]


def test_a_wait_beside_which_others_end_is_one_wait(story: Story) -> None:
    """From 310 on only the third waits; another thread gets a word in twice, for an instant."""
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    main.block(0, 400, L.OP_JOIN).block(405, 600, L.OP_JOIN).block(603, 1210, L.OP_JOIN)
    site = app.site("/srv/app.py", 3, "worker")
    for number, end in enumerate((210, 310, 1210)):
        app.thread(f"w{number}", tid=200 + number).block(10, end, L.OP_SLEEP, site).end(end)
    timeline, moment = only(story, 1215, Kind.ONE_WAITS)
    assert (at(moment), moment.times) == ((310, 1210), 1)
    assert said(moment, timeline) == (
        "only w2 waits, for 892 ms at app.py:3, and nothing else is under way")


@pytest.mark.parametrize(("length", "parallel"), [(8, False), (40, True)])
def test_threads_of_one_gil_run_together_only_for_long(story: Story, length: int, parallel: bool) -> None:
    """Between two samples, one may be in the kernel for an instant; for longer it runs without the GIL."""
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    feeder = app.thread("QueueFeederThread", tid=200)
    for start in range(0, 240, 80):
        for t in range(start, start + 80, 4):
            main.sample(t, HOLDS, cpu=t)
            together = t - start < length
            cpu = start // 80 * length + min(t - start, length)
            feeder.sample(t, ON_CORE if together else S.ThreadState.BLOCKED, S.Wait.LOCK, cpu=cpu)
            story.sweep(t, threads=2)
    assert (Kind.PARALLEL in kinds(found_in(story, 240)[1])) == parallel


@pytest.mark.parametrize("busy", [True, False])
def test_workers_that_wait_while_their_parent_is_busy_are_starved(story: Story, busy: bool) -> None:
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    if not busy:
        main.block(12, 990, L.OP_CHILD)
    for t in range(5, 990, 5):
        main.sample(t, HOLDS if busy else S.ThreadState.BLOCKED, cpu=t if busy else 1)
        story.sweep(t)
    for pid in (200, 300):
        app.child(1, pid, "fork", f"Worker-{pid}")
        child = story.process(pid, ppid=100, opened=2)
        thread = child.thread("MainThread", tid=pid, main=True)
        for t in range(10, 980, 20):
            thread.block(t, t + 18, L.OP_QUEUE)
        child.closed = 990
        app.child_end(990, pid)
    timeline, found = found_in(story, 1000)
    told = [said(moment, timeline) for moment in found if moment.kind is Kind.STARVED]
    assert told == ["2 worker processes wait for work most of the time, while app.py is busy"] * busy
