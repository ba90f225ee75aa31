"""What finding moments costs: CPU time of a window of a quarter second, by how many tasks there are.

``python -m tests.benchmarks moments``. Each task steps a hundred times a second; the aim is at most 2 ms a
window for fifty lanes. Of hundreds of lanes windows are longer, and there are fewer of them.
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
from tests.core.timeline.build import Story
from tests.core.timeline.stories import read

AIM_MS = 2.0
LANES = (10, 50, 200, 1000)
LONG_MS = 4000


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


def main() -> None:
    """Print the table."""
    table = Table("tasks", "windows", "median ms", "worst ms", "ms a second", "aim")
    for tasks in LANES:
        times = measured(tasks)
        aim = f"{AIM_MS:g} a window" if tasks <= 50 else ""
        table.add_row(
            f"{tasks}", f"{len(times)}", f"{statistics.median(times):.2f}", f"{max(times):.2f}",
            f"{sum(times) / LONG_MS * 1e3:.1f}", aim,
        )
    Console().print(table)


if __name__ == "__main__":
    main()
