"""The formats there are. An exporter is one module with one function::

    def write(request: Request, out: BinaryIO, progress: Progress) -> None

It writes to ``out`` from begin to end without seeking, so that ``out`` may be a pipe; text is UTF-8.
A module is imported when it is needed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import BinaryIO, cast

from concviz.core.export.request import ExportError, Progress, Request
from concviz.core.text import clean

Writer = Callable[[Request, BinaryIO, Progress], None]


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    name: str
    extension: str
    """With its dot."""
    about: str
    """What it is, in one line."""
    module: str
    """Name of the exporter's module in this package."""
    animates: bool = False
    """``Request.animate`` has a meaning."""

    def writer(self) -> Writer:
        """The function that writes it."""
        return cast(Writer, import_module(f"concviz.core.export.{self.module}").write)


FORMATS = {
    form.name: form
    for form in (
        Format("svg", ".svg", "a picture, sharp at any zoom; animated, one that plays", "svg", animates=True),
        Format("html", ".html", "one page to pan, zoom and search in, without a network", "html"),
    )
}


def format_of(name: str) -> Format:
    """The format of this name.

    Raises:
        ExportError: there is none.
    """
    found = FORMATS.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), list(FORMATS), 1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise ExportError(f"there is no format '{clean(name, 40)}'{hint} (formats: {', '.join(FORMATS)})")
    return found
