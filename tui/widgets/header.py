"""The two lines at the top: which program, how it goes, and how concurrent it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from concviz.core.control.view import State
from concviz.core.language import N_, _, ngettext
from concviz.core.model import Kind
from concviz.tui import glyphs, held_words
from concviz.tui.lines import Part, cut, line, width_of
from concviz.tui.units import brief, clock, count, duration, program, signal_name
from concviz.tui.view import Population, SessionView
from concviz.tui.viewport import Mode, Viewport
from concviz.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from concviz.core.session.info import SessionInfo

NARROW = 60
MODE_GLYPHS = {Mode.LIVE: "●", Mode.PAUSED: "‖", Mode.ENDED: "■"}


def mode_words(view: Viewport, info: SessionInfo) -> str:
    """``● LIVE``, ``‖ PAUSED −3.2 s``, ``■ ENDED exit 1``."""
    glyph = MODE_GLYPHS[view.mode]
    if view.mode is Mode.PAUSED:
        return f"{glyph} " + _("PAUSED") + f" −{duration(view.behind_ns)}"
    if view.mode is Mode.LIVE:
        return f"{glyph} " + _("LIVE")
    return (f"{glyph} " + _("ENDED") + f" {outcome_words(info)}").rstrip()


def outcome_words(info: SessionInfo) -> str:
    """How the program ended: ``exit 0``, ``SIGKILL``, or nothing where it is not known."""
    if info.signal is not None:
        return signal_name(info.signal)
    return "" if info.exit_code is None else _("exit {code}").format(code=info.exit_code)


def population_words(population: dict[Kind, Population], ended: bool, wide: bool) -> str:
    """``2 processes  11 of 14 threads  40 tasks``; short in a narrow header."""
    words = []
    for kind in Kind:
        alive, total = population[kind].alive, population[kind].total
        shown = count(total) if ended or alive == total else f"{count(alive)}/{count(total)}"
        if total or kind is not Kind.TASK:
            words.append(f"{glyphs.KINDS[kind]} {_counted(kind, shown, total, wide)}")
    return "  ".join(words)


def _counted(kind: Kind, shown: str, number: int, wide: bool) -> str:
    """``2 processes``, as the noun goes with the number."""
    if kind is Kind.PROCESS:
        text = ngettext("{n} process", "{n} processes", number) if wide else _("{n} proc")
    elif kind is Kind.THREAD:
        text = ngettext("{n} thread", "{n} threads", number) if wide else _("{n} thr")
    else:
        text = ngettext("{n} task", "{n} tasks", number) if wide else _("{n} tasks")
    return text.format(n=shown)


class Header(Lined):
    """Program, state, elapsed time, counts; concurrency and parallelism now, on average, at their peak."""

    def update(self, view: SessionView, *, filming: bool = False) -> None:
        """Show the state of affairs; ``filming``: the screen is being recorded."""
        width = self.size.width
        if width:
            ground = self.palette.text()
            left, right = self._first(view, width)
            if filming:
                left.insert(0, (" ◉ " + _("REC"), self.palette.text(self.palette.bad, bold=True)))
            second, gauges = self._second(view, width)
            self.show([line(left, width, ground, right), line(second, width, ground, gauges)])

    def _first(self, view: SessionView, width: int) -> tuple[list[Part], list[Part]]:
        palette, port, info = self.palette, view.viewport, view.session.info
        bad = bool(info.exit_code) or info.signal is not None
        colors = {
            Mode.LIVE: palette.good,
            Mode.PAUSED: palette.ready,
            Mode.ENDED: palette.bad if bad else palette.muted,
        }
        elapsed = clock(port.end_ns - port.start_ns, 10_000_000 if port.mode is Mode.LIVE else 1_000_000)
        held = self._held(view)
        mode = held or [(f"  {mode_words(port, info)}", palette.text(colors[port.mode], bold=True))]
        if port.mode is Mode.ENDED and not view.session.caught_up:
            share = "  … " + _("READING") + f" {view.session.read_share:.0%}"
            mode = [(share, palette.text(palette.accent, bold=True))]
        elif view.player.playback.playing:
            mode = [(f"  {view.player.playback.words}", palette.text(palette.good, bold=True))]
        words = population_words(view.population, port.mode is Mode.ENDED, wide=width >= 110)
        right: list[Part] = [(words + " ", palette.text(palette.muted))]
        left = [*mode, (f"  {elapsed}", palette.text())]
        most = max(8, width // 4, min(width // 2, width - width_of(left) - width_of(right) - 3))
        left.insert(0, (f" {cut(program(info.name), most)}", palette.text(bold=True)))
        if (width < NARROW or held) and width_of(left) + width_of(right) >= width:
            right = []  # the state comes first
        room = width - width_of(left) - width_of(right) - 4
        command = " ".join(info.command)
        if width >= 110 and room > 16 and command != program(info.name):
            left.append((f"  {cut(command, room)}", palette.text(palette.faint)))
        return left, right

    def _held(self, view: SessionView) -> list[Part]:
        """That the program is held, what is held and what is not."""
        control, palette = view.control, self.palette
        if control is None or control.state is State.OVER:
            return []
        color = palette.bad if control.state is State.DEADLOCK else palette.accent
        return [
            (f"  {held_words.state(control)}", palette.text(color, bold=True)),
            (f" · {' · '.join(held_words.headline(control))}", palette.text()),
        ]

    def _second(self, view: SessionView, width: int) -> tuple[list[Part], list[Part]]:
        palette, info, timeline = self.palette, view.session.info, view.timeline
        port = view.viewport  # at the end what counts is what was just before
        t_ns = max(timeline.start_ns, min(port.cursor_ns, timeline.end_ns - 1) - port.following)
        roomy = width >= 100
        parts: list[Part] = [(" ", palette.text())]
        as_of_ns = port.as_of_ns  # while paused nothing later counts
        ended = max(timeline.start_ns + 1, timeline.end_ns if as_of_ns is None else as_of_ns)
        for name, series in (
            (N_("concurrency"), timeline.concurrency), (N_("parallelism"), timeline.parallelism),
        ):
            mean, peak = series.mean(timeline.start_ns, ended), series.peak(timeline.start_ns, ended)
            gap = "   " if len(parts) > 1 else ""
            parts.append((f"{gap}{_(name)} ", palette.text(palette.muted)))
            parts.append((f"{series.at(t_ns):g}", palette.text(palette.accent, bold=True)))
            digits = 0 if mean >= 9.95 and not roomy else 1
            means = _("mean {mean} peak {peak}").format(mean=f"{mean:.{digits}f}", peak=f"{peak:g}")
            parts.append((f" {means}", palette.text(palette.muted)))
        drops = palette.text(palette.bad if info.dropped else palette.muted, bold=bool(info.dropped))
        events = ngettext("{n} event", "{n} events", info.events) if roomy else _("{n} ev")
        dropped = _("{n} dropped") if roomy else _("{n} drop")
        number = count if roomy else brief
        right: list[Part] = [
            (events.format(n=number(info.events)) + ("  " if roomy else " "), palette.text(palette.muted)),
            (dropped.format(n=number(info.dropped)) + " ", drops),
        ]
        if not info.dropped and width_of(parts) + width_of(right) > width:
            right = []  # what is measured comes first
        return parts, self._cores(view, width) + right

    def _cores(self, view: SessionView, width: int) -> list[Part]:
        """How busy each core of the machine is, as a row of bars."""
        cores = view.session.system.cores()
        if width < 100 or not cores:
            return []
        bars = "".join(glyphs.BARS[min(8, max(0, round(busy * 8)))] for busy in cores[: width // 5])
        palette = self.palette
        return [
            (_("cores") + " ", palette.text(palette.muted)),
            (bars, palette.text(palette.running, background=palette.raised)),
            ("   ", palette.text()),
        ]
