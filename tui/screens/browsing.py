"""The part of the main screen that goes through time and lanes: every command that shows something else."""

from __future__ import annotations

from collections.abc import Callable

from concviz.tui.moments import MomentWatch
from concviz.tui.screens.by_core import ByCore
from concviz.tui.viewport import Mode


class Browsing(ByCore):
    """A screen over a session through which one moves with keys."""

    moments: MomentWatch

    def do(self, command: Callable[[], str | None]) -> None:
        """Run a command of the view, say what it has to say, draw."""
        words = command()
        if words:
            self.app.notify(words, timeout=3, markup=False)
        self.redraw()

    def quietly(self, command: Callable[[], object]) -> None:
        """Run a command that has nothing to say, draw."""
        command()
        self.redraw()

    def action_pause(self) -> None:
        """Pause, or follow the live end again; play what is over."""
        port = self.view.viewport
        if port.mode is Mode.ENDED:
            self.do(self.view.player.play)
            return
        self.quietly(port.pause if port.following else port.resume)

    def action_hasten(self, by: int) -> None:
        """Play faster or slower."""
        self.do(lambda: self.view.player.hasten(by))

    def action_turn(self) -> None:
        """Play the other way."""
        self.do(self.view.player.turn)

    def action_zoom(self, doublings: int) -> None:
        """Zoom at the cursor."""
        self.quietly(lambda: self.view.viewport.zoom(doublings))

    def action_pan(self, direction: int) -> None:
        """Pan by an eighth of the window."""
        port = self.view.viewport
        self.quietly(lambda: port.pan(direction * max(1, port.columns // 8)))

    def action_step(self, cells: int) -> None:
        """Move the cursor."""
        self.quietly(lambda: self.view.viewport.step_cursor(cells))

    def action_fit(self) -> None:
        """Fit the span, then the lane."""
        self.do(self.browsed.fit)

    def action_whole(self) -> None:
        """Show the whole session."""
        self.quietly(self.view.viewport.whole)

    def action_home(self) -> None:
        """Go to the first instant."""
        self.quietly(self.view.viewport.home)

    def action_end(self) -> None:
        """Follow the live end; what plays stops there."""
        self.view.player.playback.pause()
        self.quietly(self.view.viewport.resume)

    def action_lane(self, by: int) -> None:
        """Select another lane."""
        self.quietly(lambda: self.browsed.move(by))

    def action_page(self, direction: int) -> None:
        """A screenful of lanes up or down."""
        self.quietly(lambda: self.browsed.move(direction * max(1, self.browsed.height - 2)))

    def action_fold(self) -> None:
        """Fold or open; from a core go to the lane of who is on it."""
        self.quietly(self.follow_core if self.by_core else self.view.toggle)

    def action_event(self, direction: int) -> None:
        """Next or previous event of the lane."""
        self.do(lambda: self.browsed.event(direction))

    def action_any_event(self, direction: int) -> None:
        """Next or previous event of any lane."""
        self.do(lambda: self.browsed.event(direction, any_lane=True))

    def action_wake(self, direction: int) -> None:
        """Follow a wake-up."""
        self.do(lambda: self.browsed.wake(direction))

    def action_moment(self, direction: int) -> None:
        """Go to the next or the previous moment."""
        self.do(lambda: self.moments.go(direction))

    def action_alike(self, direction: int) -> None:
        """Go to the next or the previous moment like the one that is told of."""
        self.do(lambda: self.moments.go_alike(direction))

    def action_mark(self) -> None:
        """Set or remove a mark."""
        self.do(self.view.marks.toggle)

    def action_next_mark(self) -> None:
        """Jump to the next mark."""
        self.do(self.view.marks.next)
