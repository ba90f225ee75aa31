"""Tasks that hand a blocking function to threads: ``asyncio.to_thread``. The loop stays free meanwhile.

The threads come from the loop's default executor, which has few: the number of cores and four, unless it is
replaced as it is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items."""
    return asyncio.run(gather(work, items, workers))


async def gather(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Await every item at once; as many are under way as there are threads."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(workers))
    return await asyncio.gather(*(asyncio.to_thread(work, item) for item in items))
