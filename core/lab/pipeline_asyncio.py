"""A pipeline of tasks: producers and consumers in one thread, an ``asyncio.Queue`` between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from lab_setting import Stages
from work_pipeline import ROOM


def spread(stages: Stages, items: Sequence[Any], workers: int) -> list[Any]:
    """Return what comes out, in the order of the items; ``workers`` producers and as many consumers."""
    return asyncio.run(flow(stages, items, workers))


async def flow(stages: Stages, items: Sequence[Any], workers: int) -> list[Any]:
    """Let everything through the queue."""
    between: asyncio.Queue[Any] = asyncio.Queue(ROOM)
    results: dict[int, Any] = {}

    async def produce(first: int) -> None:
        for place in range(first, len(items), workers):
            await between.put((place, await stages.make(items[place])))  # waits while the queue is full

    async def consume() -> None:
        while (made := await between.get()) is not None:  # waits while the queue is empty
            place, thing = made
            results[place] = stages.use(thing)  # computes: nobody else runs meanwhile

    consumers = [asyncio.create_task(consume(), name=f"consumer {n + 1}") for n in range(workers)]
    producers = [asyncio.create_task(produce(n), name=f"producer {n + 1}") for n in range(workers)]
    await asyncio.gather(*producers)
    for _ in consumers:
        await between.put(None)  # the end, once for each consumer
    await asyncio.gather(*consumers)
    return [results[place] for place in range(len(items))]
