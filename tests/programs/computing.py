"""A coroutine, then two threads, that compute: prints {"coroutine": [first line, last], "thread": …}.

Begins when the recorder says in the session's system.log (the first argument) that the GIL can be read.
"""

import asyncio
import json
import os
import struct
import sys
import threading
import time

RECORD = struct.Struct("<QIIIIqq")
RADAR = 9


def is_looked_at():
    try:
        with open(sys.argv[1], "rb") as log:
            data = log.read()
    except OSError:
        return False
    whole = data[: len(data) // RECORD.size * RECORD.size]
    return any(kind == RADAR and pid == os.getpid() for _, kind, pid, *_ in RECORD.iter_unpack(whole))


async def computes(cpu_s):
    end = time.thread_time() + cpu_s
    x = 0
    while time.thread_time() < end:
        for i in range(20000):
            x += i * i
    await asyncio.sleep(0.001)


async def asyncio_main():
    while not is_looked_at():
        await asyncio.sleep(0.01)
    await asyncio.create_task(computes(0.5), name="computes")


def crunch(cpu_s):
    end = time.thread_time() + cpu_s
    x = 0
    while time.thread_time() < end:
        for i in range(20000):
            x += i * i


asyncio.run(asyncio_main())
threads = [threading.Thread(target=crunch, args=(0.4,), name=f"crunch-{i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
begins = [function.__code__.co_firstlineno for function in (computes, crunch)]
lines = [[begin + 3, begin + 5] for begin in begins]
print(json.dumps({"coroutine": lines[0], "thread": lines[1]}))
