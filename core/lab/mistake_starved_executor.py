"""Mistake: long waits in the loop's default executor. It has few threads, and everybody else queues up."""

from __future__ import annotations

import work_fetch

SIZE = 40
LATENCY = 0.1
THREADS = 40
USES_SERVER = True

items = work_fetch.items
work = work_fetch.work
work_async = work_fetch.work_async
