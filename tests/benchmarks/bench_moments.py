"""What finding moments costs: CPU time of a window of a quarter second, by how many tasks there are.

``python -m tests.benchmarks moments``. Each task steps a hundred times a second; the aim is at most 2 ms a
window for fifty lanes. Of hundreds of lanes windows are longer, and there are fewer of them. And what it
costs to say what there is, once thousands of moments are known: a loop that is blocked as often as that.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from concviz.core.agent import layout as L
from concviz.core.insight.moments import Moments
from tests.core.insight.blocking import blocked_often
from tests.core.timeline.build import Story
from tests.core.timeline.stories import read

AIM_MS = 2.0
LANES = (10, 50, 200, 1000)
LONG_MS = 4000
BLOCKS = (100, 1000, 10_000)
ASKED = 200


def story(folder: Path, tasks: int) -> Path:
    """Tasks of one loop that step in turn every ten milliseconds."""
    made = Story(folder / "session", command=["busy.py"])
    app = made.process(100)
    main = app.thread("MainThread", tid=100, main=True).loop(0)
    for number in range(tasks):
        task = main.task(f"task {number}", born=1)
        for t in range(10, LONG_MS, 10):
            at = t + 9 * number / tasks
            task.step(at, at + 5 / tasks, ready=0.2, waker=L.REF_IO, awaits=L.REF_IO)
    app.closed = LONG_MS
    made.end(LONG_MS, 0)
    return made.write()


def measured(tasks: int) -> list[float]:
    """CPU milliseconds of each window."""
    with tempfile.TemporaryDirectory() as folder:
        timeline = read(story(Path(folder), tasks)).timeline
    moments, found = Moments(timeline), []
    more = True
    while more:
        began = time.thread_time()
        more = moments.advance(timeline.end_ns, over=True)
        found.append((time.thread_time() - began) * 1e3)
    return found


def told(blocks: int) -> tuple[int, int, float]:
    """Moments, topics, and milliseconds for what a picture asks: all of them as of an instant, and one."""
    with tempfile.TemporaryDirectory() as folder:
        timeline = read(blocked_often(Path(folder) / "session", blocks=blocks).write()).timeline
    moments = Moments(timeline)
    while moments.advance(timeline.end_ns, over=True):
        pass
    began = time.thread_time()
    for number in range(ASKED):
        t_ns = timeline.end_ns - number
        moments.outline(t_ns).at(t_ns)
    return len(moments.all), len(moments.outline().topics), (time.thread_time() - began) * 1e3 / ASKED


def main() -> None:
    """Print the tables."""
    table = Table("tasks", "windows", "median ms", "worst ms", "ms a second", "aim")
    for tasks in LANES:
        times = measured(tasks)
        aim = f"{AIM_MS:g} a window" if tasks <= 50 else ""
        table.add_row(
            f"{tasks}", f"{len(times)}", f"{statistics.median(times):.2f}", f"{max(times):.2f}",
            f"{sum(times) / LONG_MS * 1e3:.1f}", aim,
        )
    asking = Table("times the loop is blocked", "moments", "topics", "ms to ask")
    for blocks in BLOCKS:
        n, topics, ms = told(blocks)
        asking.add_row(f"{blocks}", f"{n}", f"{topics}", f"{ms:.3f}")
    Console().print(table, asking)


if __name__ == "__main__":
    main()
