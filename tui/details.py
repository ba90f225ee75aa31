"""What the inspector says about one worker at one instant: facts as styled words, then a layout.

Asked of the timeline a few times a second, so nothing here is allowed to be slow; nothing here reads files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from concviz.core.control.view import Blocked, Choice, Outside
from concviz.core.insight.endings import said_how
from concviz.core.insight.retold import retold
from concviz.core.language import N_, _, ngettext, pgettext
from concviz.core.model import (
    READY_REASONS,
    WAITING_REASONS,
    Kind,
    Known,
    Outcome,
    Reason,
    Site,
    Span,
    State,
    Worker,
)
from concviz.core.timeline.tree import ancestors
from concviz.tui import glyphs
from concviz.tui.inks import Inks
from concviz.tui.lines import Part
from concviz.tui.palette import Palette
from concviz.tui.units import brief, clock, count, duration, share, size
from concviz.tui.view import SessionView

if TYPE_CHECKING:
    from concviz.core.timeline.answers import Totals

SourceLine = Callable[[str, int], str]
Words = list[Part]
TOTALS_BAR = 16
BAD = (Outcome.FAILED, Outcome.KILLED)
KINDS = {Kind.PROCESS: N_("process"), Kind.THREAD: N_("thread"), Kind.TASK: N_("task")}


@dataclass(slots=True)
class Facts:
    """One list of words for each thing the inspector knows; an empty one is not known."""

    title: Words = field(default_factory=list)
    about: Words = field(default_factory=list)
    life: Words = field(default_factory=list)
    state: Words = field(default_factory=list)
    site: Words = field(default_factory=list)
    source: Words = field(default_factory=list)
    call: Words = field(default_factory=list)
    waker: Words = field(default_factory=list)
    awaits: Words = field(default_factory=list)
    shares: Words = field(default_factory=list)
    work: Words = field(default_factory=list)
    process: Words = field(default_factory=list)
    gil: Words = field(default_factory=list)
    places: list[Words] = field(default_factory=list)
    of_thread: bool = False
    where: str = ""
    """The label of the site; '' where it says itself that the worker was seen computing or blocking there."""


class Inspection:
    """Collects the facts about the selected lane at the cursor."""

    def __init__(self, view: SessionView, palette: Palette, source: SourceLine) -> None:
        self.view, self.palette, self.inks, self.source = view, palette, Inks(palette), source
        self.timeline = view.timeline
        port = view.viewport
        last = port.following and not port.ended  # nothing is known of the live end itself
        self.t_ns = max(port.start_ns, port.cursor_ns - last)

    def facts(self) -> Facts:
        """Everything that is known, nothing that is not."""
        found = Facts()
        row, worker = self.view.row, self.view.worker
        if row is not None and row.group:
            found.title = [
                self.inks.strong(row.title),
                self.inks.quiet(f"  {glyphs.FOLDED} " + _("Enter shows them one by one")),
            ]
            return found
        if worker is None:
            found.title = [self.inks.quiet(_("nothing is selected"))]
            return found
        span = self.timeline.span_at(worker.index, self.t_ns)
        found.title, found.about, found.life = self._title(worker), self._about(worker), self._life(worker)
        found.state = self._state(worker, span)
        if span is not None:
            self._where(found, span)
            found.waker, found.awaits = self._waker(worker, span), self._awaits(span)
        found.of_thread = worker.kind is Kind.THREAD
        totals = self.view.totals(worker.index)
        found.shares, found.work = self._shares(totals), self._work(worker, totals)
        found.places = self._places(totals)
        found.process, found.gil = self._process(worker), self._gil(worker)
        if found.places:
            found.places.insert(0, [self.inks.quiet(_("where the time went"))])
        return found

    def _name(self, index: int) -> Words:
        worker = self.timeline.workers[index]
        kind = self.inks.plain(f"{glyphs.KINDS[worker.kind]} ", self.palette.accent)
        return [kind, self.inks.plain(worker.name)]

    def _title(self, worker: Worker) -> Words:
        return [
            self.inks.plain(f"{glyphs.KINDS[worker.kind]} ", self.palette.accent),
            self.inks.strong(worker.name),
            self.inks.quiet("  " + _(KINDS[worker.kind])),
        ]

    def _about(self, worker: Worker) -> Words:
        words = [worker.about] if worker.about else []
        if worker.kind is Kind.PROCESS:
            words.append(f"pid {worker.pid}")
        elif worker.kind is Kind.THREAD and worker.tid:
            words.append(f"tid {worker.tid}")
        return [self.inks.quiet(" · ".join(words))] if words else []

    def _life(self, worker: Worker) -> Words:
        words = _("began {at}").format(at=clock(worker.start_ns - self.timeline.start_ns))
        if worker.end_ns is not None and worker.outcome is not Outcome.RUNNING:
            lived = duration(worker.end_ns - worker.start_ns)
            words += " · " + _("lived {length}").format(length=lived)
        return [self.inks.quiet(words)]

    def _state(self, worker: Worker, span: Span | None) -> Words:
        standing = self._standing(worker)
        if span is None or span.state is State.ENDED:
            return self._not_alive(worker)
        state, reason, t0_ns, ongoing = span.state, span.reason, span.t0_ns, span.open
        length = self.t_ns - t0_ns if ongoing else span.duration_ns
        if standing is not None:  # the panel of a held program says the same
            t0_ns, ongoing, length = standing.since_ns, True, max(0, self.view.now_ns - standing.since_ns)
            if isinstance(standing, Choice):
                state, reason = State.READY, Reason.HELD
        words = [
            self.inks.strong(f"{glyphs.of(state, reason)} {glyphs.told(state, reason)}",
                         self.palette.of(state, reason)),
            self.inks.plain(f"  {duration(length)}" + (" " + _("so far") if ongoing else "")),
        ]
        since = clock(t0_ns - self.timeline.start_ns, 1000 if length < 1_000_000 else 100_000)
        known = "" if standing is not None else known_words(span.known)
        words.append(self.inks.quiet("  " + _("since {at}").format(at=since) + known))
        return words if standing is not None else [*self._fell(worker), *words]

    def _fell(self, worker: Worker) -> Words:
        """How it ended badly, where the cursor is at its last instant: a moment shows where it stood then."""
        if worker.end_ns is None or self.t_ns < worker.end_ns - 1 or worker.outcome not in BAD:
            return []
        return [*self._outcome(worker), self.inks.plain("  ")]

    def _standing(self, worker: Worker) -> Choice | Blocked | Outside | None:
        """How a worker stands while the program is held, where the cursor is at what is latest."""
        control, port = self.view.control, self.view.viewport
        if control is None or not (port.following or self.t_ns >= port.frozen_ns):
            return None
        all_of_them: tuple[Choice | Blocked | Outside, ...] = (
            *control.ready, *control.blocked, *control.outside)
        for one in all_of_them:
            part = f"a{one.task}" if one.task else f"t{one.thread}"
            if worker.id == f"p{one.pid}.{part}":
                return one
        return None

    def _not_alive(self, worker: Worker) -> Words:
        if self.t_ns < worker.start_ns:
            length = duration(worker.start_ns - self.t_ns)
            return [self.inks.quiet(_("begins in {length}").format(length=length))]
        if worker.end_ns is None:
            return [self.inks.quiet(_("nothing is known about this instant"))]
        before = duration(max(0, self.t_ns - worker.end_ns))
        return [*self._outcome(worker), self.inks.quiet("  " + _("{length} before").format(length=before))]

    def _outcome(self, worker: Worker) -> Words:
        """``✗ failed ValueError``; of what had not ended yet only that."""
        if worker.outcome is Outcome.RUNNING:
            return [self.inks.quiet(said_how(worker.detail))]
        outcome = f"{glyphs.OUTCOMES[worker.outcome]} {glyphs.outcome_word(worker.outcome)}".strip()
        bad = worker.outcome in BAD
        words = [self.inks.strong(outcome, self.palette.bad if bad else None)]
        if worker.detail:
            color = self.palette.bad if bad else self.palette.muted
            words.append(self.inks.plain(f" {said_how(worker.detail)}", color))
        return words

    def _where(self, found: Facts, span: Span) -> None:
        site = span.site
        if site is None:
            return
        seen = span.state is State.RUNNING and span.site_known is not Known.EXACT
        found.where = "" if seen else _("after") if span.after else _("at")
        how = _("blocking at") if seen and self._thread_waits(span) else _("computing at")
        found.site = [
            *([self.inks.quiet(how + " ")] if seen else []),
            self.inks.plain(f"{os.path.basename(site.file)}:{site.line}"),
            self.inks.quiet(" " + _("in {function}").format(function=site.function)),
            self.inks.quiet(known_words(span.site_known)),
        ]
        text = self.source(site.file, site.line)
        if text:
            found.source = [self.inks.plain(text, self.palette.foreground)]
        if site.call and not span.after:
            where = f"  {os.path.basename(site.call_file)}:{site.call_line}" if site.call_file else ""
            found.call = [self.inks.plain(site.call), self.inks.quiet(where)]

    def _thread_waits(self, span: Span) -> bool:
        """Does a task run all through the span while its thread, mostly, waits? Then it computes nothing."""
        worker = self.timeline.workers[span.worker]
        if worker.kind is not Kind.TASK or worker.parent is None:
            return False
        of = self.timeline.totals(worker.parent, span.t0_ns, span.t1_ns)
        return of.waiting_ns > of.running_ns + of.ready_ns

    def _waker(self, worker: Worker, span: Span) -> Words:
        if span.waker is not None:
            return self._by(span.waker, worker)
        if span.waker_text:
            return [self.inks.plain(pgettext("waker", span.waker_text))]
        wake = self.timeline.wake_before(worker.index, self.t_ns)
        if wake is None:
            return []
        told = pgettext("waker", wake.text)
        words = self._by(wake.waker, worker) if wake.waker is not None else [self.inks.plain(told)]
        length = duration(self.t_ns - wake.t_ns)
        return [*words, self.inks.quiet("  " + _("{length} ago").format(length=length))]

    def _by(self, waker: int, worker: Worker) -> Words:
        return [self.inks.plain(_("itself"))] if waker == worker.index else self._name(waker)

    def _awaits(self, span: Span) -> Words:
        return self._name(span.awaits) if span.awaits is not None else []

    def _shares(self, totals: Totals) -> Words:
        times = (totals.running_ns, totals.ready_ns, totals.waiting_ns)
        whole = sum(times)
        if not whole:
            return []
        waited = main_reason(totals, WAITING_REASONS)
        colors = (self.palette.running, self.palette.ready, self.palette.reason(waited))
        shapes = (
            glyphs.RUNNING,
            glyphs.of(State.READY, main_reason(totals, READY_REASONS)),
            glyphs.of(State.WAITING, waited),
        )
        words: Words = []
        filled = 0
        for part, color, shape in zip(times, colors, shapes):
            wanted = round(part * TOTALS_BAR / whole) if part else 0
            cells = min(TOTALS_BAR - filled, max(wanted, 1 if part else 0))
            filled += cells
            words.append(self.inks.plain(shape * cells, color))
        for state, part, color in zip((State.RUNNING, State.READY, State.WAITING), times, colors):
            words.append(self.inks.quiet(f"  {glyphs.state_word(state)} "))
            words.append(self.inks.plain(share(part, whole), color))
        return words

    def _work(self, worker: Worker, totals: Totals) -> Words:
        if worker.kind is Kind.TASK:
            made = ngettext("{n} step", "{n} steps", totals.steps)
        elif worker.kind is Kind.THREAD:
            made = ngettext("{n} call", "{n} calls", totals.steps)
        else:
            made = ngettext("{n} run", "{n} runs", totals.steps)
        made = made.format(n=count(totals.steps))
        switches = _("{n} switches").format(n=count(totals.switches))
        return [
            self.inks.plain(f"{made} · {switches}"),
            self.inks.quiet(" · " + _("ran {length}").format(length=duration(totals.running_ns))),
        ]

    def _places(self, totals: Totals) -> list[Words]:
        found: list[Words] = []
        for place in totals.sites[:8]:
            color = self.palette.of(place.state, place.reason)
            found.append(
                [
                    self.inks.plain(
                        f"{glyphs.of(place.state, place.reason)} {duration(place.total_ns):>8}", color
                    ),
                    self.inks.quiet(f" ×{count(place.count)}{glyphs.KNOWN[place.known]} "),
                    *([self.inks.quiet(_("after") + " ")] if place.after else []),
                    self.inks.plain(place_words(place.site)),
                ]
            )
        return found

    def _over(self, worker: Worker) -> bool:
        """Has the worker's process ended? Its gauges then tell nothing any more."""
        above = [worker.index, *ancestors(worker.index, self.timeline.workers)]
        owners = (self.timeline.workers[index] for index in above)
        return any(owner.kind is Kind.PROCESS and owner.end_ns is not None for owner in owners)

    def _process(self, worker: Worker) -> Words:
        gauge = self.view.session.system.process(worker.pid)
        if gauge is None or self._over(worker):
            return []
        core = " " + _("on core {n}").format(n=gauge.core) if gauge.core >= 0 else ""
        both = f"{brief(gauge.voluntary)}+{brief(gauge.involuntary)}"
        switches = _("{n} switches").format(n=both)
        threads = ngettext("{n} thread", "{n} threads", gauge.threads).format(n=gauge.threads)
        return [
            *self._now(),
            self.inks.plain(f"{gauge.cpu_percent:.0f} % cpu{core} · {size(gauge.rss_bytes)}"),
            self.inks.quiet(f" · {threads} · {switches} · {gauge.status}"),
        ]

    def _gil(self, worker: Worker) -> Words:
        gauge = self.view.session.system.gil(worker.pid)
        if gauge is None or self._over(worker):
            return []
        if gauge.why_not:
            return [self.inks.quiet(retold(gauge.why_not))]
        holder = _("free")
        if gauge.holder is not None:
            holder = _("{name} holds it").format(name=self.timeline.workers[gauge.holder].name)
        elif gauge.holder_tid:
            holder = _("thread {n} holds it").format(n=gauge.holder_tid)
        waiting = _("{n} waiting").format(n=gauge.waiting)
        handed = _("{n} hand-overs/s").format(n=count(round(gauge.switches_per_s)))
        held = f" · {waiting} · {handed}{known_words(gauge.known)}"
        return [*self._now(), self.inks.plain(holder), self.inks.quiet(held)]

    def _now(self) -> Words:
        """Gauges are of this moment; a paused view says so, for all else in it is of an earlier one."""
        return [] if self.view.viewport.as_of_ns is None else [self.inks.quiet(_("now") + ": ")]


def main_reason(totals: Totals, among: tuple[Reason, ...]) -> Reason:
    """The reason that took most of the time; NONE where none of them occurred."""
    times = {reason: totals.reasons.get(reason, 0) for reason in (*among, Reason.NONE)}
    return max(times, key=times.__getitem__) if any(times[reason] for reason in among) else Reason.NONE


def known_words(known: Known) -> str:
    """``≈ sampled``, set apart; nothing for what is exact."""
    return "" if known is Known.EXACT else f"  {glyphs.KNOWN[known]} {glyphs.known_word(known)}"


def place_words(site: Site | None) -> str:
    """``app.py:42 fetch``, or that it is not known."""
    return f"{os.path.basename(site.file)}:{site.line} {site.function}" if site else _("(own code)")
