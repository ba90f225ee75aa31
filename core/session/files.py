"""Where a session's files are: in a folder, as the recorder wrote them, or in one packed file.

Both are read in the same way, a piece at a time; whoever reads never learns which it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

Reader = Callable[[Path, int, int], bytes]
"""(file, how many bytes at most, from which offset on) → the bytes; fewer at the end, none where none are."""


class Files(Protocol):
    """The files of a session."""

    path: Path
    """The session, as the user named it."""
    root: Path
    """What the names of its files are joined to for ``read`` and ``size``."""
    growing: bool
    """It may be that more is still written."""

    def read(self, file: Path, count: int, offset: int) -> bytes:
        """See ``Reader``."""
    def size(self, file: Path) -> int | None:
        """Bytes in a file; None where it is missing."""
    def events(self) -> list[str]:
        """The names of the files in ``events/``."""
    def sound(self) -> bool:
        """Is every byte as it was written, as far as can be known? Looks at all that was not read yet."""
    def notes(self) -> list[str]:
        """What is known to be wrong with them, one line each."""


def pread(file: Path, count: int, offset: int) -> bytes:
    """Read from a file on disk (a ``Reader``), opened for each piece: many logs need no descriptors."""
    # Not blocking: it may be a pipe that nobody writes to.
    how = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        fd = os.open(file, how)
    except (OSError, ValueError):
        return b""
    try:
        return os.pread(fd, count, offset)
    except OSError:
        return b""
    finally:
        os.close(fd)


class Folder:
    """A session folder."""

    growing = True

    def __init__(self, path: Path) -> None:
        """Read ``path``."""
        self.path = self.root = path

    def read(self, file: Path, count: int, offset: int) -> bytes:
        """See ``Files``."""
        return pread(file, count, offset)

    def size(self, file: Path) -> int | None:
        """See ``Files``."""
        try:
            return os.stat(file).st_size
        except OSError:
            return None

    def events(self) -> list[str]:
        """See ``Files``."""
        try:
            return os.listdir(self.root / "events")
        except OSError:
            return []

    def sound(self) -> bool:
        """See ``Files``; nothing tells of a folder but ``sizes.json``."""
        return True

    def notes(self) -> list[str]:
        """See ``Files``."""
        return []
