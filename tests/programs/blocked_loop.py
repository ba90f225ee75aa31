"""A coroutine that calls time.sleep() and stops its loop: prints {"blocked_s", "line"}."""

import asyncio
import json
import time


async def wants_to_run(event):
    await event.wait()


async def blocks(event):
    await asyncio.sleep(0.02)
    event.set()
    began = time.perf_counter()
    time.sleep(0.2)  # the mistake
    return time.perf_counter() - began


async def main():
    event = asyncio.Event()
    other = asyncio.create_task(wants_to_run(event), name="wants to run")
    blocked_s = await asyncio.create_task(blocks(event), name="blocks")
    await other
    line = blocks.__code__.co_firstlineno + 4
    print(json.dumps({"blocked_s": blocked_s, "line": line}))


asyncio.run(main())
