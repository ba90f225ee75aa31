"""A trace of JSON events, which chrome://tracing, Perfetto and many other tools open.

Every worker is a thread of its process (a task, and a process's own states, have numbers that no system
gives). The states are complete events ``X`` in microseconds with their nanoseconds as decimals, wake-ups are
flows ``s`` → ``f``, concurrency and parallelism (cores in use) are counters ``C``, names are metadata ``M``.
What was worth a look is in threads of that name in the program's first process, of the category ``moment``.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from concviz.core.export.moments import TRACK, Slice, halves, rows
from concviz.core.export.numbers import BEYOND, Numbers
from concviz.core.export.request import Progress, Request
from concviz.core.export.rows import Facts, Table, about, arrows_into, label
from concviz.core.model import Kind, State, Worker
from concviz.core.text import clean

_COLORS = {
    State.RUNNING: "thread_state_running", State.READY: "thread_state_runnable",
    State.WAITING: "thread_state_sleeping", State.ENDED: "generic_work",
}
"""Names of colours that chrome://tracing knows; other viewers choose by the title."""


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the trace as one JSON object, an event a line."""
    looking, writing = halves(progress)
    _Trace(Table(request, writing), out).write(rows(request, looking))


class _Trace:
    """The trace while it is written; text is ASCII, with JSON's escapes for the rest."""

    def __init__(self, table: Table, out: BinaryIO) -> None:
        self._table, self._out = table, out
        self._numbers = Numbers(table.workers)
        self._facts = Facts(table, _pairs)
        self._first = True

    def write(self, moments: list[list[Slice]]) -> None:
        """Write everything."""
        info = self._table.request.session.info
        command = clean(" ".join(info.command), 500)
        other = {"made by": "concviz", "command": command, "started": clean(info.started)}
        head = f'{{"displayTimeUnit": "ns", "otherData": {json.dumps(other)}, "traceEvents": [\n'
        self._out.write(head.encode("ascii"))
        for name in ("concurrency", "parallelism"):
            self._curve(name)
        self._moments(moments)
        for worker in self._table.each_worker():
            self._names(worker)
            self._spans(worker)
        self._out.write(b"\n]}\n")

    def _event(self, text: str) -> None:
        separator = b"" if self._first else b",\n"
        self._first = False
        self._out.write(separator + text.encode("ascii"))

    def _curve(self, name: str) -> None:
        """A counter; it belongs to the program's first process."""
        pid = self._numbers.pid(self._table.workers[0])
        for t_ns, value in self._table.curve(name):
            self._event(f'{{"ph":"C","name":"{name}","pid":{pid},"tid":0,"ts":{_us(t_ns)},'
                        f'"args":{{"value":{value}}}}}')

    def _moments(self, rows: list[list[Slice]]) -> None:
        """What was worth a look, above all workers; no worker has the numbers of its rows."""
        pid, beyond = self._numbers.pid(self._table.workers[0]), BEYOND + len(self._table.timeline.workers)
        for number, row in enumerate(rows):
            ids = {"pid": pid, "tid": beyond + number}
            for name, value in (("thread_name", {"name": TRACK}), ("thread_sort_index", {"sort_index": -1})):
                self._event(json.dumps({"ph": "M", "name": name, **ids, "args": value}))
            where = f'"pid":{pid},"tid":{beyond + number}'
            for t0_ns, t1_ns, title, facts in row:
                self._event(f'{{"ph":"X","cat":"moment","name":{json.dumps(title)},{where},"ts":{_us(t0_ns)},'
                            f'"dur":{_us(t1_ns - t0_ns)},"args":{json.dumps(facts)}}}')

    def _names(self, worker: Worker) -> None:
        """Metadata: what a worker is called and where it stands."""
        if worker.kind is Kind.PROCESS:
            self._metadata(worker, "process_name", {"name": label(worker)})
            self._metadata(worker, "process_sort_index", {"sort_index": worker.index})
        kind = "" if worker.kind is Kind.THREAD else f"{worker.kind} "
        self._metadata(worker, "thread_name", {"name": kind + label(worker)})
        self._metadata(worker, "thread_sort_index", {"sort_index": worker.index})

    def _metadata(self, worker: Worker, name: str, arguments: dict[str, Any]) -> None:
        self._event(json.dumps({"ph": "M", "name": name, **self._ids(worker), "args": arguments}))

    def _ids(self, worker: Worker) -> dict[str, int]:
        own = self._numbers.tid(worker) or BEYOND + worker.index
        return {"pid": self._numbers.pid(worker), "tid": own}

    def _where(self, worker: Worker) -> str:
        return ",".join(f'"{key}":{value}' for key, value in self._ids(worker).items())

    def _spans(self, worker: Worker) -> None:
        where = self._where(worker)
        more = _pairs(about(worker))
        for row, woken_by in arrows_into(self._table, worker):
            self._event(
                f'{{"ph":"X","cat":"state","name":"{row.title}",{where},"ts":{_us(row.t0_ns)},'
                f'"dur":{_us(row.t1_ns - row.t0_ns)},"cname":"{_COLORS[row.state]}",'
                f'"args":{{{(more + self._facts.of(row))[1:]}}}}}'
            )
            more = ""  # told once, by the first event
            for arrow in woken_by:
                waker = self._where(self._table.timeline.workers[arrow.waker])
                flow = f'"cat":"wake","name":"wakes","id":{arrow.number}'
                self._event(f'{{"ph":"s",{flow},{waker},"ts":{_us(arrow.t_ns)}}}')
                self._event(f'{{"ph":"f","bp":"e",{flow},{where},"ts":{_us(row.t0_ns)}}}')


def _pairs(facts: dict[str, str]) -> str:
    """Names and values inside of an object, each with a comma before it."""
    return "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in facts.items())


def _us(ns: int) -> str:
    """Nanoseconds as exact microseconds."""
    whole, rest = divmod(abs(ns), 1000)
    return f"{'-' if ns < 0 else ''}{whole}.{rest:03d}" if rest else f"{'-' if ns < 0 else ''}{whole}"
