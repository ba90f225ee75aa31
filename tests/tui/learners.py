"""What a learner watches, for tests: a session with one moment after another, each of a known kind."""

from __future__ import annotations

from pathlib import Path

from concviz.core.agent import layout as L
from tests.core.timeline.build import Story
from tests.tui.sessions import PID


def lesson(path: Path, *, until: float = float("inf"), running: bool = False) -> Story:
    """Tasks wait at once (13–100 ms), ``hog`` holds them up (200–320), ``late`` waits alone (601–900)."""
    story = Story(path, command=["python", "lesson.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    for number in range(3):
        page = main.task(f"page {number}", born=1)
        page.step(10 + number, 11 + number, awaits=L.REF_IO)
        page.step(100 + number, 101 + number, waker=L.REF_IO, awaits=L.REF_IO)
        page.step(330 + number, 331 + number, ready=120, waker=L.REF_IO, ended=L.REF_ENDED)
    site = app.site("/srv/lesson.py", 12, "hog")
    main.block(202, 319, L.OP_SLEEP, site)
    main.task("hog", born=199).step(200, 320, ready=0.5, ended=L.REF_ENDED)
    main.task("late", born=600).step(600.5, 601, ready=0.5, awaits=L.REF_TIMER).step(
        900, 901, waker=L.REF_TIMER, ended=L.REF_ENDED)
    if not running:
        app.closed = 950
        story.end(950, 0)
    story.write(until)
    return story
