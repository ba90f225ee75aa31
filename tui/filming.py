"""``R``: the application records its own screen, without ever standing still for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import events
from textual._context import visible_screen_stack
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from concviz.core.language import _, ngettext
from concviz.core.text import clean
from concviz.tui import shots
from concviz.tui.film import PAGE, Film
from concviz.tui.telling import Telling


class Filming(Telling):
    """An application that can record what is seen of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("R,upper_r", "film", "Record the screen", show=False)]

    screenshots: Path
    today: Callable[[], datetime]
    film: Film | None = None
    """The recording that goes on."""
    _writing: asyncio.Task[None] | None = None

    @property
    def shown_name(self) -> str:
        """What is on the screen, for the names of files."""
        raise NotImplementedError

    def film_changed(self) -> None:
        """A recording has begun or ended: say so on the screen."""
        raise NotImplementedError

    async def on_event(self, event: events.Event) -> None:
        """Keep the key for the recording, unless it is text that is typed somewhere."""
        if self.film is not None and isinstance(event, events.Key) and not event.is_forwarded:
            self.film.key("…" if isinstance(self.focused, Input) else clean(event.key, 40))
        await super().on_event(event)

    def action_film(self) -> None:
        """Begin to record the screen, or stop."""
        if self.film is not None:
            self.film.stop(self.clock())
            return
        folder = shots.unused(self.screenshots, self.shown_name, self.today())
        self.film = Film(folder, self.shown_name, self.clock())
        self._writing = asyncio.create_task(self.film.run())
        words = _("recording the screen into {path}: R stops")
        self.notify(words.format(path=folder), timeout=3, markup=False)
        self.film_changed()

    def film_tick(self) -> None:
        """Take the screen if it is time to; tell how a recording has ended."""
        film, writing = self.film, self._writing
        if film is None or writing is None:
            return
        if writing.done():
            self.film = self._writing = None
            self._tell(film)
            self.film_changed()
        elif film.due(now_ns := self.clock()):
            cells = self.cells()
            if any(strip.cell_length for strip in cells):  # a screen that has just come has drawn nothing yet
                film.take(cells, now_ns)

    async def on_unmount(self) -> None:
        """The application ends: so does the recording, whole."""
        if self.film is not None and self._writing is not None:
            self.film.stop(self.clock())
            await self._writing

    def cells(self) -> list[Strip]:
        """The screen's lines. What waits to be sent to the terminal is left alone, and stays to be sent."""
        token = visible_screen_stack.set(self._background_screens)
        try:
            return self.screen._compositor.render_strips(self.size)
        finally:
            visible_screen_stack.reset(token)

    def _tell(self, film: Film) -> None:
        if film.trouble:
            words = _("the recording has ended: {why}") if film.written else _("nothing is recorded: {why}")
            self.notify(words.format(why=film.trouble), severity="error", timeout=8, markup=False)
            return
        words = ngettext("recorded {n} frame", "recorded {n} frames", film.written).format(n=film.written)
        if film.missed:
            words += ", " + _("{n} left out because the disk was slow").format(n=film.missed)
        self.notify(f"{words}: {film.folder / PAGE}", timeout=6, markup=False)
