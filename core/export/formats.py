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
    function: str = "write"
    """Name of the function in there."""
    draws: bool = False
    """It is a picture: the size and the theme have a meaning."""
    animates: bool = False
    """``Request.animate`` has a meaning."""

    def writer(self) -> Writer:
        """The function that writes it."""
        return cast(Writer, getattr(import_module(f"concviz.core.export.{self.module}"), self.function))


FORMATS = {
    form.name: form
    for form in (
        Format("svg", ".svg", "a picture, sharp at any zoom; animated, one that plays", "svg", draws=True,
               animates=True),
        Format("html", ".html", "one page to pan, zoom and search in, without a network", "html", draws=True),
        Format("perfetto", ".pftrace", "a trace for ui.perfetto.dev and its SQL", "perfetto"),
        Format("chrome", ".trace.json", "a trace of JSON events, for chrome://tracing and others", "chrome"),
        Format("speedscope", ".speedscope.json", "where time went, for speedscope.app", "speedscope"),
        Format("json", ".json", "workers, spans and wake-ups, one object a line", "json_tables"),
        Format("csv", ".csv", "spans, one a row", "csv_tables", "write_spans"),
        Format("csv-workers", ".workers.csv", "workers, one a row", "csv_tables", "write_workers"),
        Format("csv-wakes", ".wakes.csv", "wake-ups, one a row", "csv_tables", "write_wakes"),
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
