"""How long a recorded session takes to open, and what it takes packed.

Run it: ``python -m tests.benchmarks opening``, or ``python -m tests.benchmarks.bench_opening 10`` for ten
million events. It records real programs, tasks that take turns and threads that sleep, packs what was
recorded, and opens both, each time in a process of its own: on a screen until the first picture is drawn,
everything that must be imported for it included; and without one until all is read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from concviz.core.session.pack import pack

TASKS = """
import asyncio, sys
async def work(turns):
    for _ in range(turns):
        await asyncio.sleep(0)
async def main(turns):
    await asyncio.gather(*(work(turns // 50) for _ in range(50)))
asyncio.run(main(int(sys.argv[1])))
"""
QUEUES = """
import asyncio, sys
async def put(queue, items):
    for item in range(items):
        await queue.put(item)
async def get(queue, items):
    for _ in range(items):
        await queue.get()
async def main(turns):
    queues = [asyncio.Queue(1) for _ in range(10)]
    await asyncio.gather(*(act(queue, turns // 20) for queue in queues for act in (put, get)))
asyncio.run(main(int(sys.argv[1])))
"""
THREADS = """
import sys, threading, time
def work(turns):
    for _ in range(turns):
        time.sleep(1e-6)
threads = [threading.Thread(target=work, args=(int(sys.argv[1]) // 8,)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
CALLS = """
import sys, time
for _ in range(int(sys.argv[1])):
    time.sleep(0)
"""
FIRST = """
import asyncio, json, sys, time
from pathlib import Path
from concviz.core.session.session import Session
from concviz.tui.app import ConcvizApp
async def main():
    app = ConcvizApp(Session.open(Path(sys.argv[1])), frames_per_s=0)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.watching is None or not app.watching.seen:
            await pilot.pause()
        return time.process_time()
print(json.dumps([asyncio.run(main())]))
"""
READ = """
import json, resource, sys, time
from pathlib import Path
from concviz.core.session.session import Session
began = time.process_time()
session = Session.open(Path(sys.argv[1]))
while session.advance(time.perf_counter_ns(), 600_000) and not session.caught_up:
    pass
print(json.dumps([session.info.events, time.process_time() - began,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def told(program: str, path: Path) -> Any:
    """What one of the programs above says about a session, from a process of its own."""
    done = subprocess.run([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure(name: str, program: str, turns: int, folder: Path) -> None:
    """Print the two rows of a program."""
    session, packed = folder / name, folder / f"{name}.cviz"
    words = ["record", "--hz", "250", "-o", str(session), "-c", program, str(turns)]
    subprocess.run([sys.executable, "-m", "concviz", *words], check=True)
    began = time.process_time()
    pack(session, packed)
    packing_s = time.process_time() - began
    disk = sum(path.stat().st_size for path in session.rglob("*") if path.is_file())
    for path, size, took in ((session, disk, ""), (packed, packed.stat().st_size, f"{packing_s:6.2f} s")):
        (first_s,), (events, whole_s, memory) = told(FIRST, path), told(READ, path)
        print(f"{path.name:14} {events:>11,} {size / events:>8.1f} B {took:>9} {first_s:>8.2f} s "
              f"{whole_s:>8.2f} s {memory:>7.0f} MB")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; an argument is how many million events."""
    millions = float(arguments[0]) if arguments else 1.0
    print("session             events  per event   packing  first pic.  all read   memory  (CPU seconds)")
    where = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="concviz-bench-", dir=where) as made:
        works = (("tasks", TASKS, 1.0), ("queues", QUEUES, 1.0), ("threads", THREADS, 0.25),
                 ("calls", CALLS, 0.25))
        for name, program, share in works:
            measure(name, program, round(millions * share * 1e6), Path(made))


if __name__ == "__main__":
    main(sys.argv[1:])
