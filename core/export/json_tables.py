"""Workers, moments, spans, wake-ups, curves as one JSON object, a row a line, with what each column means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import BinaryIO

from concviz import __version__
from concviz.core.export import columns
from concviz.core.export.columns import Value
from concviz.core.export.moments import halves, moments
from concviz.core.export.request import Progress, Request
from concviz.core.export.rows import Table
from concviz.core.text import clean

SCHEMA = 1
"""Keys and columns may be added under the same number; none changes its meaning."""


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the object; it is never whole in memory."""
    looking, writing = halves(progress)
    found, table = moments(request, looking), Table(request, writing)
    out.write(b"{\n")
    for key, value in _head(table).items():
        out.write(f"{json.dumps(key)}: {json.dumps(value)},\n".encode("ascii"))
    told = ",\n".join(map(json.dumps, found))  # as `stats --json` has them: nothing is left out
    out.write(f'"moments": [\n{told}\n],\n'.encode("ascii"))
    _rows(out, "workers", columns.WORKERS, columns.workers(table), ",")
    for name in ("concurrency", "parallelism"):
        curve = {"time_ns": "", name: ""}
        _rows(out, name, curve, table.curve(name), ",")
    _rows(out, "wakes", columns.WAKES, columns.wakes(table), ",")
    _rows(out, "spans", columns.SPANS, columns.spans(table), "")
    out.write(b"}\n")


def _head(table: Table) -> dict[str, object]:
    info, request = table.request.session.info, table.request
    return {
        "schema": SCHEMA,
        "concviz": __version__,
        "session": {
            "command": [clean(word, 500) for word in info.command],
            "python": info.python and clean(info.python), "started": clean(info.started),
            "complete": info.complete, "running": info.running, "events": info.events,
            "dropped": info.dropped, "exit_code": info.exit_code, "signal": info.signal,
            "notes": [clean(note) for note in table.request.session.notes],
        },
        "window": {"from_ns": request.from_ns - table.zero_ns, "to_ns": request.to_ns - table.zero_ns},
        "columns": {"workers": columns.WORKERS, "wakes": columns.WAKES, "spans": columns.SPANS},
    }


def _rows(
    out: BinaryIO, key: str, names: Mapping[str, str], rows: Iterable[tuple[Value, ...]], after: str,
) -> None:
    """One key with a list of objects; what is null in a row is left out of it, to keep the file small."""
    quoted = [json.dumps(name) for name in names]
    out.write(f"{json.dumps(key)}: [".encode("ascii"))
    separator = "\n"
    for row in rows:
        pairs = ", ".join(
            f"{name}: {value if type(value) is int else _quoted(value)}"
            for name, value in zip(quoted, row) if value is not None
        )
        out.write(f"{separator}{{{pairs}}}".encode("ascii"))
        separator = ",\n"
    out.write(f"\n]{after}\n".encode("ascii"))


@lru_cache(maxsize=4096)
def _quoted(value: Value) -> str:
    """A value in JSON; the same few words come again and again."""
    return json.dumps(value)
