"""Six bytes from another process, in the pieces in which they come; arguments: how it sends, how we read.

How it sends: "asked" three bytes whenever it is asked, "together" all at once, "apart" with a pause between.
"""

import asyncio
import os
import socket
import subprocess
import sys

FEEDER = """
import socket, sys, time
ours = socket.socket(fileno=int(sys.argv[1]))
how = sys.argv[2]
for part in (b"abcdef",) if how == "together" else (b"abc", b"def"):
    if how == "asked":
        ours.recv(1)
    ours.sendall(part)
    if how == "apart":
        time.sleep(0.1)
ours.shutdown(socket.SHUT_WR)
while ours.recv(10):
    pass
"""


async def tasks(ours):
    reader, writer = await asyncio.open_connection(sock=ours)
    await asyncio.sleep(0.01)
    print("slept")
    writer.write(b"?")
    while piece := await reader.read(100):
        print(piece)
        writer.write(b"?")
    writer.close()


def into(ours, size):
    room = bytearray(size)
    return bytes(room[: ours.recv_into(room)])


READS = {
    "recv": lambda ours, size: ours.recv(size), "into": into,
    "os": lambda ours, size: os.read(ours.fileno(), size),
}


def blocking(ours, read):
    ours.sendall(b"?")
    while piece := read(ours, 100):
        print(piece)
        ours.sendall(b"?")


def main():
    how, by = sys.argv[1:]
    ours, theirs = socket.socketpair()
    words = [sys.executable, "-I", "-c", FEEDER, str(theirs.fileno()), how]
    with subprocess.Popen(words, pass_fds=[theirs.fileno()]), ours:
        theirs.close()
        if by == "asyncio":
            asyncio.run(tasks(ours))
        else:
            blocking(ours, READS[by])
        ours.close()


main()
