"""``concviz pack`` and ``unpack``, and a recording that is to become one file."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from concviz.core.launch import folder, sessions
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.session.chunks import SUFFIX
from concviz.core.text import clean
from concviz.core.units import size as in_units

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SOON_S = 1.0
_PATIENCE_S = 10.0
_POLL_S = 0.02


def pack(options: argparse.Namespace) -> int:
    """Pack a session; says where it is."""
    from concviz.core.session.pack import pack as pack_session

    session: Path = options.session
    target = options.output or session.resolve().with_name(session.resolve().name + SUFFIX)
    before = sum(path.stat().st_blocks * 512 for path in session.rglob("*") if path.is_file())
    with _in_words(), progress("packing") as told:
        size = pack_session(session, target, told)
    say(f"packed into {target}: {in_units(size)} of {in_units(before)}")
    return 0


def unpack(options: argparse.Namespace) -> int:
    """Unpack a session; what is damaged in it is told, and the exit code is then 3."""
    from concviz.core.session.pack import unpack as unpack_session

    packed: Path = options.session
    bare = packed.name.removesuffix(SUFFIX)
    target = options.output or packed.with_name(bare if bare != packed.name else f"{bare}.session")
    with _in_words(), progress("unpacking") as told:
        damage = unpack_session(packed, target, told)
    for line in damage:
        say(line)
    say(f"unpacked into {target}")
    return NO_SESSION if damage else 0


def is_packed(session: Path) -> bool:
    """Is this a packed session, by its name?"""
    return session.suffix == SUFFIX and session.is_file()


class Place:
    """Where a recording goes: into a folder, or into one in the usual place that is packed at the end."""

    def __init__(self, output: Path | None) -> None:
        """Take what ``-o`` said.

        Raises:
            LaunchError: the file cannot become a packed session.
        """
        is_file = output is not None and output.suffix == SUFFIX
        self.packed = output.expanduser().absolute() if output and is_file else None
        self.folder = None if self.packed else output
        if self.packed is None:
            return
        if os.path.lexists(self.packed):
            raise LaunchError(f"'{output}' is there already: a session needs a file of its own", NO_SESSION)
        if not os.access(self.packed.parent, os.W_OK | os.X_OK):
            raise LaunchError(f"'{output}' cannot be written: its folder is missing or closed", NO_SESSION)

    def create(self, name: str) -> Path:
        """Make the folder to record a program of this name into.

        Raises:
            LaunchError: it cannot be made.
        """
        return sessions.create(name) if self.folder is None else folder.create(self.folder)

    def finish(self, session: Path, stderr: int = 2) -> None:
        """Pack what was recorded, where that was asked for; the folder goes when the file is there.

        Args:
            stderr: where to tell that it could not be, and progress.
        """
        if self.packed is None:
            return
        from concviz.core.session.pack import pack as pack_session
        from concviz.core.session.session import SessionError

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the recorder has passed them on until now
        try:
            _wait_for(session)
            with progress("packing", stderr) as told:
                pack_session(session, self.packed, told)
        except (SessionError, KeyboardInterrupt) as error:
            why = str(error) or "packing was interrupted"
            say(f"{why}; the session is in {session}", stderr)
        else:
            shutil.rmtree(session, ignore_errors=True)


def _wait_for(session: Path) -> None:
    """Wait for a recorder that is another process: it writes its last samples after the program's end."""
    recorder, deadline = folder.read_recorder(session), time.monotonic() + _PATIENCE_S
    while recorder != os.getpid() and sessions.lives(recorder) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def say(message: str, fd: int = 2) -> None:
    """A line on stderr, or where that is now; whoever closed it does not want it."""
    try:
        os.write(fd, f"concviz: {clean(message, 1000)}\n".encode("utf-8", "replace"))
    except OSError:
        pass


@contextmanager
def progress(what: str, fd: int = 2) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal for what takes longer than a second; tell it (done, all)."""
    bar = _Bar(what, fd)
    try:
        yield bar.told if os.isatty(fd) else lambda done, total: None
    finally:
        bar.close()


class _Bar:
    """Rich's bar; it appears, and Rich is imported, when there is something to show."""

    def __init__(self, what: str, fd: int) -> None:
        self._what, self._fd, self._began = what, fd, time.monotonic()
        self._shown: tuple[Progress, TaskID, TextIO] | None = None

    def told(self, done: int, total: int) -> None:
        if self._shown is None and time.monotonic() - self._began > _SOON_S:
            self._shown = self._appear()
        if self._shown is not None:
            self._shown[0].update(self._shown[1], completed=done, total=total)

    def close(self) -> None:
        if self._shown is not None:
            self._shown[0].stop()
            self._shown[2].close()

    def _appear(self) -> tuple[Progress, TaskID, TextIO]:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(self._what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        out = os.fdopen(os.dup(self._fd), "w", encoding="utf-8", errors="replace")
        bar = Progress(*columns, console=Console(file=out), transient=True)
        task = bar.add_task(self._what)
        bar.start()
        return bar, task, out


@contextmanager
def _in_words() -> Iterator[None]:
    """Trouble with a session as what the command line ends with."""
    from concviz.core.session.session import SessionError

    try:
        yield
    except SessionError as error:
        raise LaunchError(str(error), NO_SESSION) from None
