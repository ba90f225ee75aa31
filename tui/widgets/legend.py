"""One line that says what the shapes and colours of the lanes mean."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.language import _
from concviz.core.model import READY_REASONS, WAITING_REASONS, Known, Reason, State
from concviz.tui import glyphs
from concviz.tui.core_strips import IDLE, OTHERS
from concviz.tui.lines import Part, line, width_of
from concviz.tui.palette import PART, Palette, ink, style
from concviz.tui.widgets.lined import Lined


@dataclass(frozen=True, slots=True)
class Form:
    """How much the legend says."""

    bars: str
    long: bool
    """Are the states called by their whole words, ready and waiting at all?"""
    strokes: int
    gap: str
    """Between a glyph and its word."""
    waits: tuple[Reason, ...] = WAITING_REASONS
    known: tuple[Known, ...] = (Known.SAMPLED, Known.INFERRED)


FORMS = (
    Form("▁▃▅▇", True, 2, " ", (*WAITING_REASONS, Reason.NONE)),
    Form("▁▃▅▇", True, 1, " "),
    Form("▇", False, 1, " "),
    Form("▇", False, 1, ""),
    Form("▇", False, 1, "", known=(Known.SAMPLED,)),
    Form("▇", False, 1, "", known=()),
)
"""From the most to the least."""


def legend(palette: Palette, width: int, held: bool = False) -> list[Part]:
    """Glyph and word of every state, reason and certainty, in its colours; as much as fits.

    Args:
        palette: the colours. width: cells. held: the program was held at some time.
    """
    for form in FORMS:
        parts = _parts(palette, form, held)
        if width_of(parts) <= width:
            break
    return parts


def _parts(palette: Palette, form: Form, held: bool) -> list[Part]:
    readies = [reason for reason in READY_REASONS if held or reason is not Reason.HELD]
    muted = palette.text(palette.muted)
    running = glyphs.state_word(State.RUNNING, short=not form.long)
    parts: list[Part] = [
        (" ", muted), (form.bars, palette.inks[ink(0, PART)]), (f"{form.gap}{running} ", muted),
    ]
    for gap, state, reasons in (("  ", State.READY, readies), (" ", State.WAITING, form.waits)):
        if form.long:
            parts.append((f"{gap}{glyphs.state_word(state)} ", muted))
        for reason in reasons:
            color = palette.of(state, reason)
            glyph = glyphs.of(state, reason) * form.strokes
            word = glyphs.reason_word(reason, short=True) or glyphs.state_word(state, short=True)
            parts += [
                (glyph, palette.text(color, background=palette.tint(reason))), (f"{form.gap}{word} ", muted),
            ]
    for known in form.known:
        parts += [
            (form.bars[-2:], palette.inks[ink(0, PART, known=known)]),
            (f"{glyphs.KNOWN[known]}{form.gap}{glyphs.known_word(known)} ", muted),
        ]
    return parts


def core_legend(palette: Palette) -> list[Part]:
    """The same for the lanes of cores."""
    muted = palette.text(palette.muted)
    mark = palette.text(palette.foreground, bold=True, background=palette.panel)
    bars = palette.text(palette.running, background=palette.panel)
    return [
        (" ", muted), ("A", mark), ("▃▅▇", bars), (" " + _("share of process A") + " ", muted),
        (" ", muted), ("A", style(palette.foreground, palette.panel, bold=True, underline=True)),
        (" " + _("from another core") + " ", muted), (f" {OTHERS * 2}", muted),
        (" " + _("others") + " ", muted), (f" {IDLE * 2}", palette.text(palette.faint)),
        (" " + _("idle") + " ", muted),
        (f" {glyphs.KNOWN[Known.SAMPLED]} {glyphs.known_word(Known.SAMPLED)}", muted),
    ]


class Legend(Lined):
    """The legend, as much of it as the width allows."""

    def tell_cores(self) -> None:
        """Draw the legend of the cores."""
        width = self.size.width
        if width:
            self.show([line(core_legend(self.palette), width, self.palette.text())])

    def update(self, held: bool) -> None:
        """Draw the legend; ``held``: the program was held at some time."""
        width = self.size.width
        if width:
            self.show([line(legend(self.palette, width, held), width, self.palette.text())])
