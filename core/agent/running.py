"""Which task each thread is stepping right now: written by the asyncio hooks, read by the others."""

from __future__ import annotations

task_of: dict = {}
"""``get_ident()`` → number of the task whose step is in progress in that thread; 0 or absent: none."""
