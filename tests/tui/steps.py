"""What a reader does at the timeline's screen, for tests: press keys, select a lane by its name."""

from __future__ import annotations

from textual.pilot import Pilot

from concviz.tui.screens.timeline import TimelineScreen

MS = 1_000_000


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
