"""Screenshots as SVG files that need nothing from the network and keep wide characters wide."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from pathlib import Path

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FONTS = '"DejaVu Sans Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace'


def plain_fonts(svg: str) -> str:
    """The picture with the reader's own monospace font instead of one from the web, and its spaces kept.

    (librsvg trims even no-break spaces at a text's ends, unless told to preserve space.)
    """
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return _FONT_FACE.sub("", svg).replace("Fira Code, monospace", _FONTS).replace("Fira Code", _FONTS)


def file_name(program: str, now: datetime) -> str:
    """PROGRAM-YYYYmmdd-HHMMSS.svg, from nothing but letters, digits, dots and dashes."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", program).strip("._")[:80] or "concviz"
    return f"{stem}-{now:%Y%m%d-%H%M%S}.svg"


def unused(folder: Path, program: str, now: datetime) -> Path:
    """A name in ``folder`` that nothing has: PROGRAM-YYYYmmdd-HHMMSS, then with a number."""
    stem = file_name(program, now).removesuffix(".svg")
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := folder / name).exists())


def save(svg: str, folder: Path, program: str, now: datetime) -> Path:
    """Write the picture; a second one within the same second gets a number.

    Raises:
        OSError: the folder or the file cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(program, now)
    number = 1
    while True:
        try:
            with open(path, "x", encoding="utf-8") as file:
                file.write(plain_fonts(svg))
        except FileExistsError:
            number += 1
            path = path.with_name(f"{file_name(program, now)[:-4]}-{number}.svg")
        else:
            return path
