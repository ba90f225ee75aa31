"""Tasks on uvloop: turns, a timer, a pool thread, a cancellation.

Prints {"steps", "timer", "thread", "cancelled"}.
"""

import asyncio
import json
import threading

import uvloop


async def turns(count):
    for _ in range(count):
        await asyncio.sleep(0)
    return count + 1


async def forever():
    await asyncio.Event().wait()


async def main():
    tasks = [asyncio.create_task(turns(10), name=f"turns {i}") for i in range(3)]
    lazy = asyncio.create_task(forever(), name="forever")
    timer = await asyncio.sleep(0.01, "rang")
    thread = await asyncio.to_thread(lambda: threading.current_thread() is threading.main_thread())
    lazy.cancel()
    ended = await asyncio.gather(*tasks, lazy, return_exceptions=True)
    return {"steps": sum(ended[:3]), "timer": timer, "thread": thread, "cancelled": type(ended[3]).__name__}


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    print(json.dumps(runner.run(main())))
