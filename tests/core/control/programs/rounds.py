"""Threads, tasks and a pool at the same work again and again, until standard input ends; each round is told.

What a round gives is the same in any order, and so it must be however often the program is held in between.
"""

import asyncio
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

ended = threading.Event()


def threads():
    lock, items, total = threading.Lock(), queue.Queue(2), [0]

    def take():
        while (item := items.get()) is not None:
            with lock:
                total[0] += item

    takers = [threading.Thread(target=take) for _ in range(2)]
    for taker in takers:
        taker.start()
    for item in (1, 2, 3, 4, None, None):
        items.put(item)
    for taker in takers:
        taker.join()
    return total[0]


async def tasks():
    lock, total = asyncio.Lock(), 0

    async def add(number):
        nonlocal total
        async with lock:
            before = total
            await asyncio.sleep(0)
            total = before + number

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(add(number))
    return total, await asyncio.to_thread(sum, [1, 2, 3])


def listen():
    input()
    ended.set()


threading.Thread(target=listen, daemon=True).start()
with ThreadPoolExecutor(2) as pool:
    while not ended.is_set():
        print(threads(), asyncio.run(tasks()), list(pool.map(abs, (-1, -2))), flush=True)
