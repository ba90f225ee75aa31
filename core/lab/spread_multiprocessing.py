"""Processes, from ``multiprocessing.Pool``: each has a GIL and a memory of its own, and can use its own core.

Items and results travel as pickles. ``Pool.map`` cuts the items into chunks beforehand, about four for each
process, which saves journeys where the items are many and small.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items."""
    with multiprocessing.Pool(workers) as pool:
        results = pool.map(work, items)
        pool.close()  # leaving the block would terminate the processes: let them end by themselves
        pool.join()
    return results
