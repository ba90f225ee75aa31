"""A thread pool: the same threads, with the queue, the results and the exceptions seen to by the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items."""
    with ThreadPoolExecutor(workers, thread_name_prefix="worker") as pool:
        return list(pool.map(work, items))
