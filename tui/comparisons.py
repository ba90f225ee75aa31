"""Comparisons in the application: asked for, begun, and told how time goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from concviz.core.lab.compare_thread import ComparisonThread
from concviz.tui.screens.comparing import ComparingScreen
from concviz.tui.screens.comparison import ComparisonScreen

if TYPE_CHECKING:
    from concviz.core.lab.asked import Asked
    from concviz.tui.app import ConcvizApp


class Comparisons:
    """Puts the screens of comparisons onto the application."""

    def __init__(self, app: ConcvizApp) -> None:
        self.first: Asked | None = None
        """Begin with this one; without a workload, by asking for one."""
        self._app = app

    def begin(self) -> None:
        """Show what was asked for on the command line."""
        if self.first is None:
            return
        self.ask()
        if self.first.name:
            self._app.push_screen(ComparisonScreen(ComparisonThread(self.first), self._app.palette))

    def ask(self) -> None:
        """Ask for a workload."""
        self._app.push_screen(ComparingScreen(self._app.palette))

    def tick(self) -> None:
        """One frame of a comparison, also while a session lies over it."""
        for screen in self._app.screen_stack:
            if isinstance(screen, ComparisonScreen) and screen.is_mounted:
                screen.tick(self._app.clock())
