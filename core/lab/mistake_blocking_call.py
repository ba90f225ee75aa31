"""Mistake: a blocking call in a coroutine. The whole loop waits for one page."""

from __future__ import annotations

import work_fetch

SIZE = 20
LATENCY = 0.05
THREADS = 10
USES_SERVER = True

items = work_fetch.items
work = work_fetch.work


async def work_async(page: work_fetch.Page) -> int:
    """Looks like asyncio, and is not: there is no await, so no other task gets its turn."""
    return work_fetch.work(page)
