"""Tasks that wait for each other for ever, or for something that comes: locks, circle, thread, server.

What waits for ever is ended by an alarm that the program does not handle.
"""

import asyncio
import json
import signal
import sys
import time

IDLE_S = 4


async def takes_both(first, second):
    async with first:
        await asyncio.sleep(0.05)
        async with second:
            pass


async def locks():
    """Two tasks take two locks, each in its own order."""
    a, b = asyncio.Lock(), asyncio.Lock()
    await asyncio.gather(takes_both(a, b), takes_both(b, a))


async def circle():
    """Two tasks await each other."""
    tasks = []

    async def link(number):
        await asyncio.sleep(0.05)
        await tasks[1 - number]

    tasks += [asyncio.ensure_future(link(number)) for number in range(2)]
    await asyncio.wait(tasks)


async def thread():
    """A task waits for a lock, whose holder waits for a thread."""
    lock = asyncio.Lock()
    async with lock:
        waits = asyncio.ensure_future(takes_both(lock, asyncio.Lock()))
        await asyncio.gather(asyncio.get_running_loop().run_in_executor(None, time.sleep, IDLE_S))
    await waits


async def server():
    """A server without clients, and a task that waits for what they would bring."""
    queue = asyncio.Queue()
    listens = await asyncio.start_server(lambda reader, writer: queue.put_nowait(reader), "127.0.0.1", 0)
    await asyncio.gather(queue.get(), listens.wait_closed(), asyncio.Event().wait())


print(json.dumps({"kind": sys.argv[1]}), flush=True)
if sys.argv[1] != "thread":
    signal.setitimer(signal.ITIMER_REAL, IDLE_S + 1)
asyncio.run({"locks": locks, "circle": circle, "thread": thread, "server": server}[sys.argv[1]]())
