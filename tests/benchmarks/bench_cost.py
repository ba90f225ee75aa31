"""What observing costs: the same work bare, under the agent, under `concviz record` and under VizTracer."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from tests import interpreters
from tests.benchmarks.measure import AGENT, BARE, RECORD, VIZTRACER, Cost, Work, cost, has_viztracer, rounds

WORKS = (
    Work("computing, pure Python", "spin.py", ("8",), limit=1.02),
    Work("threads echoing over loopback", "echo_threads.py", ("4", "2500"), limit=1.10),
    Work("uncontended `with lock`", "locks.py", ("500000",), "ns", "takes", limit=200),
    Work("asyncio step, sleep(0)", "steps.py", ("10", "5000"), "µs", "steps", limit=2.0),
    Work("asyncio streams echo", "echo_streams.py", ("8", "1800"), limit=1.20),
    Work("a pool fed with tiny items", "tiny_items.py", ("pool", "20000")),
    Work("ProcessPoolExecutor, tiny items", "tiny_items.py", ("executor", "20000")),
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
    table.add_column("work", no_wrap=True)
    for heading in ("promised", "bare", "agent", "record", "VizTracer", "on disk: record / VizTracer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for work in WORKS:
        say(f"  {python.label}: {work.name} …")
        for row in _rows(work, python.path, runs):
            table.add_row(*row)
    return table


def _rows(work: Work, python: str, runs: int) -> Iterator[list[str]]:
    """Measure one work: a row for what happens inside the program, one for the whole command."""
    of = rounds(work, (BARE, AGENT, RECORD), python, runs)
    beside = {AGENT: of[BARE], RECORD: of[BARE]}  # the bare runs that took turns with a tracer's
    if has_viztracer(python):
        slow = rounds(work, (BARE, VIZTRACER), python, SLOW_RUNS)
        of[VIZTRACER], beside[VIZTRACER] = slow[VIZTRACER], slow[BARE]
    sizes = [f"{of[tracer][-1].disk / 1e6:.1f} MB" for tracer in beside if tracer != AGENT]
    inside = [_cell(work, cost(work, bare, of[tracer])) for tracer, bare in beside.items()]
    missing = [""] * (3 - len(inside))
    alone = _milliseconds(run.inside_s for run in of[BARE])
    yield [work.name, _promise(work), alone, *inside, *missing, " / ".join(sizes)]
    if work.unit == "ms":
        return
    whole = [
        f"{_milliseconds(run.whole_s for run in of[tracer])}, "
        f"{cost(work, bare, of[tracer], whole=True).value:.2f} ×"
        for tracer, bare in beside.items()
    ]
    yield ["  the whole command", "", _milliseconds(run.whole_s for run in of[BARE]), *whole]


def _promise(work: Work) -> str:
    if not work.limit:
        return ""
    return f"≤ {work.limit:.2f} ×" if work.unit == "×" else f"≤ +{work.limit:g} {work.unit}"


def _milliseconds(seconds: Iterable[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.0f} ms"


def _cell(work: Work, found: Cost) -> str:
    if work.unit == "×":
        return f"{found.value:.2f} × ({found.low:.2f}–{found.high:.2f})"
    return f"{found.value:+.1f} {work.unit} ({found.low:+.1f}–{found.high:+.1f})"
