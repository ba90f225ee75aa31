"""A widget that is a list of strips, and repaints only the lines that changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from concviz.tui.palette import Palette
from concviz.tui.palettes import DARK


class Lined(Widget):
    """Lines of text drawn through Textual's line interface."""

    ALLOW_SELECT = False
    palette: Palette = DARK

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []

    def show(self, strips: Sequence[Strip]) -> None:
        """Show these lines; those that stayed the same are not painted again."""
        before, self._strips = self._strips, list(strips)
        for index in range(max(len(before), len(self._strips))):
            if index >= len(before) or index >= len(self._strips) or before[index] != self._strips[index]:
                self.refresh(Region(0, index, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """The strip of line ``y``."""
        width = self.size.width
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(width, self.palette.text())
        return Strip.blank(width, self.palette.text())
