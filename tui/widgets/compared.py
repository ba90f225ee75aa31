"""The widget that shows a comparison, and scrolls where it is longer than the screen."""

from __future__ import annotations

from concviz.tui.compare_board import Board
from concviz.tui.widgets.lined import Lined


class Compared(Lined):
    """A comparison's lines."""

    can_focus = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        """Lines scrolled away."""

    def update(self, board: Board) -> None:
        """Show how things stand."""
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        strips = board.strips(width, height, self.palette)
        self.top = max(0, min(self.top, len(strips) - height))
        self.show(strips[self.top : self.top + height])
