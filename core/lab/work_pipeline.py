"""Pipeline: producers fetch pages, consumers compute with them, and a bounded queue lies in between."""

from __future__ import annotations

import work_fetch
import work_mixed
from lab_setting import Stages

SIZE = 24
LATENCY = 0.05
USES_SERVER = True
THREADS = TASKS = 2  # so many producers, and as many consumers
ROOM = 4
"""How many pages the queue holds: a producer that is faster has to wait."""

Fetched = tuple[work_fetch.Page, int]

items = work_fetch.items


def make(page: work_fetch.Page) -> Fetched:
    """Fetch a page."""
    return page, work_fetch.work(page)


async def make_async(page: work_fetch.Page) -> Fetched:
    """Fetch a page, as a coroutine."""
    return page, await work_fetch.work_async(page)


def use(fetched: Fetched) -> int:
    """Compute with a page."""
    page, size = fetched
    return work_mixed.compute(size, page)


work = Stages(make, use)
work_async = Stages(make_async, use)
