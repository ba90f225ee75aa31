"""Forty pages by asyncio: one thread, a task for every page, all of them waiting at the same time."""

import argparse
import asyncio
import time

from server import slow_server


async def fetch(port: int, number: int, turn: asyncio.Semaphore) -> int:
    """Fetch page ``number`` when it is our turn; return how many bytes it has."""
    async with turn:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")  # the head of the answer; the page follows until the end
        size = 0
        while piece := await reader.read(65536):
            size += len(piece)
        writer.close()
        await writer.wait_closed()
        return size


async def fetch_all(port: int, requests: int, workers: int) -> int:
    """Start a task for every page and add up their sizes."""
    turn = asyncio.Semaphore(workers)
    tasks = [asyncio.create_task(fetch(port, n, turn), name=f"page {n}") for n in range(requests)]
    return sum(await asyncio.gather(*tasks))


def main() -> None:
    """Fetch every page and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="pages to fetch (default: 40)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a page takes (default: 0.2)")
    parser.add_argument("--workers", type=int, default=40, help="pages fetched at once (default: 40)")
    options = parser.parse_args()

    with slow_server(options.latency) as port:
        began = time.perf_counter()
        total = asyncio.run(fetch_all(port, options.requests, options.workers))
        elapsed = time.perf_counter() - began
    print(f"asyncio: {options.requests} pages, {total:,} bytes in {elapsed:.2f} s")


if __name__ == "__main__":
    main()
