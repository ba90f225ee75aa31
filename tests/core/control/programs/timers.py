"""Tasks that wait for timers of the same few milliseconds; what they print is in no certain order."""

import asyncio


async def work(number):
    for _ in range(4):
        await asyncio.sleep(0.001 * number)
        print(number, end=" ")


async def main():
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(work(number))


asyncio.run(main())
