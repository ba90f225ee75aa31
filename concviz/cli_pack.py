"""``concviz pack`` and ``unpack``, and a recording that is to become one file."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from concviz.cli_progress import Tell, is_terminal, progress
from concviz.core.language import _
from concviz.core.launch import folder, sessions
from concviz.core.launch.errors import NO_SESSION, LaunchError
from concviz.core.launch.signals import end_in_good_order
from concviz.core.session.chunks import SUFFIX
from concviz.core.text import clean
from concviz.core.units import size as in_units


def pack(options: argparse.Namespace) -> int:
    """Pack a session; says where it is."""
    from concviz.core.session.pack import pack as pack_session

    end_in_good_order()
    session: Path = options.session
    there = Path(os.path.realpath(session))  # of '.' and of a link the name says nothing
    target = options.output or there.parent / (there.name + SUFFIX)
    with in_words(), progress() as tell:
        size = pack_session(session, target, _shares(tell, "packing"))
    before = sum(path.stat().st_blocks * 512 for path in session.rglob("*") if path.is_file())
    words = _("packed into {path}: {size} of {whole}")
    say(words.format(path=target, size=in_units(size), whole=in_units(before)))
    return 0


def unpack(options: argparse.Namespace) -> int:
    """Unpack a session; what is damaged in it is told, and the exit code is then 3."""
    from concviz.core.session.pack import unpack as unpack_session

    end_in_good_order()
    packed: Path = options.session
    bare = packed.name.removesuffix(SUFFIX)
    target = options.output or packed.parent / (bare if bare != packed.name else f"{bare}.session")
    with in_words(), progress() as tell:
        damage = unpack_session(packed, target, _shares(tell, "unpacking"))
    for line in damage:
        say(line)
    say(_("unpacked into {path}").format(path=target))
    return NO_SESSION if damage else 0


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
            why = "Permission denied" if self.packed.parent.is_dir() else "there is no such folder"
            raise LaunchError(f"'{output}' cannot be written: {why}", NO_SESSION)

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
        end_in_good_order()
        try:
            sessions.wait_for_recorder(session)
            with progress(stderr) as tell:
                size = pack_session(session, self.packed, _shares(tell, "packing"))
        except (SessionError, KeyboardInterrupt) as error:
            why = "packing was interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
            say(f"{why}; the session is in {session}", stderr)
        else:
            shutil.rmtree(session, ignore_errors=True)
            if is_terminal(stderr):
                words = _("packed into {path}, {size}").format(path=self.packed, size=in_units(size))
                say(words, stderr)


def tell_damage(damage: Sequence[str], what: str) -> int:
    """Say on stderr, in one line, what is damaged in a session, and ``what`` that means; the exit code."""
    if not damage:
        return 0
    say(f"{what}: {'; '.join(damage)}")
    return NO_SESSION


def say(message: str, fd: int = 2) -> None:
    """A line on stderr, or where that is now; whoever closed it does not want it."""
    try:
        os.write(fd, f"concviz: {clean(message, 1000)}\n".encode("utf-8", "replace"))
    except OSError:
        pass


def _shares(tell: Tell, what: str) -> Callable[[int, int], None]:
    """What takes bytes (done, all) and tells shares of them."""
    return lambda done, total: tell(what, done / total if total else 1.0)


@contextmanager
def in_words() -> Iterator[None]:
    """Trouble with a session as what the command line ends with."""
    from concviz.core.session.session import SessionError

    try:
        yield
    except SessionError as error:
        raise LaunchError(str(error), NO_SESSION) from None
