"""The figures of a session as plain data: what ``concviz stats --json`` prints.

Times are seconds since the session began, made from integer nanoseconds. The shape, schema 1::

    {"schema": 1,
     "session": {"command": […], "python": "3.13.0" | null, "started": ISO 8601, "duration_s": …,
                 "complete": bool, "running": bool, "events": n, "dropped": n, "exit_code": n | null,
                 "signal": n | null, "notes": […], "held_s": …},
     "concurrency": {"mean": …, "peak": n},      pieces of work in progress at once
     "parallelism": {"mean": …, "peak": n},      threads executing at once
     "workers": [{"id", "kind", "parent": id | null, "pid", "tid", "name", "about", "outcome", "detail",
                  "exception": … | null, "start_s", "end_s": … | null, "steps": n, "switches": n,
                  "time_s": {"running", "ready", "waiting"},
                  "waiting_s": {"io", "lock", "sleep", "await", "queue", "child", "executor", "unknown"},
                  "ready_s": {"gil", "loop", "core", "held", "unknown"},
                  "sites": [{"file", "line", "function", "call", "state", "reason": … | null,
                             "total_s", "count", "known": "exact" | "sampled", "after": bool}],
                  "known": "exact" | "sampled" | "inferred"}]}

``steps``: a task's steps; a pool thread's work items; any other thread's blocking calls; a process's
stretches of running. ``sites`` holds the ones that took longest (at most 20 a worker). Where a worker
computed is known by samples only: ``count`` is then their number and ``total_s`` what they are worth of the
worker's time in that state. A task's running time that no sample tells is listed at the call that took
most of the step, or else at the await point it went on from (in its first step: where its coroutine begins):
``after`` is then true, for it ran after that line, and not there. A worker's ``known`` is the least certain
way in which a part of its running and ready time is known. ``waiting_s`` and ``ready_s`` each add up to what
``time_s`` says; ``unknown`` is what was seen from outside only, without its reason. A worker's ``held`` is
time in which it could have run and whoever steps the program had not let it; ``held_s`` is for how long the
program was held, all in all: part of every mean over its duration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from concviz.core.insight.endings import exception
from concviz.core.model import READY_REASONS, WAITING_REASONS, Known, Outcome, Reason, Worker
from concviz.core.session.info import SessionInfo
from concviz.core.session.session import Session
from concviz.core.timeline.answers import SiteTotal, Totals
from concviz.core.timeline.spans import KNOWN_SHIFT, STATE_BITS, Spans
from concviz.core.timeline.timeline import Timeline

SCHEMA = 1
_NS = 1e9


def stats(session: Session, progress: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """The figures of all that the session has read so far.

    Args:
        progress: told the share of the workers that are added up, 0 … 1.
    """
    timeline, info = session.timeline, session.info
    end_ns, count, workers = timeline.end_ns, len(timeline.workers), []
    for done, worker in enumerate(timeline.workers):
        progress(done / count)
        workers.append(_worker(timeline, worker))
    return {
        "schema": SCHEMA,
        "session": {**_session(info, end_ns, session.notes), "held_s": session.held_ns() / _NS},
        "concurrency": _figures(timeline, "concurrency", end_ns),
        "parallelism": _figures(timeline, "parallelism", end_ns),
        "workers": workers,
    }


def _session(info: SessionInfo, end_ns: int, notes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "command": list(info.command), "python": info.python, "started": info.started,
        "duration_s": max(end_ns - info.start_ns, 0) / _NS, "complete": info.complete,
        "running": info.running, "events": info.events, "dropped": info.dropped,
        "exit_code": info.exit_code, "signal": info.signal, "notes": list(notes),
    }


def _figures(timeline: Timeline, name: str, end_ns: int) -> dict[str, Any]:
    series = timeline.concurrency if name == "concurrency" else timeline.parallelism
    return {"mean": series.mean(timeline.start_ns, end_ns), "peak": series.peak(timeline.start_ns, end_ns)}


def _worker(timeline: Timeline, worker: Worker) -> dict[str, Any]:
    totals = timeline.totals(worker.index)
    return {
        "id": worker.id, "kind": str(worker.kind),
        "parent": None if worker.parent is None else timeline.workers[worker.parent].id,
        "pid": worker.pid, "tid": worker.tid, "name": worker.name, "about": worker.about,
        "outcome": str(worker.outcome), "detail": worker.detail,
        "exception": exception(worker) or None,
        "start_s": (worker.start_ns - timeline.start_ns) / _NS,
        "end_s": _end_s(worker, timeline.start_ns),
        "steps": totals.steps, "switches": totals.switches,
        "time_s": {
            "running": totals.running_ns / _NS, "ready": totals.ready_ns / _NS,
            "waiting": totals.waiting_ns / _NS,
        },
        "waiting_s": _by_reason(totals, WAITING_REASONS, totals.waiting_ns),
        "ready_s": _by_reason(totals, READY_REASONS, totals.ready_ns),
        "sites": [_site(total) for total in totals.sites],
        "known": _word(least_certain(worker, timeline.lanes[worker.index].spans)),
    }


def _end_s(worker: Worker, zero_ns: int) -> float | None:
    if worker.end_ns is None or worker.outcome is Outcome.RUNNING:
        return None
    return (worker.end_ns - zero_ns) / _NS


def _by_reason(totals: Totals, reasons: tuple[Reason, ...], whole_ns: int) -> dict[str, float]:
    """Seconds for each reason, and for none."""
    known = {reason: totals.reasons.get(reason, 0) for reason in reasons}
    shares = {_word(reason): ns / _NS for reason, ns in known.items()}
    return {**shares, "unknown": (whole_ns - sum(known.values())) / _NS}


def least_certain(worker: Worker, spans: Spans) -> Known:
    """The least certain way in which a part of a worker's time is known."""
    codes = spans.rest["code"][: spans.total]
    known = codes[(codes & STATE_BITS) < 3] >> KNOWN_SHIFT & STATE_BITS
    return max(worker.known, Known(int(np.max(known)) if len(known) else 0))


def _site(total: SiteTotal) -> dict[str, Any]:
    site = total.site
    return {
        "file": site.file if site else "", "line": site.line if site else 0,
        "function": site.function if site else "", "call": site.call if site else "",
        "state": total.state.name.lower(), "reason": _word(total.reason) if total.reason else None,
        "total_s": total.total_ns / _NS, "count": total.count, "known": _word(total.known),
        "after": total.after,
    }


def _word(value: Reason | Known) -> str:
    return value.name.lower()
