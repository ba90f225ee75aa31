"""An asyncio streams server and its clients over loopback: prints {"seconds", "echoes"}.

Arguments: clients, echoes each.
"""

import asyncio
import json
import sys
import time

clients = int(sys.argv[1]) if len(sys.argv) > 1 else 8
echoes = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
line = b"x" * 63 + b"\n"


async def echo(reader, writer):
    while data := await reader.readline():
        writer.write(data)
        await writer.drain()
    writer.close()


async def client(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    for _ in range(echoes):
        writer.write(line)
        await writer.drain()
        count += len(await reader.readline()) == len(line)
    writer.close()
    await writer.wait_closed()
    return count


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.perf_counter()
    counts = await asyncio.gather(*(client(port) for _ in range(clients)))
    seconds = time.perf_counter() - began
    server.close()
    return {"seconds": seconds, "echoes": sum(counts)}


print(json.dumps(asyncio.run(main())))
