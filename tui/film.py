"""A recording of the screen: numbered SVG frames in a folder, and a page to flip through them.

Nothing here waits for a disk on the event loop, or draws there: the loop hands over the cells of a screen,
which are drawn in a thread and written with aiofiles. The page reads ``frames.js``, which grows by a line a
frame, so that a recording that is cut off shows what it has.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import aiofiles
import aiofiles.os
from textual.strip import Strip

from concviz.tui.drawing import svg

PERIOD_NS = 250_000_000
"""At most so often a screen that changes by itself is taken, …"""
AFTER_KEY_NS = 80_000_000
"""… and so often one that changes because a key was pressed."""
_BEHIND = 8
"""Frames that may wait for a slow disk; more are left out, and counted."""
PAGE, LIST = "index.html", "frames.js"


class Frame(NamedTuple):
    """A screen as it was."""

    t_ns: int
    strips: Sequence[Strip]
    keys: tuple[str, ...]
    """What was pressed since the frame before."""


class Film:
    """One recording. ``take`` is called by whoever draws, ``run`` writes until ``stop``."""

    def __init__(self, folder: Path, title: str, now_ns: int) -> None:
        """Record into ``folder``, which does not exist yet, from ``now_ns`` on."""
        self.folder, self.title = folder, title
        self.written = self.missed = 0
        self.trouble = ""
        """Why the recording has ended before it was stopped, in words."""
        self._begin_ns, self._last_ns = now_ns, now_ns - PERIOD_NS
        self._last: Sequence[Strip] = ()
        self._keys: list[str] = []
        self._waiting: asyncio.Queue[Frame | int] = asyncio.Queue()
        self._drawn = ""

    def key(self, name: str) -> None:
        """A key was pressed: the next frame tells which, and comes soon."""
        self._keys.append(name)

    def due(self, now_ns: int) -> bool:
        """Is it time for another look at the screen?"""
        return now_ns - self._last_ns >= (AFTER_KEY_NS if self._keys else PERIOD_NS)

    def take(self, strips: Sequence[Strip], now_ns: int) -> None:
        """The screen as it is now; kept where it has changed."""
        self._last_ns = now_ns
        if strips == self._last and not self._keys:
            return
        if self._waiting.qsize() >= _BEHIND:
            self.missed += 1
            return
        self._waiting.put_nowait(Frame(now_ns, strips, tuple(self._keys)))
        self._last, self._keys = strips, []

    def stop(self, now_ns: int) -> None:
        """No frame comes after this; what was taken is still written."""
        self._waiting.put_nowait(now_ns)

    async def run(self) -> None:
        """Write frames until the recording is stopped, or cannot be written; ``trouble`` says why."""
        try:
            await self._open()
            while isinstance(item := await self._waiting.get(), Frame):
                await self._write(item)
            await self._list("end", self._ms(item))
        except OSError as error:
            self.trouble = f"{error.strerror or error}: {self.folder}"

    async def _open(self) -> None:
        await aiofiles.os.makedirs(self.folder)
        page = await asyncio.to_thread(files("concviz.tui").joinpath("film.html").read_text, "utf-8")
        async with aiofiles.open(self.folder / PAGE, "w", encoding="utf-8") as file:
            await file.write(page)
        await self._list("title", self.title)

    async def _write(self, frame: Frame) -> None:
        """A frame whose picture is the one before is only listed, for the keys that were pressed."""
        drawn = await asyncio.to_thread(svg, frame.strips, self.title)
        if drawn != self._drawn:
            self._drawn = drawn
            async with aiofiles.open(self.folder / _name(self.written + 1), "w", encoding="utf-8") as file:
                await file.write(drawn)
            self.written += 1
        await self._list("frame", _name(self.written), self._ms(frame.t_ns), list(frame.keys))

    async def _list(self, call: str, *arguments: object) -> None:
        """Add a line to what the page reads; text is ASCII and cannot end a script."""
        words = ", ".join(json.dumps(argument).replace("<", "\\u003c") for argument in arguments)
        async with aiofiles.open(self.folder / LIST, "a", encoding="ascii") as file:
            await file.write(f"{call}({words});\n")

    def _ms(self, t_ns: int) -> int:
        return (t_ns - self._begin_ns) // 1_000_000


def _name(number: int) -> str:
    return f"{number:05d}.svg"
