"""The reader's marks: instants to come back to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from concviz.core.language import _
from concviz.tui.units import clock
from concviz.tui.viewport import Viewport


class Marks:
    """Set and removed at the cursor, gone to one after another; each command returns what it has to say."""

    def __init__(self, viewport: Viewport) -> None:
        self.at: list[int] = []
        """Their instants, ascending."""
        self._viewport = viewport

    def toggle(self) -> str:
        """Set a mark at the cursor, or take away the one that is there."""
        port, t_ns = self._viewport, self._viewport.cursor_ns
        port.pause()
        if t_ns in self.at:
            self.at.remove(t_ns)
            return _("mark removed")
        self.at.insert(bisect_left(self.at, t_ns), t_ns)
        at = clock(t_ns - port.start_ns, 1000)
        return _("mark {n} at {at}").format(n=self.at.index(t_ns) + 1, at=at)

    def next(self) -> str | None:
        """Go to the mark after the cursor, from the last one back to the first."""
        if not self.at:
            return _("no marks yet: m sets one")
        place = bisect_right(self.at, self._viewport.cursor_ns)
        self._viewport.move_cursor(self.at[place % len(self.at)])
        return None
