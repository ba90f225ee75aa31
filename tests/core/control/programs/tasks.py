"""Everything that an event loop does; prints what must come out in any order of its tasks."""

import asyncio
import sys


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def ask(port, n):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello %d\n" % n)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def talk():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(port, n)) for n in range(3)]
    server.close()
    await server.wait_closed()
    return [task.result() for task in tasks]


async def fail(event):
    await event.wait()
    raise ValueError("as it should")


async def limits():
    outcomes = []
    try:
        async with asyncio.timeout(0.02):
            await asyncio.sleep(60)
    except TimeoutError:
        outcomes.append("timeout")
    sleeper = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    sleeper.cancel()
    outcomes.append(str((await asyncio.gather(sleeper, return_exceptions=True))[0].__class__.__name__))
    event = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(event))
            group.create_task(asyncio.sleep(60))
            event.set()
    except* ValueError as errors:
        outcomes.append(str(errors.exceptions[0]))
    return outcomes


async def share():
    lock, queue, total = asyncio.Lock(), asyncio.Queue(1), 0

    async def take():
        nonlocal total
        while (item := await queue.get()) is not None:
            async with lock:
                before = total
                await asyncio.sleep(0)
                total = before + item

    takers = [asyncio.create_task(take()) for _ in range(2)]
    for item in (1, 2, 3, 4, None, None):
        await queue.put(item)
    await asyncio.gather(*takers)
    return total


async def main():
    print(await talk())
    print(await limits(), await share())
    print(await asyncio.to_thread(sum, [1, 2, 3]))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input()[::-1])",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await child.communicate(b"abc\n"), child.returncode)


asyncio.run(main())
