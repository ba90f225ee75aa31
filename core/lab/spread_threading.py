"""Threads: ``workers`` of them in one process, each taking the next item as soon as it has finished one.

They share one memory and one GIL: their waits overlap, their Python code does not (on a free-threaded
build it does).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items."""
    todo: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    for numbered in enumerate(items):
        todo.put(numbered)
    results: list[Any] = [None] * len(items)
    failures: list[BaseException] = []

    def take_turns() -> None:
        try:
            while not failures:
                place, item = todo.get_nowait()
                results[place] = work(item)
        except queue.Empty:
            pass
        except BaseException as error:  # a bare thread hands nobody its exception: we have to
            failures.append(error)

    threads = [threading.Thread(target=take_turns, name=f"worker {n}") for n in range(1, workers + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results
