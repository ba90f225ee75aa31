"""What observing costs: the same work bare, under the agent, under `concviz record` and under VizTracer."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.table import Table

from tests import interpreters
from tests.benchmarks.measure import AGENT, BARE, RECORD, VIZTRACER, Run, Work, cost, has_viztracer, rounds

WORKS = (
    Work("computing, pure Python", "spin.py", ("8",), limit=1.02),
    Work("threads echoing over loopback", "echo_threads.py", ("4", "2500"), limit=1.10),
    Work("uncontended `with lock`", "locks.py", ("500000",), "ns", "takes", limit=200),
    Work("asyncio step, sleep(0)", "steps.py", ("10", "5000"), "µs", "steps", limit=2.0),
    Work("asyncio streams echo", "echo_streams.py", ("8", "600"), limit=1.20),
    Work("start-up", "nothing.py", (), "ms", limit=15),
)
SLOW_RUNS = 3  # of VizTracer: its saving takes many times as long as the work


def main(console: Console, runs: int, only_this: bool = False) -> None:
    """Measure and print one table for each interpreter from 3.11 on."""
    for python in interpreters.found():
        mine = python.path == sys.executable
        if python.version >= (3, 11) and (mine or not only_this):
            console.print(_table(python, runs, console.print), "")


def _table(python: interpreters.Interpreter, runs: int, say: Callable[[str], None]) -> Table:
    title = f"CPython {python.label}: traced against bare, medians of {runs} alternating runs (quartiles)"
    table = Table(title=title, box=box.MARKDOWN, title_justify="left")
    for heading in ("work", "promised", "bare", "agent", "record", "VizTracer", "left on disk"):
        table.add_column(heading, justify="left" if heading == "work" else "right", no_wrap=True)
    for work in WORKS:
        say(f"  {python.label}: {work.name} …")
        measured = rounds(work, (BARE, AGENT, RECORD), python.path, runs)
        if has_viztracer(python.path):
            slow = rounds(work, (BARE, VIZTRACER), python.path, SLOW_RUNS)
            measured[VIZTRACER] = slow[VIZTRACER]
        table.add_row(work.name, _promise(work), _bare(work, measured[BARE]), *_cells(work, measured))
        if work.unit != "ms":
            table.add_row("  the whole command", *_whole(measured))
    return table


def _promise(work: Work) -> str:
    return f"≤ {work.limit:.2f} ×" if work.unit == "×" else f"≤ +{work.limit:g} {work.unit}"


def _bare(work: Work, runs: list[Run]) -> str:
    return f"{statistics.median(run.inside_s for run in runs) * 1e3:.0f} ms"


def _cells(work: Work, measured: dict[str, list[Run]]) -> list[str]:
    cells = []
    for tracer in (AGENT, RECORD, VIZTRACER):
        if tracer not in measured:
            cells.append("not installed")
            continue
        found = cost(work, measured[BARE], measured[tracer])
        if work.unit == "×":
            cells.append(f"{found.value:.2f} × ({found.low:.2f}–{found.high:.2f})")
        else:
            cells.append(f"{found.value:+.1f} {work.unit} ({found.low:+.1f}–{found.high:+.1f})")
    sizes = [measured[t][-1].disk / 1e6 for t in (RECORD, VIZTRACER) if t in measured]
    return [*cells, " / ".join(f"{size:.1f} MB" for size in sizes)]


def _whole(measured: dict[str, list[Run]]) -> list[str]:
    def middle(tracer: str) -> float:
        return statistics.median(run.whole_s for run in measured[tracer])

    bare = middle(BARE)
    cells = (
        f"{middle(tracer) * 1e3:.0f} ms, {middle(tracer) / bare:.2f} ×" if tracer in measured else ""
        for tracer in (AGENT, RECORD, VIZTRACER)
    )
    return ["", f"{bare * 1e3:.0f} ms", *cells, ""]
