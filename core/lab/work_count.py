"""Count: say "one", wait, say "two". The smallest picture of cooperative scheduling."""

from __future__ import annotations

import asyncio

from lab_setting import Setting, Wait

SIZE = 3
LATENCY = 0.5


def items(setting: Setting) -> list[Wait]:
    """Who counts, and how long each waits in between."""
    return [Wait(number, setting.latency_s) for number in range(1, setting.size + 1)]


async def work_async(who: Wait) -> int:
    """Count to two; between one and two it is the others' turn."""
    print(f"{who.number}: one")
    await asyncio.sleep(who.seconds)
    print(f"{who.number}: two")
    return 2
