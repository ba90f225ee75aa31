"""Mistake: threads for arithmetic. They share one GIL, so they take turns instead of helping each other."""

from __future__ import annotations

import work_compute

SIZE = 16

items = work_compute.items
work = work_compute.work
