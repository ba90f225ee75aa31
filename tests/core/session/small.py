"""A small session in its folder, for tests that damage, pack or cut it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings

from concviz.core.agent import layout as L
from concviz.core.system import layout as S
from tests.core.timeline.build import Story, ref

some = settings(
    max_examples=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def story(path: Path) -> Story:
    """A small session with something of everything."""
    made = Story(path)
    app = made.process(100, closed=95.0)
    app.fact("argv", "python", "app.py")
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(1, 90)
    task = main.task("fetch", born=2)
    for i in range(20):
        task.step(3 + i, 3.5 + i, awaits=ref(L.REF_FUTURE, 1), site=app.site("app.py", 5, "fetch"))
        main.sample(3.2 + i, S.ThreadState.ON_CORE, cpu=i)
    made.sweep(90)
    made.usage(50, 100, 20)
    return made.end(100)


def events(session: Path) -> Path:
    return next((session / "events").glob("*.events"))
