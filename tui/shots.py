"""Where screenshots and recordings of the screen go."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path


def file_name(program: str, now: datetime) -> str:
    """PROGRAM-YYYYmmdd-HHMMSS, from nothing but letters, digits, dots and dashes."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", program).strip("._")[:80] or "concviz"
    return f"{stem}-{now:%Y%m%d-%H%M%S}"


def unused(folder: Path, program: str, now: datetime, suffix: str = "") -> Path:
    """A name in ``folder`` that nothing has: PROGRAM-YYYYmmdd-HHMMSS, then with a number."""
    names = numbered(file_name(program, now))
    return next(path for name in names if not (path := folder / f"{name}{suffix}").exists())


def numbered(stem: str) -> Iterator[str]:
    """The name, then with a number from 2 on, without an end."""
    yield stem
    for number in itertools.count(2):
        yield f"{stem}-{number}"


def save(svg: str, folder: Path, program: str, now: datetime) -> Path:
    """Write the picture; a second one within the same second gets a number.

    Raises:
        OSError: the folder or the file cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = unused(folder, program, now, ".svg")
    with open(path, "x", encoding="utf-8") as file:
        file.write(svg)
    return path
