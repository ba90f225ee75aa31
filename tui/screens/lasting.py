"""A screen that is asked to do something after the next refresh, and may have been left by then."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen


class Lasting(Screen[None]):
    """A screen that does nothing any more once it was left: its widgets are gone."""

    @property
    def left(self) -> bool:
        """Is it neither shown nor below what is shown?"""
        return self not in self.app.screen_stack

    def after_refresh(self, call: Callable[[], object]) -> None:
        """Call something after the next refresh, unless the screen was left meanwhile.

        Textual keeps such calls with the screen that is shown when they come: its refresh makes them, also
        those of a screen that is gone.
        """
        self.call_after_refresh(self._unless_left, call)

    def _unless_left(self, call: Callable[[], object]) -> None:
        if not self.left:
            call()
