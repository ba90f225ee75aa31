"""Fetch: pages from a slow server. Nearly all of the time is waiting for the network."""

from __future__ import annotations

import asyncio
import http.client
from typing import NamedTuple

from lab_setting import Setting

SIZE = 40
LATENCY = 0.05
THREADS = 10
USES_SERVER = True


class Page(NamedTuple):
    """A page and where to get it."""

    port: int
    number: int


def items(setting: Setting) -> list[Page]:
    """The pages to fetch."""
    return [Page(setting.port, number) for number in range(setting.size)]


def work(page: Page) -> int:
    """Fetch one page and return how many bytes it has; blocks until it is there."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port)
    try:
        connection.request("GET", f"/{page.number}")
        return len(connection.getresponse().read())
    finally:
        connection.close()


async def work_async(page: Page) -> int:
    """The same as a coroutine: gives way to others wherever it awaits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    writer.write(f"GET /{page.number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")  # the head of the answer; the page follows until the end
    size = len(await reader.read(-1))
    writer.close()
    await writer.wait_closed()
    return size
