"""A pipeline of processes: ``multiprocessing.Process`` and its own queues, through which pickles travel."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from typing import Any

from lab_setting import Stages
from work_pipeline import ROOM


def spread(stages: Stages, items: Sequence[Any], workers: int) -> list[Any]:
    """Return what comes out, in the order of the items; ``workers`` producers and as many consumers."""
    between: Any = multiprocessing.Queue(ROOM)
    done: Any = multiprocessing.Queue()
    numbered = list(enumerate(items))
    producers = [
        multiprocessing.Process(
            target=produce, args=(stages, numbered[n::workers], between), name=f"producer {n + 1}"
        )
        for n in range(workers)
    ]
    consumers = [
        multiprocessing.Process(target=consume, args=(stages, between, done), name=f"consumer {n + 1}")
        for n in range(workers)
    ]
    for process in producers + consumers:
        process.start()
    results = dict(done.get() for _ in items)  # before the joins: a process ends when its queue is empty
    for process in producers:
        process.join()
    for _ in consumers:
        between.put(None)  # the end, once for each consumer
    for process in consumers:
        process.join()
    return [results[place] for place in range(len(items))]


def produce(stages: Stages, numbered: Sequence[tuple[int, Any]], between: Any) -> None:
    """Make one thing after another; waits while the queue is full."""
    for place, item in numbered:
        between.put((place, stages.make(item)))


def consume(stages: Stages, between: Any, done: Any) -> None:
    """Use what comes, until the end comes; waits while the queue is empty."""
    while (made := between.get()) is not None:
        place, thing = made
        done.put((place, stages.use(thing)))
