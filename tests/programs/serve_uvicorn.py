"""A real ASGI application under uvicorn on a free port: prints the port, serves until SIGTERM.

Argument: loop.
"""

import asyncio
import socket
import sys

import uvicorn


async def app(scope, receive, send):
    """Answer every request a little later with the path that was asked for."""
    assert scope["type"] == "http"
    await asyncio.sleep(0.02)
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["path"].encode() * 10})


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    loop = sys.argv[1] if len(sys.argv) > 1 else "auto"
    config = uvicorn.Config(app, lifespan="off", log_level="critical", loop=loop)
    uvicorn.Server(config).run(sockets=[listener])
