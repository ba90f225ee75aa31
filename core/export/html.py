"""A session as one HTML page: pan, zoom, search, details. Without a network, and safe to open.

The page's style and script stand in ``viewer/`` as files of their own and are put together here; a policy in
the page lets the browser run exactly these and load nothing else. The session is data, never markup: it is
packed (``data.py``), and the script shows all text as text.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from string import Template
from typing import BinaryIO

from concviz.core.export.data import packed
from concviz.core.export.markup import text
from concviz.core.export.request import Progress, Request

SCRIPTS = (
    "model.js", "words.js", "rows.js", "view.js", "theme.js", "tiles.js", "overlay.js", "paint.js",
    "frame.js", "names.js", "details.js", "moves.js", "input.js", "main.js",
)
"""In the order in which they are put together: what a file uses stands before it."""


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the page."""
    style = _file("viewer.css")
    script = '"use strict";\n' + "\n".join(_file(name) for name in SCRIPTS)
    page = Template(_file("viewer.html")).substitute(
        title=text(request.heading), policy=_policy(style, script), style=style, script=script,
        data=packed(request, progress),
    )
    out.write(page.encode())
    progress(1.0)


def _file(name: str) -> str:
    return files("concviz.core.export").joinpath("viewer", name).read_text("utf-8").rstrip("\n")


def _policy(style: str, script: str) -> str:
    """Content-Security-Policy: this style, this script, pictures out of the page itself, nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    """As the browser reckons it: of all that stands between the tags."""
    digest = hashlib.sha256(f"\n{source}\n".encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
