"""A process pool: ``concurrent.futures`` over processes. Each item travels alone, to whoever is free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items."""
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(work, items))
