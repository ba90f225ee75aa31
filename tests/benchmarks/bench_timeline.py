"""What a frame costs as a session grows: 100 lanes × 180 columns over 10 k, 100 k and 1 M steps.

Run it: ``python -m tests.benchmarks.bench_timeline``. It prints the CPU time that reading the
session takes, a frame of cells at three zooms, and taking in one more moment of it. Then what a tick takes
of a program that is watched live: 100 threads of one GIL, 20 of which compute in turns.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from concviz.core.agent import layout as L
from concviz.core.session.events import RECORD
from concviz.core.session.session import Session
from tests.core.timeline.build import START_NS, Story, ns, ref
from tests.core.timeline.stories import crowd

LANES, COLUMNS = 100, 180


def write(path: Path, steps: int) -> None:
    """A session of ``LANES`` tasks that take turns, ``steps`` steps in all, 100 µs each."""
    story = Story(path)
    app = story.process(100)
    app.site("app.py", 20, "fetch", call=("/usr/lib/python3/asyncio/tasks.py", 1, "sleep"))
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(0)
    for i in range(LANES):
        main.task(f"task {i}", born=0)
    story.write()
    log = next((path / "events").glob("*.events"))
    first = len(app.records)
    records = np.zeros(steps, RECORD)
    i = np.arange(steps)
    records["t0"] = START_NS + 1_000_000 + i * 100_000
    records["dur"] = 60_000 + i % 7 * 1000
    records["word"] = L.STEP | 1 << L.THREAD_SHIFT
    records["a"] = i % LANES + 1
    records["b"] = 2
    records["c"] = 20_000
    records["d"] = ref(L.REF_TIMER)
    records["e"] = ref(L.REF_FUTURE, 1)
    records["mark"] = L.RECORDS_AT + (first + i) * L.RECORD_SIZE
    whole = log.read_bytes()[: L.RECORDS_AT + first * L.RECORD_SIZE]
    log.write_bytes(whole + records.tobytes() + bytes(L.RECORD_SIZE * 64))


def measure(steps: int) -> tuple[float, float]:
    """Print one row; returns the seconds of a frame over everything and of the reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session"
        write(path, steps)
        session = Session.open(path, alive=lambda pid, ticks: True)
        end = ns(steps / 10 + 10)
        began = time.process_time()
        while session.info.events < steps + LANES + 2:
            session.advance(end)
        read = time.process_time() - began
        frames = [frame(session, end, share) for share in (1.0, 0.1, 0.001)]
        idle = timed(lambda: session.advance(end))
    figures = "".join(f"{f * 1e3:>9.2f} ms" for f in (*frames, idle))
    print(f"{steps:>9,} {read:>8.2f} s{figures}")
    return frames[0], read


def frame(session: Session, end: int, share: float) -> float:
    """Median seconds for the cells of all lanes over the last ``share`` of the session."""
    tasks = [w.index for w in session.timeline.workers][-LANES:]
    begin = end - int((end - START_NS) * share)
    cell = (end - begin) // COLUMNS

    def draw() -> None:
        for worker in tasks:
            session.timeline.cells(worker, begin, cell, COLUMNS)

    return timed(draw)


def timed(function: object) -> float:
    """Median seconds of several calls."""
    took = []
    for _ in range(15):
        began = time.process_time()
        function()  # type: ignore[operator]
        took.append(time.process_time() - began)
    return statistics.median(took)


def live(idle: int, busy: int, until_ms: int = 6000) -> None:
    """Print what a tick costs (of 40 ms) while threads are watched."""
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder) / "session")
        crowd(story, idle, busy, until_ms)
        path = story.write(until=0)
        session = Session.open(path, alive=lambda pid, ticks: True)
        for t in range(40, until_ms, 40):
            story.write(until=t)
            began = time.process_time()
            session.advance(ns(t))
            spent.append(time.process_time() - began)
    later = spent[len(spent) // 4 :]
    print(f"live, {idle} threads that wait and {busy} that compute: "
          f"{statistics.mean(later) * 1e3:.1f} ms a tick, {max(later) * 1e3:.1f} ms at most")


def main() -> None:
    """Print the table."""
    print(f"{LANES} lanes × {COLUMNS} columns")
    print("    steps    reading         all   last 10 %  last 0.1 %     advance")
    small = measure(10_000)[0]
    measure(100_000)
    large = measure(1_000_000)[0]
    print(f"a frame over 1 M steps costs {large / small:.2f} times one over 10 k")
    live(idle=80, busy=20)


if __name__ == "__main__":
    main()
