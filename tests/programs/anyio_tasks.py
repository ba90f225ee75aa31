"""What tasks of anyio wait for, each by its name: in memory, in a thread, for each other, for a socket."""

import socket
import time

import anyio
from anyio import to_thread


async def sleep():
    await anyio.sleep(0.02)


async def lock(held):
    async with held:
        pass


async def queue(stream):
    async with stream:
        async for _ in stream:
            pass


async def executor():
    await to_thread.run_sync(time.sleep, 0.02)


async def io(connection):
    await connection.receive()


async def group():
    async with anyio.create_task_group() as inner:
        inner.start_soon(sleep)


async def main():
    held, here, there = anyio.Lock(), *socket.socketpair()
    sends, receives = anyio.create_memory_object_stream(0)
    connection = await anyio.abc.SocketStream.from_socket(here)
    async with connection, anyio.create_task_group() as tasks:
        await held.acquire()
        for name, coroutine, *arguments in (
            ("sleep", sleep), ("lock", lock, held), ("queue", queue, receives), ("executor", executor),
            ("io", io, connection), ("await", group),
        ):
            tasks.start_soon(coroutine, *arguments, name=name)
        await anyio.sleep(0.05)
        held.release()
        sends.close()
        there.send(b"x")
    there.close()


anyio.run(main)
