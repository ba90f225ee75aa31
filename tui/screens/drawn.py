"""A screen that draws its lines itself, in the colours of a palette."""

from __future__ import annotations

from concviz.tui.palette import Palette
from concviz.tui.screens.lasting import Lasting
from concviz.tui.widgets.lined import Lined


class Drawn(Lasting):
    """What its lines show depends on the palette and the size."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette = palette

    def on_resize(self) -> None:
        """Fit the new size."""
        self.after_refresh(self.redraw)

    def use(self, palette: Palette) -> None:
        """Draw in another palette."""
        self.palette = palette
        for widget in self.query(Lined):
            widget.palette = palette
            widget.refresh()
        self.after_refresh(self.redraw)

    def redraw(self) -> None:
        """Draw everything that is there."""
        raise NotImplementedError
