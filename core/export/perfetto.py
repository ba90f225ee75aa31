"""A Perfetto trace: what https://ui.perfetto.dev and its trace processor (SQL) open.

Every worker is a track below its parent's: processes and threads are real ones to Perfetto, a task is a track
below its thread. The states are slices in nanoseconds, with reason, certainty, place, who woke the worker and
whom it waits for as arguments. A wake-up is an instant ``wakes`` on the waker's track and an arrow from there
to the slice it began. Concurrency and parallelism (cores in use) are counters. What was worth a look is
on tracks of that name below the program's first process, which the UI shows as one.

Field numbers are those of protos/perfetto/trace in https://github.com/google/perfetto; they never change.
"""

from __future__ import annotations

from typing import BinaryIO

from concviz.core.export.moments import TRACK, Slice, halves, rows
from concviz.core.export.numbers import Numbers
from concviz.core.export.protobuf import block, fixed64, number, string, varint
from concviz.core.export.request import Progress, Request
from concviz.core.export.rows import Arrow, Facts, Table, about, arrows_into, label
from concviz.core.model import Kind, Worker

_SEQUENCE = number(10, 1)
_FIRST = number(13, 1) + number(87, 1)  # what was interned before is forgotten; nothing came before
_NEEDS_NAMES = number(13, 2)
_SLICE_BEGIN, _SLICE_END, _INSTANT, _COUNTER = number(9, 1), number(9, 2), number(9, 3), number(9, 4)
_EXPLICIT = number(11, 3)  # children stand in the order of their ranks
_STATE, _WAKE, _MOMENT = number(3, 1), number(3, 2), number(3, 3)  # the categories, interned below
_EVENT_NAMES, _ARGUMENT_NAMES, _VALUES = 2, 3, 29  # fields of InternedData
_CURVES = ("concurrency", "parallelism")
_OWN, _TASKS, _COUNTERS, _MOMENTS = 1 << 40, 2 << 40, 3 << 40, 4 << 40
"""Uuids: a worker's is its index + 1. Above lie those of a process's own states, of a thread's group of tasks
(the UI sorts children of a real thread by name, those of a group as we say), of counters and of moments."""


def write(request: Request, out: BinaryIO, progress: Progress) -> None:
    """Write the trace: one packet sequence, each worker's packets together (readers sort by time)."""
    looking, writing = halves(progress)
    _Trace(Table(request, writing), out).write(rows(request, looking))


class _Trace:
    """The trace while it is written."""

    def __init__(self, table: Table, out: BinaryIO) -> None:
        self._table, self._out = table, out
        self._numbers = Numbers(table.workers)
        self._interned: dict[tuple[int, str], int] = {}
        self._titles: dict[str, bytes] = {}
        self._facts = Facts(table, self._arguments)
        self._new = b""  # of InternedData: what no packet has told yet

    def write(self, moments: list[list[Slice]]) -> None:
        """Write everything."""
        categories = b"".join(
            block(1, number(1, n) + string(2, name)) for n, name in enumerate(("state", "wake", "moment"), 1)
        )
        self._packet(_FIRST + block(12, categories))
        for rank, name in enumerate(_CURVES):
            self._curve(rank, name)
        for worker in self._table.each_worker():
            self._track(worker)
            self._spans(worker)
        self._moments(moments)

    # -- tracks ------------------------------------------------------------------------------------------

    def _track(self, worker: Worker) -> None:
        """Describe a worker's track, and what hangs below it besides workers."""
        uuid, name, numbers = worker.index + 1, label(worker), self._numbers
        head = number(1, uuid) + number(12, worker.index + len(_CURVES) + 1)
        if worker.kind is Kind.TASK:
            apart = number(15, 1)  # from others of its name
            self._descriptor(head + number(5, self._above(worker)) + string(2, name) + apart)
            return
        pid = number(1, numbers.pid(worker))
        if worker.kind is Kind.PROCESS:
            self._descriptor(head + _EXPLICIT + block(3, pid + string(6, name)))
            self._group(_OWN + uuid, uuid, f"process {name}")
        else:
            thread = pid + number(2, numbers.tid(worker)) + string(5, name)
            self._descriptor(head + number(5, self._above(worker)) + block(4, thread))
            if self._table.timeline.children(worker.index):
                self._group(_TASKS + uuid, uuid, f"tasks of {name}")

    def _above(self, worker: Worker) -> int:
        """Uuid of the track below which a worker's stands."""
        if worker.parent is None:
            return 0
        parent = self._table.timeline.workers[worker.parent]
        in_group = worker.kind is Kind.TASK and parent.kind is Kind.THREAD
        return parent.index + 1 + (_TASKS if in_group else 0)

    def _group(self, uuid: int, above: int, name: str) -> None:
        self._descriptor(number(1, uuid) + number(5, above) + string(2, name) + number(12, 0) + _EXPLICIT)

    def _descriptor(self, fields: bytes) -> None:
        self._packet(block(60, fields))

    def _curve(self, rank: int, name: str) -> None:
        uuid = _COUNTERS + rank
        self._descriptor(number(1, uuid) + string(2, name) + number(12, rank) + block(8, number(3, 2)))
        for t_ns, value in self._table.curve(name):
            self._event(t_ns, _COUNTER + number(11, uuid) + number(30, value))

    def _moments(self, rows: list[list[Slice]]) -> None:
        """What was worth a look: with the first process, for a group of its own is shut at first."""
        above = number(5, self._table.workers[0].index + 1)
        for uuid, row in enumerate(rows, _MOMENTS):
            self._descriptor(number(1, uuid) + above + string(2, TRACK) + number(12, 0))
            track = number(11, uuid)
            for t0_ns, t1_ns, title, facts in row:
                fields = track + _MOMENT + self._title(title) + self._arguments(facts)
                self._event(t0_ns, _SLICE_BEGIN + fields)
                self._event(t1_ns, _SLICE_END + track)

    # -- events ------------------------------------------------------------------------------------------

    def _spans(self, worker: Worker) -> None:
        own = worker.index + 1
        track = number(11, own + _OWN if worker.kind is Kind.PROCESS else own)
        begin, end = _SLICE_BEGIN + track + _STATE, _SLICE_END + track
        facts = self._arguments(about(worker))
        for row, woken_by in arrows_into(self._table, worker):
            fields = begin + self._title(row.title) + facts + self._facts.of(row)
            for arrow in woken_by:
                self._wake(arrow, worker)
                fields += fixed64(48, arrow.number)
            self._event(row.t0_ns, fields)
            self._event(row.t1_ns, end)
            facts = b""  # told once, by the first slice

    def _title(self, title: str) -> bytes:
        """The field with a slice's name."""
        found = self._titles.get(title)
        if found is None:
            found = self._titles[title] = number(10, self._intern(_EVENT_NAMES, title))
        return found

    def _wake(self, arrow: Arrow, woken: Worker) -> None:
        """An instant on the waker's track, from which the arrow starts."""
        track = number(11, arrow.waker + 1)
        whom = self._argument("worker", label(woken))
        flow = fixed64(47, arrow.number)
        self._event(arrow.t_ns, _INSTANT + track + _WAKE + self._title("wakes") + flow + whom)

    def _arguments(self, facts: dict[str, str]) -> bytes:
        return b"".join(self._argument(name, value) for name, value in facts.items())

    def _argument(self, name: str, value: str) -> bytes:
        """A debug annotation; both words are interned."""
        return block(4, number(1, self._intern(_ARGUMENT_NAMES, name))
                     + number(17, self._intern(_VALUES, value)))

    def _intern(self, field: int, text: str) -> int:
        """The number of a word; a new one is told with the next packet."""
        key = (field, text)
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = len(self._interned) + 1
            self._new += block(field, number(1, found) + string(2, text))
        return found

    def _event(self, t_ns: int, fields: bytes) -> None:
        new = b""
        if self._new:
            new, self._new = block(12, self._new), b""
        self._packet(number(8, max(t_ns, 0)) + _NEEDS_NAMES + new + block(11, fields))

    def _packet(self, fields: bytes) -> None:
        self._out.write(b"\x0a" + varint(len(fields) + len(_SEQUENCE)) + _SEQUENCE + fields)
