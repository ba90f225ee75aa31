"""Rows over a time axis, and what the pointer does to them."""

from __future__ import annotations

from textual import events
from textual.message import Message

from concviz.tui.view import SessionView
from concviz.tui.widgets.lined import Lined


class Pointed(Lined):
    """A widget whose left columns name its rows, and whose others are time."""

    can_focus = True

    class Picked(Message):
        """The pointer chose a row (or None) and an instant (or None)."""

        def __init__(self, position: int | None, t_ns: int | None) -> None:
            super().__init__()
            self.position, self.t_ns = position, t_ns

    class Dragged(Message):
        """The pointer pulled the time axis by a number of cells."""

        def __init__(self, cells: int) -> None:
            super().__init__()
            self.cells = cells

    class Wheeled(Message):
        """The wheel turned: scroll the lanes, or with ctrl zoom at an instant."""

        def __init__(self, by: int, zoom_at: int | None) -> None:
            super().__init__()
            self.by, self.zoom_at = by, zoom_at

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: SessionView | None = None
        self._drag: int | None = None
        self._dragged = False

    @property
    def head_columns(self) -> int:
        """Columns that name the rows."""
        raise NotImplementedError

    def row_at(self, y: int) -> int | None:
        """The row on a line, None where there is none."""
        raise NotImplementedError

    def _instant(self, x: int) -> int | None:
        column = x - self.head_columns
        return self.view.viewport.time_at(column) if self.view and column >= 0 else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where a drag may begin."""
        self._drag, self._dragged = event.x, False
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pull the time axis along."""
        if self._drag is not None and event.x != self._drag and event.button:
            self.post_message(self.Dragged(self._drag - event.x))
            self._drag, self._dragged = event.x, True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A press without a drag selects."""
        self.release_mouse()
        if self._drag is not None and not self._dragged and self.view is not None:
            inside = 0 <= event.y < self.size.height
            row = self.row_at(event.y) if inside else None
            self.post_message(self.Picked(row, self._instant(event.x)))
        self._drag = None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down, or zoom out with ctrl."""
        event.stop()
        self.post_message(self.Wheeled(1, self._instant(event.x) if event.ctrl else None))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up, or zoom in with ctrl."""
        event.stop()
        self.post_message(self.Wheeled(-1, self._instant(event.x) if event.ctrl else None))
