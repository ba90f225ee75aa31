"""A coroutine that calls time.sleep() and stops its loop: prints {"blocked_s", "line"}."""

import asyncio
import json
import time


async def well_behaved():
    for _ in range(20):
        await asyncio.sleep(0.005)


async def blocks():
    await asyncio.sleep(0.02)
    began = time.perf_counter()
    time.sleep(0.2)  # the mistake
    blocked_s = time.perf_counter() - began
    await asyncio.sleep(0.02)
    return blocked_s


async def main():
    other = asyncio.create_task(well_behaved(), name="well-behaved")
    blocked_s = await asyncio.create_task(blocks(), name="blocks")
    await other
    line = blocks.__code__.co_firstlineno + 3
    print(json.dumps({"blocked_s": blocked_s, "line": line}))


asyncio.run(main())
