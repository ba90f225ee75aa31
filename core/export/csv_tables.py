"""Tables as CSV (RFC 4180, UTF-8, a line with the columns' names first); nothing is an empty field.

A text that begins with ``=``, ``+``, ``-`` or ``@`` gets an apostrophe before it: a spreadsheet would take
the name of a task for a formula otherwise.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from concviz.core.export import columns
from concviz.core.export.columns import Value
from concviz.core.export.request import Progress, Request
from concviz.core.export.rows import Table

_FORMULAS = ("=", "+", "-", "@")


def write_spans(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the spans, one a row."""
    _write(columns.SPANS, columns.spans(Table(request, progress)), out)


def write_workers(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the workers, one a row."""
    _write(columns.WORKERS, columns.workers(Table(request, progress)), out)


def write_wakes(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the wake-ups, one a row."""
    _write(columns.WAKES, columns.wakes(Table(request, progress)), out)


def _write(names: Mapping[str, str], rows: Iterable[tuple[Value, ...]], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", errors="backslashreplace", newline="", write_through=False)
    try:
        writer = csv.writer(text)
        writer.writerow(names)
        writer.writerows(map(_harmless, rows))
        text.flush()
    finally:
        text.detach()  # `out` belongs to the caller


def _harmless(row: tuple[Value, ...]) -> list[Value]:
    return [
        f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS)
        else "true" if value is True else value
        for value in row
    ]
