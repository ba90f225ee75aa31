"""Words on the ground of a panel, in three strengths."""

from __future__ import annotations

from concviz.tui.lines import Part
from concviz.tui.palette import Palette


class Inks:
    """The styles of a panel's words in one palette."""

    def __init__(self, palette: Palette) -> None:
        """Write on the panels of ``palette``."""
        self.palette = palette
        self.ground = palette.text(background=palette.panel)

    def plain(self, text: str, color: str | None = None) -> Part:
        """As they are, or in a color."""
        return (text, self.palette.text(color, background=self.palette.panel))

    def quiet(self, text: str) -> Part:
        """What matters less."""
        return self.plain(text, self.palette.muted)

    def strong(self, text: str, color: str | None = None) -> Part:
        """What matters most."""
        return (text, self.palette.text(color, bold=True, background=self.palette.panel))
