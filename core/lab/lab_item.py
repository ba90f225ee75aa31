"""Which item a function of the user's own has failed with, told by its exception."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

_ITEM, _LONGEST = "_concviz_item", 60


class Named(NamedTuple):
    """The user's function; of an item with which it fails its exception says which one that was."""

    function: Callable[[Any], Any]

    def call(self, item: Any) -> Any:
        """What the function makes of an item."""
        try:
            return self.function(item)
        except BaseException as error:
            remember(error, item)
            raise


class NamedCoroutine(NamedTuple):
    """The same of a coroutine function."""

    function: Callable[[Any], Any]

    async def call(self, item: Any) -> Any:
        """What the coroutine makes of an item."""
        try:
            return await self.function(item)
        except BaseException as error:
            remember(error, item)
            raise


def remember(error: BaseException, item: Any) -> None:
    """Note with which item it came about; it may be sent from process to process."""
    with contextlib.suppress(Exception):
        error.__dict__.setdefault(_ITEM, repr(item)[:_LONGEST])


def failed_item(error: BaseException) -> str:
    """``item 7: ``; '' where no item is to blame."""
    item = getattr(error, _ITEM, "")
    return f"item {item}: " if item else ""
