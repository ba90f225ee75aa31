"""Keys that are typed faster than screens open: each one waits until the one before has done its work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen

PATIENCE_NS = 1_000_000_000
"""Who was given a key may be gone before it is through: the next key waits no longer than this."""


class Through(Message, bubble=True):
    """Follows a key on its way from the widget with the focus up to the application."""

    def __init__(self, key: events.Key) -> None:
        super().__init__()
        self.key = key


class TypedAhead(App[int]):
    """An application that takes keys one by one.

    Textual gives a key to whoever has the focus as it comes, and finds out what it means when it has bubbled
    up to the application: of ``a 5 Enter`` typed at once the 5 would go to the list below the dialog that
    ``a`` opens, and Enter to the dialog. Here the 5 is given away when ``a`` is through and the dialog there.
    """

    clock: Callable[[], int]

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key] = deque()  # that wait for their turn
        self._given: events.Key | None = None  # the one that is not through
        self._given_ns = 0

    async def on_event(self, event: events.Event) -> None:
        """Keep a key until it is its turn; one that has bubbled up has been dealt with."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded:
            self._typed.append(event)
            if self._given is not None and self.clock() - self._given_ns > PATIENCE_NS:
                self._given = None
            await self._give_keys()
        else:
            before = self.screen
            await super().on_event(event)
            if event is self._given:
                await self._done(event, before)

    async def on_through(self, message: Through) -> None:
        """What has stopped a key on its way, or the screen that it opened, is done with it."""
        if message.key is self._given:
            await self._done(message.key, self.screen)

    async def _done(self, key: events.Key, before: Screen[object]) -> None:
        """Wait for a screen that the key has led to, or give the next one."""
        if self.screen is before or not self.screen.post_message(Through(key)):
            self._given = None
            await self._give_keys()

    async def _give_keys(self) -> None:
        while self._typed and self._given is None:
            target = self.focused or self.screen
            key = self._given = self._typed.popleft()
            self._given_ns = self.clock()
            await super().on_event(key)
            if not target.post_message(Through(key)):
                self._given = None
