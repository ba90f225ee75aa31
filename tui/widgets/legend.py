"""One line that says what the shapes and colours of the lanes mean."""

from __future__ import annotations

from dataclasses import dataclass

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
    running: str
    headings: tuple[str, str]
    """Before the reasons of ready and of waiting."""
    strokes: int
    gap: str
    """Between a glyph and its word."""
    waits: tuple[Reason, ...] = WAITING_REASONS
    known: tuple[Known, ...] = (Known.SAMPLED, Known.INFERRED)


FORMS = (
    Form("▁▃▅▇", "running", ("  ready ", " waiting "), 2, " ", (*WAITING_REASONS, Reason.NONE)),
    Form("▁▃▅▇", "running", ("  ready ", " waiting "), 1, " "),
    Form("▇", "run", ("", ""), 1, " "),
    Form("▇", "run", ("", ""), 1, ""),
    Form("▇", "run", ("", ""), 1, "", known=(Known.SAMPLED,)),
    Form("▇", "run", ("", ""), 1, "", known=()),
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
    parts: list[Part] = [
        (" ", muted), (form.bars, palette.inks[ink(0, PART)]), (f"{form.gap}{form.running} ", muted),
    ]
    for heading, state, reasons in (
        (form.headings[0], State.READY, readies), (form.headings[1], State.WAITING, form.waits),
    ):
        parts.append((heading, muted))
        for reason in reasons:
            color = palette.of(state, reason)
            glyph = glyphs.of(state, reason) * form.strokes
            word = glyphs.REASON_SHORT[reason] or glyphs.STATE_SHORT[state]
            parts += [
                (glyph, palette.text(color, background=palette.tint(reason))), (f"{form.gap}{word} ", muted),
            ]
    for known in form.known:
        parts += [
            (form.bars[-2:], palette.inks[ink(0, PART, known=known)]),
            (f"{glyphs.KNOWN[known]}{form.gap}{glyphs.KNOWN_WORDS[known]} ", muted),
        ]
    return parts


def core_legend(palette: Palette) -> list[Part]:
    """The same for the lanes of cores."""
    muted = palette.text(palette.muted)
    mark = palette.text(palette.foreground, bold=True, background=palette.panel)
    bars = palette.text(palette.running, background=palette.panel)
    return [
        (" ", muted), ("A", mark), ("▃▅▇", bars), (" share of process A ", muted),
        (" ", muted), ("A", style(palette.foreground, palette.panel, bold=True, underline=True)),
        (" from another core ", muted), (f" {OTHERS * 2}", muted), (" others ", muted),
        (f" {IDLE * 2}", palette.text(palette.faint)), (" idle ", muted),
        (f" {glyphs.KNOWN[Known.SAMPLED]} sampled", muted),
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
