"""Going away from a program that still runs: asked once, it is left running or ended first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from concviz.core.language import _
from concviz.tui.screens.dialogs import END, INTERRUPT, EndingScreen, QuitScreen
from concviz.tui.units import program

if TYPE_CHECKING:
    from concviz.tui.app import ConcvizApp

PATIENCE_NS = 10_000_000_000
"""How long to wait for a program that was told to end; its recorder kills it long before."""


class Leaving:
    """Asks what is to become of the program, and goes when that is settled."""

    def __init__(self, app: ConcvizApp) -> None:
        self.left: list[Path] = []
        """Sessions whose programs were left running."""
        self._app = app
        self._ending: tuple[int, Callable[[], object]] | None = None  # until when to wait, and then

    def ask_then(self, go: Callable[[], object]) -> None:
        """Do ``go`` at once, or when the reader has said what is to become of a program that runs."""
        app = self._app
        if self._ending is not None:
            return
        app.ask_status()
        watching = app.watching
        if app.recording is None or app.ended_with is not None or watching is None:
            go()
            return
        name = program(watching.view.session.info.name)
        app.push_screen(QuitScreen(name), lambda answer: self._answered(answer, name, go))

    def tick(self) -> None:
        """Go on once the program that was told to end has ended: its status is what to exit with."""
        if self._ending is None:
            return
        deadline_ns, go = self._ending
        if self._app.ended_with is None and self._app.clock() < deadline_ns:
            return
        self._ending = None
        self._app.pop_screen()
        if self._app.ended_with is None:
            self._leave(go)
        else:
            go()

    def _answered(self, answer: str | None, name: str, go: Callable[[], object]) -> None:
        app = self._app
        if not answer or app.recording is None:
            return
        if answer == INTERRUPT:
            app.recording.interrupt()
            app.notify(_("Ctrl-C sent to {program}").format(program=name), timeout=4, markup=False)
        elif answer == END:
            app.recording.end()
            self._ending = (app.clock() + PATIENCE_NS, go)
            app.push_screen(EndingScreen(name))
        else:
            self._leave(go)

    def _leave(self, go: Callable[[], object]) -> None:
        recording = self._app.recording
        if recording is not None:
            recording.detach()
            self.left.append(recording.session)
        go()
