"""The source line of a site, for a reader on the machine the program ran on.

Only regular files of a sane size are opened, and what is read goes through the sanitising door: a session
may come from anywhere, and the path in it from a program that chose it.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache

from concviz.core.text import clean

SIZE_LIMIT = 2_000_000
LINE_LIMIT = 300


def line(file: str, number: int) -> str:
    """The text of line ``number`` (from 1) without its indentation, '' where it cannot be had."""
    lines = _lines(file)
    return lines[number - 1] if 0 < number <= len(lines) else ""


@lru_cache(maxsize=64)
def _lines(file: str) -> tuple[str, ...]:
    if not os.path.isabs(file):
        return ()
    try:
        # Not blocking: the path may meanwhile be a pipe that nobody writes to.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return ()
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return ()
        data = os.read(descriptor, SIZE_LIMIT)
    except OSError:
        return ()
    finally:
        os.close(descriptor)
    return tuple(clean(text.strip(), LINE_LIMIT) for text in data.decode("utf-8", "replace").split("\n"))
