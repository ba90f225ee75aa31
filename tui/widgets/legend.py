"""One line that says what the shapes and colours of the lanes mean."""

from __future__ import annotations

from concviz.core.model import READY_REASONS, WAITING_REASONS, Known, Reason, State
from concviz.tui import glyphs
from concviz.tui.lines import Part, line
from concviz.tui.palette import PART, Palette, ink
from concviz.tui.widgets.lined import Lined


def legend(palette: Palette, width: int) -> list[Part]:
    """Glyph and word of every state and reason, in its colours."""
    muted = palette.text(palette.muted)
    roomy = width >= 110
    strokes = 2 if roomy else 1
    bars = "▁▃▅▇" if roomy else "▇"
    parts: list[Part] = [
        (" ", muted),
        (bars, palette.inks[ink(0, PART)]),
        (" running" if roomy else " run", muted),
    ]
    parts.append(("   ready " if roomy else " ", muted))
    for reason in READY_REASONS:
        parts += _sample(palette, State.READY, reason, strokes)
    if roomy:
        parts.append(("  waiting ", muted))
    for reason in WAITING_REASONS:
        parts += _sample(palette, State.WAITING, reason, strokes)
    if width >= 125:
        parts += _sample(palette, State.WAITING, Reason.NONE, strokes)
    if width >= 140:
        parts.append(
            (f" {glyphs.KNOWN[Known.SAMPLED]} sampled {glyphs.KNOWN[Known.INFERRED]} inferred", muted)
        )
    return parts


def _sample(palette: Palette, state: State, reason: Reason, strokes: int) -> list[Part]:
    color = palette.ready if state is State.READY else palette.reason(reason)
    glyph = glyphs.of(state, reason) * strokes
    word = glyphs.REASON_SHORT[reason] or glyphs.STATE_SHORT[state]
    return [
        (glyph, palette.text(color, background=palette.tint(reason))),
        (f" {word} ", palette.text(palette.muted)),
    ]


class Legend(Lined):
    """The legend, as much of it as the width allows."""

    def update(self) -> None:
        """Draw the legend."""
        width = self.size.width
        if width:
            self.show([line(legend(self.palette, width), width, self.palette.text())])
