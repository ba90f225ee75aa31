"""Packing a session into one file beside the screen's work: a thread packs, the tick asks how far it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from concviz.core.language import _
from concviz.core.launch import folder, sessions
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.folder import SessionError
from concviz.core.session.pack import holds, pack
from concviz.core.session.packed import is_pack
from concviz.tui.shots import numbered
from concviz.tui.units import size

if TYPE_CHECKING:
    from concviz.tui.app import ConcvizApp

_EVERY_NS = 1_000_000_000


class _Stopped(Exception):
    """Nobody waits for the file any more."""


class Packing:
    """The way of a session folder into a file of its name.

    Args:
        session: the folder. beside: the folder that the file goes into.
    """

    def __init__(self, session: Path, beside: Path) -> None:
        self.session = session
        self.target, self._there = target(session, beside)
        """The file: a new one, or one that has this very session already."""
        self.percent = 0
        self.words = ""
        """How it ended; '' while it goes on."""
        self.kept = False
        """It ended well: the file is there."""
        self._stopped = False

    def run(self) -> None:
        """Pack; called in a thread of its own."""
        try:
            words = self._pack()
            self.kept = True
        except SessionError as error:
            words = _("not packed: {error}").format(error=error)
        except _Stopped:
            words = _("not packed: it was stopped")
        self.words = words

    def stop(self) -> None:
        """Give it up; nothing of the file stays."""
        self._stopped = True

    def _pack(self) -> str:
        if self._there:
            there = size(self.target.stat().st_size)
            return _("packed already: {path}, {size}").format(path=self.target, size=there)
        if folder.read_status(self.session) is not None:
            sessions.wait_for_recorder(self.session)
        packed = pack(self.session, self.target, self._progress)
        return _("packed into {path}, {size}").format(path=self.target, size=size(packed))

    def _progress(self, done: int, total: int) -> None:
        if self._stopped:
            raise _Stopped
        self.percent = 100 * done // max(total, 1)


def target(session: Path, beside: Path) -> tuple[Path, bool]:
    """The file in ``beside`` to pack ``session`` into; True if it is there and has this session, whole.

    A session that is one file already is its own.
    """
    if is_pack(session):
        return session, True
    files = (beside / f"{name}{SUFFIX}" for name in numbered(session.resolve().name))
    return next(
        (file, there) for file in files if not (there := os.path.lexists(file)) or holds(file, session)
    )


class Packer:
    """Packs one session at a time, into the working directory, and tells how it goes."""

    def __init__(self, app: ConcvizApp) -> None:
        self.packing: Packing | None = None
        """What goes on."""
        self._app = app
        self._told_ns = 0

    def begin(self, session: Path) -> Packing | None:
        """Pack ``session``; None where another one is being packed, which is said."""
        going = self.packing
        if going is not None and going.session != session:
            words = _("still packing {name}: once it is done, again").format(name=going.session.name)
            self._app.notify(words, timeout=4, markup=False)
            return None
        if going is None:
            self.packing = going = Packing(session, Path.cwd())
            self._told_ns = self._app.clock()
            self._app.run_worker(going.run, group="pack", thread=True)
        return going

    def tick(self) -> None:
        """Tell the share that is done once a second, and how it ended."""
        going, now_ns = self.packing, self._app.clock()
        if going is None:
            return
        if going.words:
            self.packing = None
            self._app.notify(
                going.words, timeout=6, markup=False, severity="information" if going.kept else "error")
        elif now_ns - self._told_ns >= _EVERY_NS:
            self._told_ns = now_ns
            self._app.notify(_("packing: {percent} %").format(percent=going.percent), timeout=2, markup=False)
