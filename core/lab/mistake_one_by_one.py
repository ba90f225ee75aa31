"""Mistake: awaiting one by one what could be gathered. ``for page in pages: await fetch(page)``"""

from __future__ import annotations

import work_fetch

SIZE = 20
LATENCY = 0.05
USES_SERVER = True

items = work_fetch.items
work_async = work_fetch.work_async
