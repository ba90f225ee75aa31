"""Sessions to draw, and what a drawn picture says, read back out of its XML."""

from __future__ import annotations

import io
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from concviz.core.agent import layout as L
from concviz.core.export.formats import format_of
from concviz.core.export.request import Request, request_of
from concviz.core.session.session import Session
from tests.core.timeline.build import Story
from tests.core.timeline.stories import read

SVG = "{http://www.w3.org/2000/svg}"
PID = 4_000_001
_BOX = re.compile(r"M(-?[\d.]+) (-?[\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z")

NAUGHTY = (
    "<script>alert(1)</script>", "]]>", "a & b < c > d", "quote \" and ' and `", "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe\u2066", "\x00\x01\x7f\x85\ufffe\uffff", "\ud800 lone \udfff",
    "</title><svg onload=alert(1)>", "{{title}} $title ${data}", "--> <!-- -->", "&lt;b&gt; &#60;",
    "x" * 1_000_000,
)
"""Names that have broken out of something somewhere."""


def naughty(path: Path) -> Session:
    """Every bad name as a task's, a site's and an exception's."""
    story = Story(path, command=["python", "<b>&\x1b.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("]]><Main>\n", tid=PID, main=True).loop(1)
    for number, name in enumerate(NAUGHTY):
        task = main.task(name, born=5 + number)
        site = app.site(f"/srv/{name[:50]}/<x>.py", 3, name[:50], call=(f"/lib/{name[:9]}.py", 4, name[:60]))
        task.step(10 + number * 5, 12 + number * 5, awaits=L.REF_TIMER, site=site)
        task.step(80 + number, 80.5 + number, waker=L.REF_TIMER, ended=L.REF_FAILED, text=app.text(name[:99]))
    app.closed = 100
    story.end(100, 0)
    return read(story.write())


def stepping(path: Path, tasks: int, steps: int, every_ms: float, ran_ms: float) -> Session:
    """Tasks that run ``ran_ms`` every ``every_ms`` and wait for a timer between."""
    story = Story(path, command=["python", "stepping.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    share = every_ms / (tasks + 1)
    for number in range(tasks):
        task = main.task(f"task-{number}", born=1)
        for step in range(steps):
            t = 2 + step * every_ms + number * share
            task.step(t, t + ran_ms, waker=L.REF_TIMER if step else 0, awaits=L.REF_TIMER)
    app.closed = 4 + steps * every_ms
    story.end(app.closed, 0)
    return read(story.write())


def uneven(path: Path, tasks: int, seconds: int) -> Session:
    """Tasks that run now and then, no two stretches alike: nothing of it can be drawn in one piece."""
    story = Story(path, command=["python", "uneven.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    chance = random.Random(5)
    for number in range(tasks):
        task, t = main.task(f"task-{number}", born=1), 2.0
        while t < seconds * 1000 - 10:
            ran, ready = chance.uniform(0.2, 3), chance.uniform(0, 0.9)
            task.step(t, t + ran, ready=ready, waker=L.REF_TIMER, awaits=L.REF_TIMER)
            t += ran + chance.choice((4, 6, chance.uniform(50, 600)))
    app.closed = seconds * 1000
    story.end(app.closed, 0)
    return read(story.write())


def ending_badly(path: Path, ended_ms: float, name: str) -> Session:
    """A task that fails at the very end, or some time before."""
    story = Story(path, command=["python", "x.py"], pid=PID)
    app = story.process(PID)
    task = app.thread("MainThread", tid=PID, main=True).loop(0).task("job", born=1)
    task.step(2, ended_ms, ended=L.REF_FAILED, text=app.text(name))
    app.closed = 100
    return read(story.end(100, 0).write())


def blocking(path: Path) -> Session:
    """A task that waited at line 3 blocks the loop at line 4, one computes."""
    story = Story(path, command=["python", "x.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    waits, sleeps = app.site("/srv/x.py", 3, "job"), app.site("/srv/x.py", 4, "job")
    blocks, computes = main.task("blocks", born=1), main.task("computes", born=1)
    blocks.step(2, 3, awaits=L.REF_TIMER, site=waits)
    main.block(21, 49, L.OP_SLEEP, site=sleeps)
    blocks.step(20, 50, waker=L.REF_TIMER, awaits=L.REF_TIMER, site=waits)
    computes.step(4, 5, awaits=L.REF_TIMER, site=waits)
    computes.step(60, 90, waker=L.REF_TIMER, awaits=L.REF_TIMER, site=waits)
    app.closed = 100
    return read(story.end(100, 0).write())


def computing(path: Path) -> Session:
    """A thread that was seen at line 7 again and again."""
    story = Story(path, command=["python", "x.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True)
    for t in range(10, 400, 10):
        story.sweep(t, PID)
        main.sample(t, 1, cpu=t).stands(t, 7, "crunch", file="/srv/x.py")
    app.closed = 400
    return read(story.end(400, 0).write())


def noting(path: Path, processes: int) -> Story:
    """So many processes, which say the same one after another: at 20 ms, at 21 ms…"""
    story = Story(path, command=["python", "x.py"], pid=PID)
    for number in range(processes):
        app = story.process(PID + number, ppid=PID if number else 1, opened=number, closed=100)
        app.thread("MainThread", tid=PID + number, main=True)
        app.note(20 + number, "asyncio", "switched off: no reason")
    return story.end(100, 0)


def written(form: str, session: Session, **asked: Any) -> bytes:
    """An export, as bytes."""
    return write(form, request_of(session, **asked))


def write(form: str, request: Request) -> bytes:
    """The export of a request; progress goes up and ends at 1."""
    out, told = io.BytesIO(), [0.0]
    format_of(form).writer()(request, out, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    return out.getvalue()


@dataclass(frozen=True)
class Shape:
    """One rectangle of a picture: where it is, its fill, the tooltip above it."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    title: str


class Drawn:
    """A picture that was parsed."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.root = ElementTree.fromstring(data)

    @property
    def words(self) -> list[str]:
        """All text that is shown (tooltips are not)."""
        return [part.text or "" for part in self.root.iter(f"{SVG}text")]

    @property
    def titles(self) -> list[str]:
        """All tooltips."""
        return [part.text or "" for part in self.root.iter(f"{SVG}title")]

    def shapes(self) -> list[Shape]:
        """Every rectangle that is drawn as a part of a path."""
        found: list[Shape] = []
        self._collect(self.root, "", "", 0.0, found)
        return found

    def _collect(
        self, part: ElementTree.Element, fill: str, title: str, y: float, found: list[Shape]
    ) -> None:
        fill = part.get("fill", fill)
        own = part.find(f"{SVG}title")
        title = title if own is None else own.text or ""
        moved = re.match(r"translate\(\S+ (\S+)\)", part.get("transform", ""))
        y += float(moved[1]) if moved else 0
        for box in _BOX.finditer(part.get("d", "")):
            x, top, width, height, _ = map(float, box.groups())
            found.append(Shape(x, y + top, width, height, fill, title))
        for child in part:
            self._collect(child, fill, title, y, found)


def picture(session: Session, **asked: Any) -> Drawn:
    """The SVG of a session."""
    return Drawn(written("svg", session, **asked))
