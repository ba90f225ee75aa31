"""The screen over a held program that no process stands behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from concviz.core.control.view import View
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.stepping import Stepper
from tests.tui.held_views import Shown
from tests.tui.sessions import app_over, crawl, opened


class Over:
    """The application over a running session and a controller."""

    def __init__(self, folder: Path, view: View, **more: Any) -> None:
        self.control = Shown(view)
        story = crawl(folder / "session", running=True, until=1000)
        self.app = app_over(opened(story, 2000), at_ms=2000, **more)

    @property
    def screen(self) -> TimelineScreen:
        screen = self.app.watching
        assert screen is not None
        return screen

    async def begin(self, pilot: Pilot[Any]) -> None:
        """Let the screen have the controller."""
        await pilot.pause()
        self.screen.control(Stepper(self.control))
        await self.settle(pilot)

    async def settle(self, pilot: Pilot[Any]) -> None:
        """A few frames: an arrangement is applied after the frame that asked for it."""
        for _ in range(5):
            self.app.tick()
            await pilot.pause()

    async def becomes(self, pilot: Pilot[Any], view: View) -> None:
        self.control.becomes(view)
        await self.settle(pilot)

    def panel(self) -> str:
        panel = self.screen.panel
        return "\n".join(panel.render_line(y).text.rstrip() for y in range(panel.size.height))
