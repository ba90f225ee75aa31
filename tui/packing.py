"""Packing the session on the screen into one file, beside the screen's work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from concviz.core.language import _
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.folder import SessionError
from concviz.core.session.pack import pack
from concviz.tui.units import size

_EVERY_S = 1.0


def pack_beside(
    session: Path, folder: Path, tell: Callable[[str], object],
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Pack ``session`` into a file of its name in ``folder``; returns what to say about it.

    Args:
        tell: what to do with the progress in words, once a second. clock: seconds.
    """
    target = folder / f"{session.resolve().name}{SUFFIX}"
    told_s = clock()

    def progress(done: int, total: int) -> None:
        nonlocal told_s
        if clock() - told_s >= _EVERY_S:
            told_s = clock()
            tell(_("packing: {percent} %").format(percent=100 * done // max(total, 1)))

    try:
        packed = pack(session, target, progress)
    except SessionError as error:
        return _("not packed: {error}").format(error=error)
    return _("packed into {path}, {size}").format(path=target, size=size(packed))
