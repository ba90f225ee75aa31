"""The sessions that are kept in a folder: what each takes, which of them may go, and deleting these."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from concviz.core.launch import folder, sessions
from concviz.core.launch.sessions import RecentSession
from concviz.core.session.chunks import SUFFIX, allowed
from concviz.core.session.damage import Damage

_OURS = ("events", "control")
"""What else a session folder may hold: the recorder's FIFO."""
_NEW = ".new"  # of a file that was just being replaced


class Kept(NamedTuple):
    """A session, and what it takes on the disk."""

    session: RecentSession
    size: int
    """Bytes."""
    begun_s: float
    """When its program was started, in seconds since the epoch."""
    why_not: str
    """Why it is never deleted; '' where it may be."""

    @property
    def packed(self) -> bool:
        """It is one file."""
        return self.session.path.suffix == SUFFIX


class Choice(NamedTuple):
    """Which sessions are to go: those that fit everything that is asked."""

    older_than_s: float | None = None
    larger_than: int | None = None
    keep: int | None = None
    """The oldest of those go until all that stay take no more bytes than this."""


def kept(root: Path | None = None) -> list[Kept]:
    """The sessions in ``root`` (by default where they are kept), newest first."""
    found = [_kept(session) for session in sessions.recent(1 << 30, root)]
    return sorted(found, key=lambda one: -one.begun_s)


def chosen(found: Sequence[Kept], choice: Choice, now_s: float) -> list[Kept]:
    """Those that are to go, oldest first; never one that runs, nor one that holds files of somebody else.

    Args:
        found: from ``kept``. now_s: seconds since the epoch.
    """
    going = [
        one for one in sorted(found, key=lambda one: one.begun_s)
        if not one.why_not
        and (choice.older_than_s is None or now_s - one.begun_s > choice.older_than_s)
        and (choice.larger_than is None or one.size > choice.larger_than)
    ]
    if choice.keep is None:
        return going
    excess, some = sum(one.size for one in found) - choice.keep, []
    for one in going:
        if excess <= 0:
            break
        some.append(one)
        excess -= one.size
    return some


def delete(one: Kept) -> None:
    """Delete a session that ``chosen`` returned.

    Raises:
        OSError: it cannot be deleted, or not wholly.
    """
    path = one.session.path
    if one.packed:
        path.unlink()
    else:
        shutil.rmtree(path)


def _kept(session: RecentSession) -> Kept:
    path = session.path
    files = [path] if path.suffix == SUFFIX and path.is_file() else list(_below(path))
    size = sum(_taken(file) for file in files)
    try:
        begun_s = datetime.fromisoformat(session.started).timestamp()
    except ValueError:
        begun_s = os.stat(path).st_mtime
    return Kept(session, size, begun_s, _why_not(session, files))


def _why_not(session: RecentSession, files: Iterable[Path]) -> str:
    if session.running or (session.path.is_dir() and folder.recorder_lives(session.path)):
        return "it runs"
    if session.path.is_symlink():
        return "it lies elsewhere"
    if session.path.is_file():
        return "" if session.damage in (None, Damage.PART) else "it may be no session"
    if not session.command:
        return "it does not say whether it runs"
    foreign = [file for file in files if not _ours(file.relative_to(session.path).as_posix())]
    return f"it holds '{foreign[0].name}', which is none of its files" if foreign else ""


def _ours(name: str) -> bool:
    return name in _OURS or allowed(name) or allowed(name.removesuffix(_NEW))


def _below(path: Path) -> list[Path]:
    return [Path(top, name) for top, folders, files in os.walk(path) for name in (*folders, *files)]


def _taken(file: Path) -> int:
    try:
        status = os.lstat(file)
    except OSError:
        return 0
    return status.st_blocks * 512
