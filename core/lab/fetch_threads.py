"""Forty pages by a pool of ten threads: while one thread waits for its page, the others go on."""

import argparse
import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from server import slow_server


def fetch(port: int, number: int) -> int:
    """Fetch page ``number``; return how many bytes it has."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", f"/{number}")
        return len(connection.getresponse().read())
    finally:
        connection.close()


def main() -> None:
    """Hand every page to the pool and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="pages to fetch (default: 40)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a page takes (default: 0.2)")
    parser.add_argument("--workers", type=int, default=10, help="threads in the pool (default: 10)")
    options = parser.parse_args()

    with slow_server(options.latency) as port:
        began = time.perf_counter()
        with ThreadPoolExecutor(options.workers, thread_name_prefix="fetcher") as pool:
            sizes = pool.map(lambda number: fetch(port, number), range(options.requests))
            total = sum(sizes)
        elapsed = time.perf_counter() - began
    print(f"{options.workers} threads: {options.requests} pages, {total:,} bytes in {elapsed:.2f} s")


if __name__ == "__main__":
    main()
