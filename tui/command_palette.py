"""The commands that can be looked up by name: those of the screen in sight, as the help page has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.command import Hit, Hits
from textual.dom import DOMNode
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from concviz.core.language import _
from concviz.tui.commands import COMMANDS
from concviz.tui.commands_held import HELD
from concviz.tui.screens.timeline import TimelineScreen

if TYPE_CHECKING:
    from concviz.tui.app import ConcvizApp


class InOrder(SystemCommandsProvider):
    """Lists the commands as they come: Textual's own list begins with what the alphabet has first."""

    async def discover(self) -> Hits:
        """All of them, the most wanted ones first."""
        for number, command in enumerate(self.app.get_system_commands(self.screen)):
            yield Hit(1 / (number + 1), command.title, command.callback, help=command.help)


def commands(app: ConcvizApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """What can be done on a screen; of a held program first what steps it."""

    def command(title: str, help: str, action: str, whose: DOMNode | None = None) -> SystemCommand:
        return SystemCommand(title, help, _runner(app, action, whose or screen))

    if not isinstance(screen, TimelineScreen):
        yield command(_("Glossary"), _("words, with an experiment for each"), "app.glossary")
        yield command(_("Run a program"), _("type what you would type in a shell"), "app.run")
        yield command(_("Compare models"), _("the same work under every one"), "app.compare")
        yield command(_("Help"), _("keys, lanes, words"), "app.help")
        yield command(_("Theme"), _("dark, light, high contrast"), "app.theme")
        yield command(_("Quit"), _("leave concviz"), "app.quit")
        return
    for some, whose in ((HELD if screen.held else (), screen.panel), (COMMANDS, screen)):
        for each in filter(screen.offers, some):
            yield command(f"{_(each.title)} ({each.shown})", _(each.help), each.action, whose)


def _runner(app: ConcvizApp, action: str, whose: DOMNode) -> Callable[[], object]:
    return lambda: app.run_worker(app.run_action(action, whose))
