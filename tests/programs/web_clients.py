"""Third-party clients against a uvicorn server in another process: prints {"bytes", "statuses", "server"}.

Arguments: httpx or aiohttp; asyncio or uvloop, the server's loop. The server ends by SIGTERM.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

REQUESTS = 12


async def with_httpx(base):
    import httpx

    async def get(n):
        answer = await client.get(f"{base}/page/{n:02}")
        return answer.status_code, len(answer.content)

    async with httpx.AsyncClient(trust_env=False) as client:
        return await asyncio.gather(*(asyncio.create_task(get(n), name=f"get {n}") for n in range(REQUESTS)))


async def with_aiohttp(base):
    import aiohttp

    async def get(n):
        async with session.get(f"{base}/page/{n:02}") as answer:
            return answer.status, len(await answer.read())

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(asyncio.create_task(get(n), name=f"get {n}") for n in range(REQUESTS)))


def main():
    client, loop = sys.argv[1:3]
    server = [sys.executable, str(Path(__file__).with_name("serve_uvicorn.py")), loop]
    with subprocess.Popen(server, stdout=subprocess.PIPE) as process:
        base = f"http://127.0.0.1:{int(process.stdout.readline())}"
        answers = asyncio.run({"httpx": with_httpx, "aiohttp": with_aiohttp}[client](base))
        process.terminate()
    print(json.dumps({
        "bytes": sum(size for _, size in answers),
        "statuses": sorted({status for status, _ in answers}),
        "server": process.returncode,
    }))


if __name__ == "__main__":
    main()
