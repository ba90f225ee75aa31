"""A pipeline of threads: producers and consumers, a ``queue.Queue`` with little room between them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Any

from lab_setting import Stages
from work_pipeline import ROOM


def spread(stages: Stages, items: Sequence[Any], workers: int) -> list[Any]:
    """Return what comes out, in the order of the items; ``workers`` producers and as many consumers."""
    between: queue.Queue[Any] = queue.Queue(ROOM)
    results: dict[int, Any] = {}

    def produce(first: int) -> None:
        for place in range(first, len(items), workers):
            between.put((place, stages.make(items[place])))  # waits while the queue is full

    def consume() -> None:
        while (made := between.get()) is not None:  # waits while the queue is empty
            place, thing = made
            results[place] = stages.use(thing)

    producers = [
        threading.Thread(target=produce, args=(n,), name=f"producer {n + 1}") for n in range(workers)
    ]
    consumers = [threading.Thread(target=consume, name=f"consumer {n + 1}") for n in range(workers)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        between.put(None)  # the end, once for each consumer
    for thread in consumers:
        thread.join()
    return [results[place] for place in range(len(items))]
