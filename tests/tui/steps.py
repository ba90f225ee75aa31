"""What a reader does at the timeline's screen, for tests: press keys, select a lane by its name, wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from textual.pilot import Pilot

from concviz.tui.app import ConcvizApp
from concviz.tui.screens.timeline import TimelineScreen

MS = 1_000_000
PATIENCE_S = 60


def screen_of(pilot: Pilot[int]) -> TimelineScreen:
    screen = pilot.app.screen
    assert isinstance(screen, TimelineScreen)
    return screen


async def press(pilot: Pilot[int], *keys: str) -> TimelineScreen:
    await pilot.press(*keys)
    await pilot.pause()
    return screen_of(pilot)


def name_of(screen: TimelineScreen) -> str:
    assert screen.view.worker is not None
    return screen.view.worker.name


async def select(pilot: Pilot[int], name: str) -> TimelineScreen:
    screen = screen_of(pilot)
    index = next(w.index for w in screen.view.timeline.workers if w.name == name)
    screen.view.choose_worker(index)
    screen.redraw()
    await pilot.pause()
    return screen


async def until(pilot: Pilot[int], reached: Callable[[], bool]) -> None:
    """Tick until something is so; fails after PATIENCE_S, which a healthy run never needs."""
    app = pilot.app
    assert isinstance(app, ConcvizApp)
    give_up = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < give_up, "it never came"
        app.tick()
        await pilot.pause()
        await asyncio.sleep(0.01)
