"""Mistake: computing in a coroutine. It never awaits, so it never gives way, and nothing overlaps."""

from __future__ import annotations

import work_compute

SIZE = 16

items = work_compute.items
work = work_compute.work


async def work_async(stretch: range) -> int:
    """A coroutine by its looks; while it computes, no other task gets its turn."""
    return work_compute.work(stretch)
