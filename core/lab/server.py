"""A small, slow web server on the loopback interface: the other side of the fetching experiments.

    from server import slow_server
    with slow_server(latency=0.2) as port: ...

It runs as a process of its own, so that an experiment shows its own threads and tasks and nothing else.
Run directly (``python server.py LATENCY``) it prints its port and serves until its standard input ends:
however the experiment dies, the pipe closes and the server goes with it.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator

PIECES = 4  # a page arrives in this many pieces, as pages from far away do
PIECE = b"All work and no play makes Jack a dull boy.\n" * 100


@contextlib.contextmanager
def slow_server(latency: float) -> Iterator[int]:
    """Start the server and give the port it listens on; it is gone when the ``with`` block is left.

    Args:
        latency: seconds a page takes on average; page ``/n`` always takes the same time.
    """
    # -I: an isolated interpreter. The server is scenery, it wants none of this program's settings.
    command = [sys.executable, "-I", __file__, str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        # Leaving Popen's own block closes the pipes, which ends the server, and waits for it.
        assert process.stdout is not None
        yield int(process.stdout.readline())


def seconds_for(path: bytes, latency: float) -> float:
    """Seconds page ``/n`` takes: four to six fifths of the latency, the latency itself on average."""
    number = int(path.strip(b"/") or b"0")
    return latency * (0.8 + (number * 7 % 10) / 22.5)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: float) -> None:
    """Answer one HTTP/1.1 request, piece by piece, and close the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    pause = seconds_for(head.split()[1], latency) / PIECES
    length = PIECES * len(PIECE)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % length)
    for _ in range(PIECES):
        await asyncio.sleep(pause)
        writer.write(PIECE)
        await writer.drain()
    writer.close()


async def serve(latency: float) -> None:
    """Serve on a free port, print it, and return when standard input has ended."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await answer(reader, writer, latency)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=500)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the experiment decides
    asyncio.run(serve(float(sys.argv[1])))
