"""Mixed: fetch a page, then compute with it. A wait and a piece of arithmetic, over and over."""

from __future__ import annotations

import work_compute
import work_fetch

SIZE = 24
LATENCY = 0.05
THREADS = 10
USES_SERVER = True

items = work_fetch.items


def work(page: work_fetch.Page) -> int:
    """Fetch a page, then count primes."""
    return compute(work_fetch.work(page), page)


async def work_async(page: work_fetch.Page) -> int:
    """The same as a coroutine: it gives way while it fetches and holds everybody up while it computes."""
    return compute(await work_fetch.work_async(page), page)


def compute(size: int, page: work_fetch.Page) -> int:
    """Count the primes that follow the page's size: about as long a time as the page took."""
    begin = 100_000 + size * page.number % 50_000
    return work_compute.work(range(begin, begin + work_compute.STRETCH // 2))


