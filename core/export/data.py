"""What the page of a session holds: one block of bytes, packed and in base64.

The block, before packing with zlib: the length of a JSON text (4 bytes), the text, and then the columns it
describes, each aligned to 8 bytes; all little-endian. ``columns`` of the JSON names them in order: name, type
of the numbers (``u4``, ``i4``, ``u1``), how many there are. Columns of spans run over the lanes one after
another, ``workers[i].spans`` of each, from ``workers[i].first_ns`` on without a gap. Instants in the JSON are
nanoseconds since the session began, those in columns since the window does. What has 64 bits is in two
columns: ``…_low`` the lower 32, ``…_high`` the others. ``moments`` of the JSON: begin, end, text of what was
worth a look.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from concviz.core.colors import CONTRAST, DARK, LIGHT, MONO, Colors
from concviz.core.export.moments import rows
from concviz.core.export.request import ExportError, Progress, Request
from concviz.core.insight.notes import told
from concviz.core.model import Known, Reason, Site, State, Worker
from concviz.core.text import clean
from concviz.core.timeline.series import Series
from concviz.core.timeline.spans import KNOWN_SHIFT, REASON_SHIFT
from concviz.core.units import count, short

_PATH, _NOTE = 1000, 500
_MOST = 6_000_000
"""Spans of a page: a browser keeps some 40 bytes for each."""

THEMES = (DARK, LIGHT, CONTRAST, MONO)


@dataclass(slots=True)
class _Blocks:
    """Columns in the making: name → type and pieces of its bytes."""

    types: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, name: str, type_: str, values: Any) -> None:
        """Append an array to a column."""
        self.add_bytes(name, type_, values.astype("<" + type_).tobytes())

    def add_bytes(self, name: str, type_: str, data: bytes) -> None:
        """Append to a column what is already in its type."""
        self.types[name] = type_
        self.pieces.setdefault(name, []).append(data)

    def add_long(self, name: str, values: Any) -> None:
        """Append an array of non-negative 64-bit numbers, in two columns."""
        self.add(f"{name}_low", "u4", values & 0xFFFFFFFF)
        self.add(f"{name}_high", "u4", values >> 32)

    def described(self) -> tuple[list[list[object]], bytes]:
        """What the JSON says about the columns, and their bytes."""
        about: list[list[object]] = []
        body = []
        for name, pieces in self.pieces.items():
            data = b"".join(pieces)
            about.append([name, self.types[name], len(data) // int(self.types[name][1])])
            body.append(data + bytes(-len(data) % 8))
        return about, b"".join(body)


def packed(request: Request, progress: Progress, most: int = _MOST) -> str:
    """The block of a request, in base64.

    Raises:
        ExportError: there are more than ``most`` spans.
    """
    blocks, lanes = _Blocks(), sorted(request.shown())
    spans = sum(request.timeline.lanes[worker].spans.total for worker in lanes)
    if spans > most and (spans := _spans(request, lanes)) > most:
        raise ExportError(
            f"{count(spans)} spans are more than a page can hold ({count(most)}): "
            "export a part, by --from and --to-time or by --lanes"
        )
    found = rows(request, lambda share: progress(0.3 * share))
    told: dict[int, dict[str, object]] = {}
    for i, worker in enumerate(lanes):
        told[worker] = _lane(blocks, request, worker)
        progress(0.3 + 0.6 * (i + 1) / len(lanes))
    _add_wakes(blocks, request)
    _add_curve(blocks, request, "concurrency", request.timeline.concurrency)
    _add_curve(blocks, request, "parallelism", request.timeline.parallelism)
    columns, body = blocks.described()
    workers = [{**_worker(request, w), **told.get(w.index, {})} for w in request.timeline.workers]
    moments = [[moment.t0_ns, moment.t1_ns, moment.title] for row in found for moment in row]
    facts = {**_facts(request), "workers": workers, "moments": moments, "columns": columns}
    text = json.dumps(facts, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * ((4 - len(text)) % 8)  # so that the columns are aligned
    data = zlib.compress(len(text).to_bytes(4, "little") + text + body, 6)
    progress(0.95)
    return base64.b64encode(data).decode()


def _spans(request: Request, lanes: Sequence[int]) -> int:
    return sum(len(request.timeline.columns(lane, request.from_ns, request.to_ns)) for lane in lanes)


def _lane(blocks: _Blocks, request: Request, worker: int) -> dict[str, object]:
    """Append a lane's spans to the columns; what the JSON says about the lane."""
    timeline = request.timeline
    columns = timeline.columns(worker, request.from_ns, request.to_ns)
    blocks.add_long("span_ns", columns.t1_ns - columns.t0_ns)
    code = columns.state | columns.known << KNOWN_SHIFT | columns.reason << REASON_SHIFT
    blocks.add("span_code", "u1", code)
    blocks.add("span_site", "i4", columns.site)
    blocks.add("span_peer", "i4", columns.peer)
    blocks.add("span_after", "u1", columns.after)
    seen = timeline.seen(worker, request.from_ns, request.to_ns)
    return {
        "spans": len(columns),
        "first_ns": int(columns.t0_ns[0]) - timeline.start_ns if len(columns) else 0,
        "seen": [part for t_ns, site in seen for part in (t_ns - timeline.start_ns, site)],
    }


def _add_wakes(blocks: _Blocks, request: Request) -> None:
    wakes = request.timeline.wakes.between(request.from_ns, request.to_ns)
    blocks.add_long("wake_t", wakes.t_ns - request.from_ns)
    blocks.add("wake_by", "i4", wakes.waker)
    blocks.add("wake_of", "i4", wakes.woken)


def _add_curve(blocks: _Blocks, request: Request, name: str, series: Series) -> None:
    steps = series.steps(request.from_ns, request.to_ns)
    times = [t_ns - request.from_ns for t_ns, _ in steps]
    for part, values in (
        (f"{name}_t_low", [t & 0xFFFFFFFF for t in times]), (f"{name}_t_high", [t >> 32 for t in times]),
        (name, [value for _, value in steps]),
    ):
        blocks.add_bytes(part, "u4", struct.pack(f"<{len(values)}I", *values))


def _worker(request: Request, worker: Worker) -> dict[str, object]:
    zero = request.timeline.start_ns
    return {
        "name": clean(worker.name), "short": short(clean(worker.name)), "kind": str(worker.kind),
        "id": worker.id, "parent": worker.parent, "pid": worker.pid, "tid": worker.tid,
        "about": clean(worker.about), "start_ns": worker.start_ns - zero,
        "end_ns": None if worker.end_ns is None else worker.end_ns - zero,
        "outcome": str(worker.outcome), "detail": clean(worker.detail), "known": int(worker.known),
    }


def _facts(request: Request) -> dict[str, object]:
    timeline, info = request.timeline, request.session.info
    words = timeline.words
    return {
        "heading": request.heading, "python": info.python, "started": info.started, "events": info.events,
        "from_ns": request.from_ns - timeline.start_ns, "to_ns": request.to_ns - timeline.start_ns,
        "session_ns": timeline.end_ns - timeline.start_ns,
        "notes": [clean(note, _NOTE) for note in told(request.session.notes)],
        "sites": [_site(site) for site in words.sites], "words": [clean(word) for word in words.all()],
        "states": [state.name.lower() for state in State],
        "reasons": [reason.name.lower() for reason in Reason],
        "known": [known.name.lower() for known in Known], "theme": request.theme,
        "themes": {colors.name: _theme(colors) for colors in THEMES},
    }


def _site(site: Site) -> list[object]:
    return [clean(site.file, _PATH), site.line, clean(site.function), clean(site.call),
            clean(site.call_file, _PATH), site.call_line]


def _theme(colors: Colors) -> dict[str, object]:
    """A theme's colours; of ``reasons`` and ``tints`` one for each ``Reason``."""
    plain = (
        "background", "panel", "raised", "foreground", "muted", "faint", "accent", "running", "ready", "bad",
        "cursor", "dark",
    )
    return {
        **{name: getattr(colors, name) for name in plain},
        "reasons": [colors.reason(reason) for reason in Reason],
        "tints": [colors.tint(reason) for reason in Reason],
    }
