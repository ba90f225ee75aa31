"""Mistake: a lock held while waiting. All threads walk in single file, at the pace of one."""

from __future__ import annotations

import threading

import work_fetch

SIZE = 20
LATENCY = 0.05
THREADS = 10
USES_SERVER = True

LOCK = threading.Lock()

items = work_fetch.items


def work(page: work_fetch.Page) -> int:
    """Fetch a page with the lock held, where only adding it up would need it."""
    with LOCK:
        return work_fetch.work(page)
