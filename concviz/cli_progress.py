"""A bar on the terminal for what takes longer than a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress, TaskID

    from concviz.core.session.session import Session

_SOON_S = 1.0

Tell = Callable[[str, float], None]
"""Takes what is being done, and which share of it is done (0 … 1)."""


@contextmanager
def progress(fd: int = 2) -> Iterator[Tell]:
    """Tell it how far things are; where ``fd`` is no terminal nobody is shown."""
    bar = _Bar(fd)
    try:
        yield bar.tell if is_terminal(fd) else lambda what, share: None
    finally:
        bar.close()


def read(path: Path, tell: Tell) -> Session:
    """Open a session and read it up to now.

    Raises:
        SessionError: it cannot be opened.
    """
    from concviz.core.session.session import Session

    session = Session.open(path)
    while session.advance(time.perf_counter_ns()) and not session.caught_up:
        tell("reading", session.read_share)
    return session


class _Bar:
    """Rich's bar; it appears, and Rich is imported, when there is something to show."""

    def __init__(self, fd: int) -> None:
        self._fd, self._began_s = fd, time.monotonic()
        self._shown: tuple[Progress, TaskID, TextIO] | None = None

    def tell(self, what: str, share: float) -> None:
        if self._shown is None and time.monotonic() - self._began_s > _SOON_S:
            self._shown = self._appear(what)
        if self._shown is not None:
            self._shown[0].update(self._shown[1], description=what, completed=share)

    def close(self) -> None:
        if self._shown is not None:
            self._shown[0].stop()
            self._shown[2].close()

    def _appear(self, what: str) -> tuple[Progress, TaskID, TextIO]:
        from rich.console import Console
        from rich.progress import Progress

        out = os.fdopen(os.dup(self._fd), "w", encoding="utf-8", errors="replace")
        bar = Progress(console=Console(file=out), transient=True)
        task = bar.add_task(what, total=1.0)
        bar.start()
        return bar, task, out


def is_terminal(fd: int) -> bool:
    """Does somebody sit there who wants to be told how things go?"""
    try:
        return os.isatty(fd)
    except OSError:  # the caller has closed it
        return False
