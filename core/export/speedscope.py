"""Where each worker's time went, for https://www.speedscope.app: one profile a worker.

A profile's stack is the state, then the function and line, then what was called there; so its "left heavy"
view sums up the time by state and place, and its "time order" view is the worker's lane. Unit: nanoseconds.
What a task ran after an await point, where no call and no sample tells where, is in a frame that says so:
``after line 42 of fetch``.

The format: https://github.com/jlfwong/speedscope/blob/main/src/lib/file-format-spec.ts
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from concviz import __version__
from concviz.core.export.request import Progress, Request
from concviz.core.export.rows import Row, Table, label
from concviz.core.model import Worker

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the profiles one by one, and the frames, which are known then, behind them."""
    table, frames = Table(request, progress), _Frames()
    head = {"$schema": SCHEMA, "exporter": f"concviz {__version__}", "name": request.heading,
            "activeProfileIndex": 0}
    out.write((json.dumps(head)[:-1] + ',\n"profiles": [').encode("ascii"))
    separator = "\n"
    for worker in table.each_worker():
        for part in _profile(worker, table, frames):
            out.write((separator + part).encode("ascii"))
            separator = ""
        separator = ",\n"
    out.write((f'\n],\n"shared": {{"frames": {json.dumps(frames.frames)}}}}}\n').encode("ascii"))


class _Frames:
    """The frames of all profiles, each once."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, name: str, file: str = "", line: int = 0) -> int:
        """The number of a frame."""
        key = (name, file, line)
        if key not in self._numbers:
            self._numbers[key] = len(self.frames)
            self.frames.append({"name": name, **({"file": file, "line": line} if file else {})})
        return self._numbers[key]


def _profile(worker: Worker, table: Table, frames: _Frames) -> Iterator[str]:
    """One worker's profile in pieces; what two neighbouring spans share stays open."""
    request = table.request
    begin = max(worker.start_ns, request.from_ns) - table.zero_ns
    end = min(request.to_ns if worker.end_ns is None else worker.end_ns, request.to_ns) - table.zero_ns
    head = {"type": "evented", "name": f"{worker.kind} {label(worker)} ({worker.id})", "unit": "nanoseconds"}
    yield json.dumps(head)[:-1] + ', "events": ['
    stack: list[int] = []
    last, separator = begin, ""
    for row in table.rows(worker):
        wanted = _stack(row, table, frames)
        begin, last = min(begin, row.t0_ns), max(last, row.t1_ns)
        shared = _common(stack, wanted)
        closed = [("C", frame) for frame in reversed(stack[shared:])]
        for kind, frame in closed + [("O", frame) for frame in wanted[shared:]]:
            yield f'{separator}\n{{"type":"{kind}","frame":{frame},"at":{row.t0_ns}}}'
            separator = ","
        stack = wanted
    for frame in reversed(stack):
        yield f'{separator}\n{{"type":"C","frame":{frame},"at":{last}}}'
    yield f'], "startValue": {begin}, "endValue": {max(last, end)}}}'


def _common(before: list[int], after: list[int]) -> int:
    """How many frames two stacks share from the outermost on."""
    shared = 0
    for a, b in zip(before, after):
        if a != b:
            break
        shared += 1
    return shared


def _stack(row: Row, table: Table, frames: _Frames) -> list[int]:
    """The frames of a span, outermost first."""
    place = table.place(row.site)
    stack = [frames.number(row.title)]
    if row.after:
        stack.append(frames.number(f"after line {place.line} of {place.function}", place.file, place.line))
        return stack
    if place.function:
        stack.append(frames.number(place.function, place.file, place.line))
    if place.call:
        stack.append(frames.number(place.call))
    return stack
