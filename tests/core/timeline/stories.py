"""Random but possible sessions, and what a timeline says about one in comparable form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.model import Worker
from concviz.core.session.session import Session
from concviz.core.system import layout as S
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import START_NS, Process, Story, Task, ns, ref

END = 400.0
LATER = ns(10_000_000)


def read(path: Path, limit: int = 200_000) -> Session:
    """A finished session, read to its end in pieces of ``limit`` records."""
    session = Session.open(path, alive=lambda pid, ticks: False)
    for _ in range(100_000):
        if not session.advance(LATER, limit):
            return session
    raise AssertionError("reading never ends")


def told(timeline: Timeline) -> dict[str, Any]:
    """Everything a timeline says, by worker id, in milliseconds."""
    workers = timeline.workers

    def name(index: int | None) -> str | None:
        return None if index is None else workers[index].id

    result: dict[str, Any] = {}
    for w in workers:
        spans = [
            (s.state.name, s.reason.name, ms(s.t0_ns), ms(s.t1_ns), s.known.name, s.site, name(s.waker),
             s.waker_text, name(s.awaits))
            for s in timeline.spans(w.index, 0, 1 << 62)
        ]
        life = (ms(w.start_ns), ms(w.end_ns or 0), str(w.outcome), w.detail)
        facts = (str(w.kind), name(w.parent), w.name, *life)
        result[w.id] = (facts, timeline.totals(w.index).steps, spans)
    return result


def ms(t_ns: int) -> float:
    """An instant as the story's milliseconds."""
    return (t_ns - START_NS) / 1e6


def worker(timeline: Timeline, name: str) -> Worker:
    """The worker of a name."""
    return next(w for w in timeline.workers if w.name == name)


def spans(timeline: Timeline, name: str) -> list[tuple[str, float, float]]:
    """A worker's spans: the reason, or else the state, and begin and end as the story's milliseconds."""
    words = []
    for s in timeline.spans(worker(timeline, name).index, 0, 1 << 62):
        word = s.reason.name.lower() if s.reason else s.state.name.lower()
        words.append((word, ms(s.t0_ns), ms(s.t1_ns)))
    return words


@st.composite
def processes(draw: st.DrawFn, story: Story, pid: int) -> Process:
    """A process with a few threads and tasks, sampled or not."""
    opened = draw(st.integers(0, 20))
    app = story.process(pid, ppid=1 if pid == 100 else 100, opened=opened)
    main = app.thread("MainThread", tid=pid, main=True)
    asleep = app.site("app.py", 7, "main")
    at_sleep = app.site("app.py", 12, "fetch", call=("/usr/lib/python3/asyncio/tasks.py", 1, "sleep"))
    threads = [main]
    for n in range(draw(st.integers(0, 2))):
        born = opened + draw(st.integers(1, 50))
        threads.append(app.thread(f"Thread-{n}", born=born, parent=main, tid=pid * 10 + n))
    for thread in threads:
        t = opened + 60.0
        samples, cpu = draw(st.booleans()), 0.0
        for _ in range(draw(st.integers(0, 6))):
            t += draw(st.integers(0, 12))
            end = t + draw(st.sampled_from((0.5, 1, 5, 30)))
            operation = draw(st.sampled_from((L.OP_SLEEP, L.OP_LOCK, L.OP_IO_READ, L.OP_QUEUE, L.OP_JOIN)))
            thread.block(t, end, operation, draw(st.sampled_from((0, asleep))))
            t = end
        u = opened + 51.0
        for _ in range(draw(st.integers(1, 20)) if samples else 0):
            step = draw(st.sampled_from((1.0, 4.0, 8.0, 60.0)))
            u += step
            cpu += step * draw(st.sampled_from((0, 0.2, 0.5, 1)))
            state = draw(st.integers(1, 5))
            thread.sample(u, state, S.Wait.LOCK, cpu=cpu, queue=cpu / 2)
        if thread is not main and draw(st.booleans()):
            thread.end(max(t, u) + draw(st.integers(0, 5)))
    if draw(st.booleans()):
        for sweep in range(int(opened) + 60, int(END), 40):
            story.sweep(sweep, pid)
    _tasks(draw, app, main, at_sleep, opened)
    return app


def _tasks(draw: st.DrawFn, app: Process, main: Any, site: int, opened: int) -> None:
    tasks: list[Task] = []
    t = opened + 1.0
    for n in range(draw(st.integers(0, 3))):
        tasks.append(main.task(f"task {n}", born=t, site=site))
        t += 0.5
    last = dict.fromkeys(range(len(tasks)), t)
    ended: set[int] = set()
    for _ in range(draw(st.integers(0, 15)) if tasks else 0):
        i = draw(st.integers(0, len(tasks) - 1))
        if i in ended:
            continue
        t += draw(st.integers(0, 4))
        end = t + draw(st.sampled_from((0.0, 0.1, 3)))
        ready = draw(st.sampled_from((0, 0.5, 1, 100)))
        waker = draw(st.sampled_from((0, L.REF_TIMER, L.REF_IO, tasks[0].ref, main.ref)))
        if draw(st.integers(0, 6)) == 0:
            ended.add(i)
            tasks[i].step(t, end, ready=ready, waker=waker, ended=draw(st.sampled_from((12, 13, 14))))
        else:
            future, work = ref(L.REF_FUTURE, 5), ref(L.REF_WORK, 1)
            awaits = draw(st.sampled_from((L.REF_READY, future, work, tasks[-1].ref)))
            tasks[i].step(t, end, ready=ready, waker=waker, awaits=awaits, site=site)
        last[i] = t = end


@st.composite
def stories(draw: st.DrawFn, path: Path) -> Story:
    """A session of one or two processes, ended or not."""
    story = Story(path)
    app = draw(processes(story, 100))
    if draw(st.booleans()):
        draw(processes(story, 200))
        app.child(app.opened + 0.5, 200, draw(st.sampled_from(L.METHODS)), "child")
        if draw(st.booleans()):
            app.child_end(390, 200, draw(st.sampled_from((0, 1, -9, None))))
    if cores := draw(st.integers(0, 2)):
        story.sampled(1, S.Record.CORE, 0, 0, cores - 1)
    if draw(st.booleans()):
        app.closed = 395.0
    if draw(st.booleans()):
        story.end(END, draw(st.sampled_from((0, 3))))
    return story


def going_on(path: Path) -> Session:
    """Tasks that begin at line 1 and await at line 3, where ``asyncio.sleep`` is called.

    ``blocks`` is in a blocking call at line 4 in its first step (20 to 50 ms) and in its second (100 to 130);
    of its last (150 to 151) and those of ``computes`` (51 to 55, 131 to 140), nothing tells where they ran.
    """
    story = Story(path, command=["python", "app.py"])
    app = story.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True).loop(0)
    begins, sleeps = (app.site("/srv/app.py", line, "job") for line in (1, 4))
    waits = app.site("/srv/app.py", 3, "job", call=("/usr/lib/asyncio/tasks.py", 600, "asyncio.sleep"))
    blocks, computes = main.task("blocks", born=1, site=begins), main.task("computes", born=1, site=begins)
    main.block(21, 49, L.OP_SLEEP, site=sleeps)
    blocks.step(20, 50, awaits=L.REF_TIMER, site=waits)
    computes.step(51, 55, awaits=L.REF_TIMER, site=waits)
    main.block(101, 129, L.OP_SLEEP, site=sleeps)
    blocks.step(100, 130, ready=5, waker=L.REF_TIMER, awaits=L.REF_TIMER, site=waits)
    computes.step(131, 140, waker=L.REF_TIMER, awaits=L.REF_TIMER, site=waits)
    blocks.step(150, 151, waker=L.REF_TIMER, ended=L.REF_ENDED)
    return read(story.end(1000).write())


WENT_ON = {("blocks", 20, 4, False), ("blocks", 100, 4, False), ("blocks", 150, 3, True),
           ("computes", 51, 1, True), ("computes", 131, 3, True)}
"""Of its running spans: task, begin in milliseconds, line, whether it ran after that line and not there."""


def cores(story: Story, count: int) -> None:
    """The machine has so many."""
    for number in range(count):
        story.sampled(0, S.Record.CORE, 0, 0, number)


def crowd(story: Story, idle: int, busy: int, until: int) -> None:
    """Threads of one GIL that nearly only wait, and some that share it 5 ms at a time."""
    cores(story, 2)
    app = story.process(100)
    app.thread("main", tid=100, main=True).block(0, until, L.OP_JOIN)
    for number in range(idle):
        thread = app.thread(f"idle {number}", tid=200 + number)
        thread.sample(1, S.ThreadState.BLOCKED, S.Wait.SLEEP, cpu=0)
        for t in range(10 + number, until - 100, 100):
            thread.block(t, t + 99, L.OP_SLEEP)
            thread.sample(t + 60, S.ThreadState.BLOCKED, S.Wait.SLEEP, cpu=t / 1000)
    for number in range(busy):
        thread = app.thread(f"busy {number}", tid=300 + number)
        for t in range(5 * number, until, 5 * busy):
            thread.sample(t, S.ThreadState.HOLDS_GIL, cpu=t / busy)
            thread.sample(t + 5, S.ThreadState.WAITS_FOR_GIL, cpu=t / busy + 5)
    for t in range(50, until + 1, 50):
        story.sweep(t)


def watched(story: Story, until: int) -> Iterator[tuple[Session, int]]:
    """The session at every tick of a screen."""
    path = story.write(until=0)
    session = Session.open(path, alive=lambda pid, ticks: True)
    for t in range(40, until, 40):
        story.write(until=t)
        session.advance(ns(t))
        yield session, t
