"""Sessions whose every event is known, and the application over them with a clock that stands still."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.session.session import Session
from concviz.core.system import layout as S
from concviz.tui.app import ConcvizApp
from tests.core.timeline.build import START_NS, Process, Story, Thread

PID = 4_000_001  # above the greatest pid of the kernel: nobody has it
HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "[bold red]markup[/] [link=http://x]y[/link]",
    "two\nlines\tand\rmore",
    "漢字と🎉 émojis 👩‍👩‍👧",
    "\u202eright to left\u200b",
    "x" * 10_000,
)


def crawl(path: Path, *, until: float = float("inf"), running: bool = False, exit_code: int = 1) -> Story:
    """A small crawler: one loop with eight tasks, two threads that share the GIL, a child; 2 s in all."""
    story = Story(
        path, command=["python", "crawl.py", "--all", "https://example.org"], pid=PID, captured=True
    )
    story.output = (
        b"fetching 8 pages\n\x1b[32mok\x1b[0m page 1\nprogress 10 %\rprogress 90 %\nTraceback: \x1b[2J boom\n"
    )
    app = story.process(PID)
    app.fact("executable", "/usr/bin/python3").fact("main", "crawl.py").fact("argv", "crawl.py", "--all")
    main = app.thread("MainThread", tid=PID, main=True).loop(5)
    _tasks(app, main)
    for number in range(2):
        _spinner(app, main, number)
    _child(story, app, main)
    for at in range(100, 2000, 100):
        story.usage(at, PID, at * 0.9, rss=42_000_000, status="S", core=1)
    if not running:
        app.closed = 2000
        story.end(2000, exit_code)
    story.write(until)
    return story


def _tasks(app: Process, main: Thread) -> None:
    random_ = random.Random(7)
    at = app.site(
        "/srv/crawl.py", 42, "fetch", call=("/usr/lib/asyncio/streams.py", 590, "StreamReader.read")
    )
    for number in range(8):
        task = main.task(f"fetch-{number + 1}", born=20 + number, site=app.site("/srv/crawl.py", 30, "fetch"))
        t = 30.0 + number * 9
        awaited = random_.choice((L.REF_TIMER, L.REF_IO, L.REF_FUTURE))
        while t < 900 + 120 * number:
            ran = random_.choice((2.0, 5.0, 18.0))
            task.step(t, t + ran, ready=random_.choice((0.4, 3.0)), waker=awaited, awaits=awaited, site=at)
            awaited = random_.choice((L.REF_TIMER, L.REF_IO, L.REF_FUTURE))
            t += ran + random_.choice((40, 90, 160))
        ends = (L.REF_ENDED, L.REF_ENDED, L.REF_ENDED, L.REF_FAILED, L.REF_ENDED, L.REF_CANCELLED, 0, 0)[
            number
        ]
        if ends:
            failed = app.text("TimeoutError") if ends == L.REF_FAILED else 0
            task.step(t, t + 3, ready=1, waker=awaited, ended=ends, text=failed)


def _spinner(app: Process, main: Thread, number: int) -> None:
    thread = app.thread(
        f"spinner_{number}", tid=PID + 10 + number, born=200, parent=main, flags=L.THREAD_DAEMON
    )
    at = app.site("/srv/crawl.py", 77, "spin", call=("/usr/lib/threading.py", 300, "Condition.wait"))
    thread.block(1200, 1700, L.OP_LOCK, at)
    cpu = 0.0
    for step, t in enumerate(range(200, 1200, 10)):
        holds = step % 2 == number
        cpu += 10 if holds else 0
        thread.sample(t, 1 if holds else 3, cpu=cpu)
    for t in range(200, 2000, 50):
        app.story.sweep(t, PID, 3)
        app.story.sampled(t, S.Record.GIL, PID, PID + 10, 1, t * 2)
    thread.end(1750)


def _child(story: Story, app: Process, main: Thread) -> None:
    app.child(300, PID + 20, "spawn", "SpawnProcess-1", by=main)
    child = story.process(PID + 20, ppid=PID, opened=340)
    inner = child.thread("MainThread", tid=PID + 20, main=True)
    inner.block(900, 1300, L.OP_IO_READ, child.site("/srv/child.py", 9, "main"))
    child.closed = 1600
    app.child_end(1610, PID + 20, -9)


def hostile(path: Path) -> Story:
    """Names nobody should give to a task."""
    story = Story(path, command=["python", "evil\x1b[31m.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("Main\nThread\x1b[0m", tid=PID, main=True).loop(1)
    for number, name in enumerate(HOSTILE):
        task = main.task(name, born=5 + number)
        site = app.site("/srv/[red]x.py", 3, name[:50])
        task.step(10 + number * 5, 12 + number * 5, awaits=L.REF_TIMER, site=site)
    app.closed = 100
    story.end(100, 0)
    story.write()
    return story


def many(path: Path, tasks: int) -> Story:
    """Tasks born and gone, three of them alive."""
    story = Story(path, command=["python", "many.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    for number in range(tasks):
        born = number * 900 / tasks
        task = main.task(f"job-{number}", born=born)
        if number < tasks - 3:
            task.step(born, born + 0.5, ended=L.REF_ENDED)
        else:
            task.step(born, born + 0.5, awaits=L.REF_TIMER)
    story.write()
    return story


def relay(path: Path) -> Story:
    """Two tasks: ``taker`` waits from 12 ms until ``giver`` makes it ready at 20, and yields at 30."""
    story = Story(path, command=["python", "relay.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    giver, taker = main.task("giver", born=5), main.task("taker", born=5)
    taker.step(10, 12, awaits=giver.ref)
    giver.step(15, 21, ended=L.REF_ENDED)
    taker.step(24, 30, ready=4, waker=giver.ref, awaits=L.REF_READY)
    taker.step(34, 37, ready=4, waker=taker.ref, ended=L.REF_ENDED)
    app.closed = 40
    story.end(40, 0)
    story.write()
    return story


def opened(story: Story, at_ms: float = 2000) -> Session:
    """The session, read as it is; where it has no end its program is said to be alive."""
    session = Session.open(story.path, alive=lambda pid, ticks: True)
    session.advance(START_NS + round(at_ms * 1e6), limit=1_000_000)
    return session


def app_over(
    session: Session | None,
    *,
    at_ms: float = 2000,
    palette: str | None = "concviz-dark",
    shots: Path = Path("screenshots"),
) -> ConcvizApp:
    """The application with a clock that stands still and no timer."""
    return ConcvizApp(
        session,
        None,
        shots,
        clock=lambda: START_NS + round(at_ms * 1e6),
        today=lambda: datetime(2026, 11, 22, 10, 0, 0),
        frames_per_s=0,
        palette=palette,
    )
