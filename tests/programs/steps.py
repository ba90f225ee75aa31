"""Tasks that do nothing but take turns: prints {"seconds", "tasks", "steps"}.

Arguments: tasks, sleeps of each.

Every ``sleep(0)`` ends one step; the last step of a task ends with its return. So a task takes
``sleeps + 1`` steps.
"""

import asyncio
import json
import sys
import time

tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 10
sleeps = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000


async def turns():
    for _ in range(sleeps):
        await asyncio.sleep(0)


async def main():
    began = time.perf_counter()
    await asyncio.gather(*(asyncio.create_task(turns(), name=f"turns {i}") for i in range(tasks)))
    return time.perf_counter() - began


seconds = asyncio.run(main())
print(json.dumps({"seconds": seconds, "tasks": tasks, "steps": tasks * (sleeps + 1)}))
