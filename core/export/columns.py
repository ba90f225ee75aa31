"""The tables: what their columns are called and mean, and their rows.

Instants and durations are whole nanoseconds; instants count from the begin of the session. Workers are
told by their ids. Of a window, spans hold the part inside of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from concviz.core.export.rows import KNOWN_WORDS, REASON_WORDS, STATE_WORDS, Table
from concviz.core.model import Outcome, State, Worker
from concviz.core.text import clean

Value = str | int | None

SPANS = {
    "worker": "id of the worker",
    "start_ns": "when the span began",
    "end_ns": "when it ended (so far)",
    "duration_ns": "end_ns - start_ns",
    "state": "running, ready or waiting",
    "reason": "of ready: gil, loop, core, held; of waiting: io, lock, sleep, await, queue, child, executor",
    "known": "how the span is known: exact (the program recorded it), sampled (from outside), inferred",
    "file": "where the worker stood: the user's own code",
    "line": "its line",
    "function": "its function",
    "call": "what it called there",
    "site_known": "how file, line and function are known: exact or sampled",
    "after": "true: a task ran, but not there: that is the await point it went on from (in its first step: "
             "where it begins), and what ran after it is not known",
    "woken_by": "of running and ready: id of the worker that woke it, or timer, I/O, ...",
    "waits_for": "of waiting: id of the worker it waits for, where it is one",
}
WORKERS = {
    "id": "unique in the session, and stable",
    "kind": "process, thread or task",
    "parent": "id of the worker it belongs to",
    "pid": "process id",
    "tid": "native thread id (of a task: its thread's)",
    "name": "what the program calls it",
    "about": "a task's coroutine, a process's start method, ...",
    "outcome": "running, done, failed, cancelled or killed",
    "detail": "exception, exit code or signal",
    "start_ns": "when it began",
    "end_ns": "when it ended; nothing while it lives",
    "running_ns": "time it ran, in the window",
    "ready_ns": "time it was ready",
    "waiting_ns": "time it waited",
    "steps": "in its whole life: a task's steps, a pool thread's work items, other threads' blocking calls",
    "known": "how its begin and end are known: exact, sampled or inferred",
}
WAKES = {
    "time_ns": "when",
    "waker": "id of the worker that made another one ready",
    "woken": "id of the other one (or of the same, which yielded)",
}
"""Wake-ups by workers; those by timers and I/O stand with the span that they began."""


def spans(table: Table) -> Iterator[tuple[Value, ...]]:
    """The rows of SPANS: all of a worker's in order, one worker after another."""
    for worker in table.each_worker():
        for row in table.rows(worker):
            place, peer = table.place(row.site), table.who(row.peer) or None
            waits = row.state is State.WAITING
            yield (
                worker.id, row.t0_ns, row.t1_ns, row.t1_ns - row.t0_ns, STATE_WORDS[row.state],
                REASON_WORDS[row.reason] or None, KNOWN_WORDS[row.known],
                place.file or None, place.line or None, place.function or None, place.call or None,
                KNOWN_WORDS[row.site_known] if place.file else None, row.after or None,
                None if waits else peer, peer if waits else None,
            )


def workers(table: Table) -> Iterator[tuple[Value, ...]]:
    """The rows of WORKERS, parents before children."""
    for worker in table.workers:
        totals = table.totals(worker)
        yield (
            worker.id, str(worker.kind), _parent(table, worker), worker.pid, worker.tid, clean(worker.name),
            clean(worker.about) or None, str(worker.outcome), clean(worker.detail) or None,
            worker.start_ns - table.zero_ns,
            _end_ns(worker, table.zero_ns),
            totals.running_ns, totals.ready_ns, totals.waiting_ns, totals.steps, KNOWN_WORDS[worker.known],
        )


def _end_ns(worker: Worker, zero_ns: int) -> int | None:
    if worker.end_ns is None or worker.outcome is Outcome.RUNNING:
        return None
    return worker.end_ns - zero_ns


def wakes(table: Table) -> Iterator[tuple[Value, ...]]:
    """The rows of WAKES, in order of time."""
    for wake in table.wakes():
        yield wake.t_ns, table.who(wake.waker), table.who(wake.woken)


def _parent(table: Table, worker: Worker) -> str | None:
    return None if worker.parent is None else table.who(worker.parent)
