"""Forty pages, one after another: each request waits until the one before it has been answered."""

import argparse
import http.client
import time

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
    """Fetch every page in turn and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="pages to fetch (default: 40)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a page takes (default: 0.2)")
    options = parser.parse_args()

    with slow_server(options.latency) as port:
        began = time.perf_counter()
        total = 0
        for number in range(options.requests):
            total += fetch(port, number)
        elapsed = time.perf_counter() - began
    print(f"one after another: {options.requests} pages, {total:,} bytes in {elapsed:.2f} s")


if __name__ == "__main__":
    main()
