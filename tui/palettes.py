"""The palettes there are: one for each theme of ``core/colors.py``."""

from __future__ import annotations

from textual.theme import Theme

from concviz.core import colors
from concviz.core.model import Reason
from concviz.tui.palette import Palette, palette_of

DARK = palette_of(colors.DARK)
LIGHT = palette_of(colors.LIGHT)
CONTRAST = palette_of(colors.CONTRAST)
MONO = palette_of(colors.MONO)
SIXTEEN = palette_of(colors.SIXTEEN)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, MONO, SIXTEEN)}
CYCLE = (DARK.name, LIGHT.name, CONTRAST.name)


def theme(palette: Palette) -> Theme:
    """The same colours for Textual's own widgets."""
    return Theme(
        name=palette.name, dark=palette.dark, primary=palette.accent, secondary=palette.reason(Reason.IO),
        warning=palette.ready, error=palette.bad, success=palette.good, accent=palette.accent,
        foreground=palette.foreground, background=palette.background, surface=palette.panel,
        panel=palette.panel, boost=palette.raised,
        variables={
            "text-muted": palette.muted, "border": palette.faint, "raised": palette.raised,
            "faint": palette.faint, "input-cursor-background": palette.accent,
        },
    )
