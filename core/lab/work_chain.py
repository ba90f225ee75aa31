"""Chain: a coroutine that awaits a coroutine that awaits a coroutine. A task is the whole chain."""

from __future__ import annotations

import asyncio

from lab_setting import Setting, Wait

SIZE = 9
LATENCY = 0.1


def items(setting: Setting) -> list[Wait]:
    """A chain each, some slower than others."""
    return [Wait(number, setting.latency_s * (1 + number % 3)) for number in range(setting.size)]


async def work_async(chain: Wait) -> str:
    """Await the first part, then the second: chains go on side by side, the parts of each in order."""
    text = await first_part(chain)
    return await second_part(chain, text)


async def first_part(chain: Wait) -> str:
    """Look something up."""
    await pause(chain)
    return f"{chain.number} was looked up"


async def second_part(chain: Wait, text: str) -> str:
    """Go on from what was looked up."""
    await pause(chain)
    return f"{text} and used"


async def pause(chain: Wait) -> None:
    """The innermost await: here the task gives way, with everything that awaits it."""
    await asyncio.sleep(chain.seconds / 2)
