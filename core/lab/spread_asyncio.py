"""Tasks: one thread, one event loop, a task for each item. A task runs until it awaits; then another does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any


def spread(
    work: Callable[[Any], Coroutine[Any, Any, Any]], items: Sequence[Any], workers: int,
) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items; ``workers`` at once."""
    return asyncio.run(gather(work, items, workers))


async def gather(
    work: Callable[[Any], Coroutine[Any, Any, Any]], items: Sequence[Any], workers: int,
) -> list[Any]:
    """Schedule every item at once; a semaphore keeps how many of them go on at the same time."""
    turn = asyncio.Semaphore(workers)

    async def in_turn(item: Any) -> Any:
        async with turn:
            return await work(item)

    return await asyncio.gather(*(in_turn(item) for item in items))
