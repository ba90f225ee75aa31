"""What a frame of the screen costs, and that it does not grow with the number of events.

``python -m tests.benchmarks.bench_screen`` prints two tables, both for 100 task lanes on 200×50, headless:

* a frame in which every row changes (the view moves by one cell), in sessions of 10 k, 100 k and 1 M steps;
* following the live end at 25 frames a second while 100 tasks step 10 times a second each: the share of one
  core that drawing and reading take.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from concviz.core.agent import layout as L
from concviz.core.session.session import Session
from concviz.tui.app import ConcvizApp
from tests.core.timeline.build import START_NS, Story

TASKS = 100
SIZE = (200, 50)
FRAME_MS = 40
ROUNDS = 3
RECORD = np.dtype(
    [
        ("t0", "<u8"),
        ("dur", "<u4"),
        ("kind", "<u4"),
        ("a", "<u4"),
        ("b", "<u4"),
        ("c", "<u4"),
        ("d", "<u4"),
        ("e", "<u4"),
        ("mark", "<u4"),
    ]
)


class Steps:
    """A session of tasks that step in turn, written by the layout, growing on demand."""

    def __init__(self, folder: Path) -> None:
        story = Story(folder / "session", command=["busy.py"], pid=os.getpid())
        process = story.process(os.getpid())
        thread = process.thread("MainThread", tid=os.getpid(), main=True).loop(0)
        for number in range(TASKS):
            thread.task(f"task-{number}", born=1)
        self.path = story.write()
        (self._events,) = (self.path / "events").glob("*.events")
        size = self._events.stat().st_size - 40 * 64  # without the space that the writer leaves at the end
        self._next = (size - L.RECORDS_AT) // L.RECORD_SIZE
        os.truncate(self._events, size)

    def add(self, count: int, from_ms: float, to_ms: float) -> None:
        """Append ``count`` steps, evenly spread, each running for a fifth of its turn."""
        turn = (to_ms - from_ms) * 1e6 / count
        index = np.arange(count)
        made = np.zeros(count, RECORD)
        made["t0"] = START_NS + int(from_ms * 1e6) + (index * turn).astype(np.int64)
        made["dur"] = max(1, int(turn / 5))
        made["kind"] = L.STEP | 1 << L.THREAD_SHIFT
        made["a"] = 1 + (self._next + index) % TASKS
        made["c"] = max(1, int(turn / 10))
        made["d"] = made["e"] = L.REF_TIMER << L.REF_SHIFT
        made["mark"] = L.RECORDS_AT + (self._next + index) * L.RECORD_SIZE
        with open(self._events, "ab") as file:
            file.write(made.tobytes())
        self._next += count


async def frame_cost(folder: Path, steps: int) -> float:
    """Median milliseconds of CPU for a frame in which every lane moves, over three zooms."""
    made = Steps(folder)
    made.add(steps, 2, 60_000)
    session = Session.open(made.path)
    now = START_NS + 60_000_000_000
    session.advance(now, limit=2 * steps)
    app = ConcvizApp(session, clock=lambda: now, frames_per_s=0, palette="concviz-dark")
    costs = []
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = app.watching
        assert screen is not None
        for zoom in (0, 3, 3):
            screen.view.viewport.zoom(zoom)
            for _ in range(12):
                begin = time.process_time()
                screen.view.viewport.pan(-1)
                app.tick()
                await pilot.pause(0)
                costs.append((time.process_time() - begin) * 1000)
    return statistics.median(costs)


async def live_share(folder: Path, seconds: float = 4) -> tuple[float, float]:
    """Share of one core while following, and the median milliseconds of a frame."""
    made = Steps(folder)
    made.add(20_000, 2, 20_000)
    at_ms = 20_000.0
    session = Session.open(made.path)
    app = ConcvizApp(
        session, clock=lambda: START_NS + int(at_ms * 1e6), frames_per_s=0, palette="concviz-dark"
    )
    costs = []
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for _ in range(int(seconds * 1000 / FRAME_MS)):
            made.add(TASKS * 10 * FRAME_MS // 1000, at_ms, at_ms + FRAME_MS)
            at_ms += FRAME_MS
            begin = time.process_time()
            app.tick()
            await pilot.pause(0)
            costs.append((time.process_time() - begin) * 1000)
    return sum(costs) / (seconds * 1000), statistics.median(costs)


def main() -> int:
    """Print the tables."""
    print(f"a frame in which all rows change, {TASKS} lanes, {SIZE[0]}×{SIZE[1]}")
    costs: dict[int, list[float]] = {10_000: [], 100_000: [], 1_000_000: []}
    for _ in range(ROUNDS):  # in turns: the machine is not the same from one second to the next
        for steps, found in costs.items():
            with tempfile.TemporaryDirectory() as folder:
                found.append(asyncio.run(frame_cost(Path(folder), steps)))
    base = statistics.median(costs[10_000])
    for steps, found in costs.items():
        cost = statistics.median(found)
        print(f"  {steps:>9,} steps  {cost:6.1f} ms  ×{cost / base:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        share, frame = asyncio.run(live_share(Path(folder)))
    print(f"following live at {1000 // FRAME_MS} frames/s: {share:.0%} of one core, {frame:.1f} ms a frame")
    return 0


if __name__ == "__main__":
    sys.exit(main())
