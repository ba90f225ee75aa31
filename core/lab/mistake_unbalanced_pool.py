"""Mistake: work cut into equal chunks that are not equal work. One process toils, the other waits for it."""

from __future__ import annotations

import work_compute
from lab_setting import Setting

SIZE = 24
FIRST = 100_000


def items(setting: Setting) -> list[range]:
    """Stretches of numbers: the first eighth are long, all others short."""
    long, short = work_compute.STRETCH * 10, work_compute.STRETCH // 10
    heavy = max(2, setting.size // 8)
    return [range(FIRST, FIRST + (long if n < heavy else short)) for n in range(setting.size)]


work = work_compute.work
