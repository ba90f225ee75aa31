"""Comparisons whose every figure is known, made without a program, and the application over them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from concviz.core.agent import layout as L
from concviz.core.insight.compare import Figures
from concviz.core.lab.asked import Asked
from concviz.core.lab.compare_run import Stage
from concviz.core.lab.compare_thread import ComparisonThread
from concviz.core.lab.comparing import Run, Stopped
from concviz.core.lab.comparison import Comparison
from concviz.core.launch.errors import LaunchError
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.comparison import ComparisonScreen
from tests.core.timeline.build import START_NS, Story, ns
from tests.tui.sessions import app_over

ASKED = Asked("fetch", ("sequential", "threading", "asyncio", "interpreters", "free-threaded"), repeat=2)
ABSENT = {"interpreters": "it came with [3.14]", "free-threaded": "no \x1b[31mfree-threaded Python"}
LATE_NS = START_NS + 5_000_000_000


def figures(wall_s: float, **more: Any) -> Figures:
    """What a model took that waits nearly all of the time."""
    values: dict[str, Any] = {
        "whole_s": wall_s + 0.1, "cpu_s": 0.05, "concurrency": 1.0, "concurrency_peak": 1,
        "parallelism": 0.02, "parallelism_peak": 1, "running": 0.02, "ready": 0.01, "waiting": 0.97,
        "items": 40, "workers": 1, "switches": 1234, "steps": 0, "peak_rss_bytes": 24_200_000,
        "reasons": {"io": 0.97, "core": 0.0}, **more,
    }
    return Figures(wall_s=wall_s, **values)


def one_by_one(path: Path) -> Path:
    """A second of waits for I/O, one after another, in one thread."""
    story = Story(path, command=["python", "run.py", "fetch"])
    app = story.process(100, closed=1090)
    main = app.thread("MainThread", tid=100, main=True)
    at = app.site("work_fetch.py", 30, "work")
    for t in range(50, 1050, 50):
        main.block(t, t + 45, L.OP_IO_READ, at)
    return story.end(1100).write()


def side_by_side(path: Path) -> Path:
    """Five threads that wait for 240 ms each, at the same time."""
    story = Story(path, command=["python", "run.py", "fetch"])
    app = story.process(100, closed=330)
    main = app.thread("MainThread", tid=100, main=True)
    at = app.site("work_fetch.py", 30, "work")
    for number in range(5):
        worker = app.thread(f"worker-{number}", born=50, parent=main)
        for t in range(55, 255, 50):
            worker.block(t + number, t + 40 + number, L.OP_IO_READ, at)
        worker.end(300)
    main.block(60, 300, L.OP_JOIN, at)
    return story.end(340).write()


class Played:
    """Stands in for ``compare_run.compare``: tells of runs that lie in a folder, up to a given point."""

    def __init__(self, folder: Path, *, until: int = 99, fails: str = "") -> None:
        """Tell of at most ``until`` runs, then wait to be stopped; or fail."""
        self.until, self.fails = until, fails
        self.told = threading.Event()
        """It has told all that it will."""
        waits, overlaps = one_by_one(folder / "sequential"), side_by_side(folder / "threading")
        whole, short = (ns(50), ns(1050)), (ns(50), ns(300))
        many = {"concurrency": 4.9, "concurrency_peak": 5, "workers": 5}
        self.runs = [
            Run("sequential", figures(1.0), waits, 7, whole),
            Run("sequential", figures(1.1), waits, 7, whole),
            Run("threading", figures(0.25, **many), overlaps, 7, short),
            Run("threading", figures(0.24, **many), overlaps, 7, short),
            Run("asyncio", figures(0.1, **many), overlaps, 7, short),
            Run("asyncio", figures(0.1, **many), overlaps, 7, short),
        ]

    def __call__(
        self, asked: Asked, tell: Callable[[Stage], None], stop: threading.Event
    ) -> Comparison:
        """Tell of the runs."""
        found = Comparison(asked.name, asked.models, 2, asked.repeat)
        tell(Stage(found))
        for model, why in ABSENT.items():
            found.leave_out(model, why)
        for number, run in enumerate(self.runs):
            tell(Stage(found, run.model, number % 2 + 1))
            tell(Stage(found, run.model, number % 2 + 1, run.session))
            if number == self.until:
                self.told.set()
                stop.wait()
                raise Stopped
            found.add(run)
            if number % 2:
                tell(Stage(found))
        self.told.set()
        if self.fails:
            raise LaunchError(self.fails)
        return found


def screen_over(
    played: Played, *, palette: str | None = "concviz-dark"
) -> tuple[ConcvizApp, ComparisonScreen]:
    """The application, and a screen to be pushed onto it."""
    app = app_over(None, at_ms=5000, palette=palette)
    thread = ComparisonThread(ASKED, clock=lambda: LATE_NS - 1_500_000_000, compare=played)
    return app, ComparisonScreen(thread, app.palette)
