"""One by one: coroutines, each awaited before the next one begins. Sequential, in asyncio's clothes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any


def spread(
    work: Callable[[Any], Coroutine[Any, Any, Any]], items: Sequence[Any], workers: int,
) -> list[Any]:
    """Return what ``work`` makes of each item; only one coroutine is ever under way."""

    async def in_turn() -> list[Any]:
        return [await work(item) for item in items]

    return asyncio.run(in_turn())
