"""Going away: what runs is left running or ended first, and what was seen can be packed into one file."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from concviz.core.language import _
from concviz.core.session.packed import is_pack
from concviz.tui.packing import Packing
from concviz.tui.screens.dialogs import END, INTERRUPT, PACK, EndingScreen, PackingScreen, QuitScreen
from concviz.tui.terminal import Terminal
from concviz.tui.units import program

if TYPE_CHECKING:
    from concviz.tui.app import ConcvizApp

ENDS = (signal.SIGTERM, signal.SIGHUP)
PATIENCE_NS = 10_000_000_000
"""How long to wait for a program that was told to end; its recorder kills it long before."""

Go = Callable[[], object]


class Leaving:
    """Asks what is to become of the program and of its session, and goes when that is settled."""

    def __init__(self, app: ConcvizApp) -> None:
        self.left: list[Path] = []
        """Sessions whose programs were left running."""
        self.told: list[str] = []
        """What to say when the screen is gone."""
        self._app = app
        self._terminal = Terminal()
        self._waiting: tuple[Callable[[], bool], Go] | None = None  # until what is so, and then

    def heed(self) -> None:
        """Let go of the program also when the terminal is closed or somebody ends this process."""
        for number in ENDS:
            asyncio.get_running_loop().add_signal_handler(number, self._gone, number)

    def _gone(self, number: int) -> None:
        app = self._app
        app.ask_status()
        if app.recording is not None and app.ended_with is None:
            app.recording.detach(gone=True)
            self.left.append(app.recording.session)
        if number == signal.SIGHUP:  # nobody can be told any more
            asyncio.get_running_loop().remove_signal_handler(number)
            os.kill(os.getpid(), number)
        app.exit(128 + number)

    def ask_then(self, go: Go) -> None:
        """Do ``go`` at once, or when the reader has said what is to become of a program that runs."""
        if self._waiting is None and not self._asked(go):
            go()

    def pack_then(self, go: Go) -> None:
        """Pack the session, then do ``go``; of a program that runs it is asked first what becomes of it."""
        if self._waiting is None and not self._asked(go):
            self._pack(go)

    def when_packed(self, go: Go) -> None:
        """Do ``go`` when nothing is being packed (any more); what could not be packed is told, and one stays.

        The reader need not wait: Esc stays, and q gives the file up.
        """
        going = self._app.packer.packing
        if going is None:
            go()
            return
        self._waiting = lambda: self._app.packer.packing is None, lambda: self._packed(going, go)
        self._app.push_screen(PackingScreen(going), lambda quits: self._waited_enough(going, go, quits))

    def tick(self) -> None:
        """Go on once what is waited for is there; go when the terminal has gone."""
        self._terminal.heed()
        if self._waiting is None:
            return
        if isinstance(self._app.screen, PackingScreen):
            self._app.screen.tell()
        reached, then = self._waiting
        if reached():
            self._waiting = None
            self._app.pop_screen()
            then()

    def _asked(self, go: Go) -> bool:
        """Ask what is to become of the program; False where none runs."""
        app = self._app
        app.ask_status()
        watching = app.watching
        if app.recording is None or app.ended_with is not None or watching is None:
            return False
        name = program(watching.view.session.info.name)
        dialog = QuitScreen(name, watching.view.session.info.path, app.recording.becomes)
        app.push_screen(dialog, lambda answer: self._answered(answer, name, go))
        return True

    def _answered(self, answer: str | None, name: str, go: Go) -> None:
        app = self._app
        if not answer or app.recording is None:
            return
        if answer == INTERRUPT:
            app.recording.interrupt()
            app.notify(_("Ctrl-C sent to {program}").format(program=name), timeout=4, markup=False)
            return
        if answer not in (END, PACK):
            self._leave(go)
            return
        then = (lambda: self._pack(go)) if answer == PACK else go
        deadline_ns = app.clock() + PATIENCE_NS
        app.recording.end()
        self._waiting = (
            lambda: app.ended_with is not None or app.clock() >= deadline_ns,
            lambda: self._leave(go) if app.ended_with is None else then(),
        )
        app.push_screen(EndingScreen(name))

    def _leave(self, go: Go) -> None:
        recording = self._app.recording
        if recording is not None:
            recording.detach()
            self.left.append(recording.session)
        go()

    def _pack(self, go: Go) -> None:
        """Pack what is watched, unless it is one file already or becomes one, and go."""
        watching, recording = self._app.watching, self._app.recording
        path = watching.view.session.info.path if watching is not None else None
        if path is None or is_pack(path) or (recording is not None and recording.becomes is not None):
            go()
        elif self._app.packer.begin(path) is not None:
            self.when_packed(go)

    def _packed(self, packing: Packing, go: Go) -> None:
        if packing.kept:
            self.told.append(packing.words)
            go()

    def _waited_enough(self, packing: Packing, go: Go, quits: bool | None) -> None:
        self._waiting = None
        if quits:
            packing.stop()
            go()
