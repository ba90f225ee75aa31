"""Tasks that nothing is left to wake are told of, and those that something can wake are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import said
from concviz.core.insight.moments import Moments
from concviz.core.language import current, use
from concviz.core.model import Known
from concviz.core.system import layout as S
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import Process, Story, Task, Thread, ns
from tests.core.timeline.stories import ms, read

LOCKS, QUEUES = "/usr/lib/python3.13/asyncio/locks.py", "/usr/lib/python3.13/asyncio/queues.py"
SIGINT, SIGTERM = 1 << 1, 1 << 14
END = 6000


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def looping(story: Story) -> tuple[Process, Thread]:
    app = story.process(100)
    return app, app.thread("MainThread", tid=100, main=True).loop(0)


def waits(
    app: Process, main: Thread, name: str, line: int, call: tuple[str, int, str] | None = None, *,
    t: float = 10, awaits: int = L.REF_FUTURE,
) -> Task:
    """A task that waits at a line from ``t`` on."""
    site = app.site("/srv/app.py", line, "work", call=call)
    return main.task(name, born=1).step(t - 1, t, awaits=awaits, site=site)


def for_lock(app: Process, main: Thread, name: str, line: int, t: float = 10) -> Task:
    return waits(app, main, name, line, (LOCKS, 14, "_ContextManagerMixin.__aenter__"), t=t)


def idles(
    main: Thread, until: float = END, *, watched: int = 1, signals: int = SIGINT, at: float = 1000,
) -> None:
    """The loop idles from 20 on; from outside it is seen that no timeout ends that."""
    main.block(20, until, L.OP_LOOP_SELECT)
    main.process.story.sampled(at, S.Record.IDLE, main.process.pid, main.tid, watched, signals)


def found_in(story: Story, step: float = 0) -> tuple[Timeline, list[Moment]]:
    """The stalls, looked for all at once or as the story grows, by so many milliseconds."""
    for process in story.processes:
        process.closed = END
    story.end(END, 0)
    timeline = read(story.write()).timeline
    moments = Moments(timeline)
    for number in range(int(END / step) if step else 0):
        while moments.advance(ns(number * step)):
            pass
        assert moments.outline() is not None
    while moments.advance(timeline.end_ns, over=True):
        pass
    return timeline, [moment for moment in moments.all if moment.kind in (Kind.STUCK, Kind.DEADLOCK)]


def deadlocked(story: Story) -> tuple[Process, Thread]:
    """Two tasks that wait for each other's lock, and who has started them."""
    app, main = looping(story)
    waits(app, main, "main", 30, awaits=L.REF_GATHER)
    for name, line in (("pay", 12), ("ship", 21)):
        for_lock(app, main, name, line)
    return app, main


@pytest.mark.parametrize("step", [0, 330])
def test_tasks_that_wait_for_each_other_s_locks(story: Story, step: float) -> None:
    _app, main = deadlocked(story)
    idles(main, 5000)
    timeline, found = found_in(story, step)
    (moment,) = found
    assert (moment.kind, moment.known, moment.count) == (Kind.STUCK, Known.INFERRED, 3)
    assert (ms(moment.t0_ns), round(ms(moment.t1_ns))) == (20, 5000)
    assert timeline.workers[moment.worker].name == "pay"
    assert said(moment, timeline) == (
        "seems stuck for 4.98 s, no timer, no I/O: only a signal can wake pay (app.py:12), ship (app.py:21) "
        "and 1 other")


def test_it_is_said_in_russian_too(story: Story, request: pytest.FixtureRequest) -> None:
    _app, main = deadlocked(story)
    idles(main)
    timeline, (moment,) = found_in(story)
    before = current()
    request.addfinalizer(lambda: use(before))
    use("ru")
    assert "pay (app.py:12), ship (app.py:21)" in said(moment, timeline)
    assert "stuck" not in said(moment, timeline)


def test_a_lock_that_a_task_takes_twice(story: Story) -> None:
    app, main = looping(story)
    for_lock(app, main, "main", 5)
    idles(main)
    timeline, (moment,) = found_in(story)
    assert said(moment, timeline).endswith(": only a signal can wake main (app.py:5)")


def test_consumers_of_a_queue_that_nobody_fills(story: Story) -> None:
    app, main = looping(story)
    consumer = waits(app, main, "consumer", 7, (QUEUES, 150, "Queue.get"))
    waits(app, main, "main", 30, awaits=consumer.ref)
    idles(main)
    timeline, (moment,) = found_in(story)
    assert said(moment, timeline).endswith(
        ": only a signal can wake consumer (app.py:7), main (app.py:30)")


def test_pool_threads_without_work_wake_nobody(story: Story) -> None:
    app, main = deadlocked(story)
    site = app.site("/usr/lib/python3.13/concurrent/futures/thread.py", 90, "_worker", flags=L.SITE_LIBRARY)
    app.thread("pool_0", tid=101, flags=L.THREAD_POOL).block(3, END, L.OP_QUEUE, site)
    idles(main)
    assert len(found_in(story)[1]) == 1


@pytest.mark.parametrize("told", [
    {"watched": 2},  # a server's socket, a child's end
    {"signals": SIGINT | SIGTERM},  # it waits to be ended
    {"at": END + 50},  # it was another wait that was looked at
])
def test_what_could_wake_them_was_seen(story: Story, told: dict[str, int]) -> None:
    _app, main = deadlocked(story)
    idles(main, END - 100, **told)
    assert found_in(story)[1] == []


def test_without_a_look_from_outside_nothing_is_told(story: Story) -> None:
    """There may be a timer, or a socket that no task waits for."""
    _app, main = deadlocked(story)
    main.block(20, END, L.OP_LOOP_SELECT)
    assert found_in(story)[1] == []


def test_a_loop_that_idled_twice_is_looked_at_twice(story: Story) -> None:
    """Where its thread is only sampled, two waits may look like one."""
    app, main = deadlocked(story)
    for_lock(app, main, "third", 40, t=1500)
    idles(main, at=1000)
    assert found_in(story)[1] == []


def test_it_ends_when_one_of_them_goes_on(story: Story) -> None:
    app, main = looping(story)
    for name, line in (("pay", 12), ("ship", 21)):
        for_lock(app, main, name, line).step(4000, 4001, ended=L.REF_CANCELLED)
    idles(main, 5000)
    _, (moment,) = found_in(story)
    assert ms(moment.t1_ns) == 4000


def test_a_short_idle_is_none(story: Story) -> None:
    _app, main = deadlocked(story)
    idles(main, 1900)
    assert found_in(story)[1] == []


@pytest.mark.parametrize("awaits", [L.REF_TIMER, L.REF_IO, L.REF_WORK])
def test_one_who_waits_for_something_from_outside_may_wake_the_others(story: Story, awaits: int) -> None:
    app, main = deadlocked(story)
    waits(app, main, "other", 40, awaits=awaits)
    idles(main)
    assert found_in(story)[1] == []


@pytest.mark.parametrize("operation", [L.OP_SLEEP, L.OP_IO_READ, L.OP_LOCK])
def test_another_thread_may_wake_them(story: Story, operation: int) -> None:
    app, main = deadlocked(story)
    app.thread("worker", tid=101).block(3, END, operation)
    idles(main)
    assert [moment.kind for moment in found_in(story)[1]] == []


def test_a_task_that_has_not_begun_may_wake_them(story: Story) -> None:
    _app, main = deadlocked(story)
    main.task("late", born=15)
    idles(main)
    assert found_in(story)[1] == []


def test_one_that_waits_to_be_told_to_end_is_not_stuck(story: Story) -> None:
    app, main = looping(story)
    waits(app, main, "main", 5, (LOCKS, 200, "Event.wait"))
    idles(main)
    assert found_in(story)[1] == []


def circle(story: Story, n: int, *, closed: float = 10, broken: float = 0) -> Thread:
    """Tasks of which each awaits the next, the last one the first from ``closed`` on; another one runs on."""
    app, main = looping(story)
    tasks = [main.task(f"link {number}", born=1) for number in range(n)]
    for number, task in enumerate(tasks):
        last = number == n - 1
        site = app.site("/srv/app.py", 10 + number, "work")
        t = closed if last else 5 + number
        task.step(t, t + 1, awaits=tasks[(number + 1) % n].ref, site=site)
    if broken:
        tasks[0].step(broken, broken + 1, ended=L.REF_CANCELLED)
    ticker = main.task("ticker", born=1)
    for t in range(50, END - 20, 50):
        ticker.step(t, t + 1, waker=L.REF_TIMER, awaits=L.REF_TIMER)
    return main


@pytest.mark.parametrize("step", [0, 330])
def test_a_circle_of_tasks_is_a_deadlock_whatever_others_do(story: Story, step: float) -> None:
    circle(story, 2)
    timeline, (moment,) = found_in(story, step)
    assert (moment.kind, moment.known) == (Kind.DEADLOCK, Known.EXACT)
    assert (ms(moment.t0_ns), ms(moment.t1_ns)) == (11, END)
    assert said(moment, timeline) == "deadlock: link 0 waits at app.py:10 for link 1, and link 1 for link 0"


def test_a_circle_that_is_closed_late_begins_then(story: Story) -> None:
    circle(story, 4, closed=3000, broken=4500)
    timeline, (moment,) = found_in(story)
    assert (ms(moment.t0_ns), ms(moment.t1_ns)) == (3001, 4500)
    assert said(moment, timeline) == "deadlock: 4 workers wait in a circle, link 0 at app.py:10 for link 1"


def test_a_circle_that_is_soon_broken_is_none(story: Story) -> None:
    circle(story, 2, closed=3000, broken=3900)
    assert found_in(story)[1] == []


def test_a_chain_of_tasks_is_no_circle(story: Story) -> None:
    app, main = looping(story)
    last = waits(app, main, "last", 9, awaits=L.REF_IO)
    for name in ("a", "b", "c"):
        last = waits(app, main, name, 5, awaits=last.ref)
    main.block(20, END, L.OP_LOOP_SELECT)
    assert found_in(story)[1] == []


def test_who_awaits_one_of_a_circle_is_not_of_it(story: Story) -> None:
    app, main = looping(story)
    a, b = (main.task(name, born=1) for name in "ab")
    site = app.site("/srv/app.py", 9, "work")
    a.step(5, 6, awaits=b.ref, site=site)
    b.step(7, 8, awaits=a.ref, site=site)
    waits(app, main, "main", 30, awaits=a.ref, t=100)
    idles(main)
    _, (moment,) = found_in(story)  # and that all wait says no more
    assert (moment.kind, moment.count) == (Kind.DEADLOCK, 2)


def test_a_circle_that_was_found_while_the_program_was_held_is_told_once(story: Story) -> None:
    circle(story, 2)
    timeline, (moment,) = found_in(story)
    moments = Moments(timeline)
    while moments.advance(timeline.end_ns, over=True):
        pass
    assert moment.other is not None
    moments.tell([Moment(Kind.DEADLOCK, moment.t0_ns, moment.t1_ns, moment.other, moment.worker, 2)])
    assert [topic.moment.kind for topic in moments.outline().topics].count(Kind.DEADLOCK) == 1
