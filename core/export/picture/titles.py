"""What a tooltip says about a span, a stretch of short ones, or a worker."""

from __future__ import annotations

import os

from concviz.core.export.picture.paints import state_words
from concviz.core.export.picture.pieces import Cell
from concviz.core.insight.endings import said_how
from concviz.core.language import N_, _, ngettext, pgettext
from concviz.core.model import Kind, Known, Reason, Site, State, Worker
from concviz.core.timeline.answers import Columns
from concviz.core.timeline.timeline import Timeline
from concviz.core.units import clock, count, duration, share, short

_KINDS = {Kind.PROCESS: N_("process"), Kind.THREAD: N_("thread"), Kind.TASK: N_("task")}


def span_title(timeline: Timeline, worker: int, columns: Columns, i: int) -> list[str]:
    """Worker, state, reason, length, place, who woke it or what it waits for."""
    state, reason = State(int(columns.state[i])), Reason(int(columns.reason[i]))
    t0_ns, t1_ns = int(columns.t0_ns[i]), int(columns.t1_ns[i])
    known = Known(int(columns.known[i]))
    lines = [
        f"{short(timeline.workers[worker].name)}: {state_words(state, reason)}, {duration(t1_ns - t0_ns)}",
        when(t0_ns - timeline.start_ns, t1_ns - timeline.start_ns),
    ]
    site, sampled = place_of(timeline, worker, columns, i)
    if site is not None:
        how = _("seen at {place}") if sampled else _("after {place}") if columns.after[i] else "{place}"
        lines.append(how.format(place=site_words(site)))
    lines += _peer(timeline, worker, state, int(columns.peer[i]))
    if known is not Known.EXACT:
        lines.append(pgettext("lane", known.name.lower()))
    return lines


def place_of(timeline: Timeline, worker: int, columns: Columns, i: int) -> tuple[Site | None, bool]:
    """Where a span stood, and whether it was only seen there in its middle."""
    now = timeline.span_at(worker, (int(columns.t0_ns[i]) + int(columns.t1_ns[i])) // 2)
    if now is not None and now.site is not None and now.site_known is not Known.EXACT:
        return now.site, True
    return timeline.words.site_of(int(columns.site[i])), False


def stretch_title(timeline: Timeline, worker: int, cell: Cell, spans: int) -> list[str]:
    """Of several spans that are drawn together: how many, and the share of each state."""
    whole = cell.alive_ns
    parts = [
        f"{state_words(state, reason)} {share(ns, whole)}"
        for state, ns, reason in (
            (State.RUNNING, cell.running_ns, Reason.NONE), (State.READY, cell.ready_ns, Reason.NONE),
            (State.WAITING, cell.waiting_ns, Reason.NONE),
        ) if ns
    ]
    mostly = ""
    if cell.reason:
        mostly = ", " + _("mostly for {reason}").format(reason=pgettext("lane", cell.reason.name.lower()))
    name, length = short(timeline.workers[worker].name), duration(cell.t1_ns - cell.t0_ns)
    return [
        ngettext("{name}: {n} span in {length}", "{name}: {n} spans in {length}", spans).format(
            name=name, n=count(spans), length=length),
        when(cell.t0_ns - timeline.start_ns, cell.t1_ns - timeline.start_ns),
        " · ".join(parts) + mostly,
    ]


def worker_title(worker: Worker, zero_ns: int) -> list[str]:
    """Name, kind, life and end of a worker."""
    number = f"pid {worker.pid}" if worker.kind is Kind.PROCESS else f"tid {worker.tid}" if worker.tid else ""
    facts = [_(_KINDS[worker.kind]), number, worker.about]
    life = _("began {at}").format(at=clock(worker.start_ns - zero_ns))
    if worker.end_ns is not None:
        outcome, length = pgettext("lane", str(worker.outcome)), duration(worker.end_ns - worker.start_ns)
        life += ", " + _("{outcome} after {length}").format(outcome=outcome, length=length)
    known = "" if worker.known is Known.EXACT else pgettext("lane", worker.known.name.lower())
    how = said_how(worker.detail)
    return [*filter(None, [worker.name, " · ".join(filter(None, facts)), life, how, known])]


def site_words(site: Site) -> str:
    """``app.py:42 fetch → StreamReader.read``."""
    call = f" → {site.call}" if site.call else ""
    return f"{os.path.basename(site.file)}:{site.line} {site.function}{call}"


def when(t0_ns: int, t1_ns: int) -> str:
    """``from 1.20 s to 1.70 s``; instants since the session began."""
    step = max(1, (t1_ns - t0_ns) // 20)
    return _("from {begin} to {end}").format(begin=clock(t0_ns, step), end=clock(t1_ns, step))


def _peer(timeline: Timeline, worker: int, state: State, peer: int) -> list[str]:
    verb = _("waits for {whom}") if state is State.WAITING else _("woken by {whom}")
    if peer >= 0:
        name = _("itself") if peer == worker else short(timeline.workers[peer].name)
    else:
        name = pgettext("waker", timeline.words.word_of(peer))
    return [verb.format(whom=name)] if name else []
