"""What holding costs: hooks that only wait for it, a step, and the way back.

The first rows compare a program that could be held, and runs free, with one that is merely observed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from concviz.core.control import wishes
from concviz.core.control.controller import Controller
from concviz.core.control.decisions import Schedule
from concviz.core.control.view import State
from tests.benchmarks.measure import AGENT, HOLDABLE, Work, cost, rounds
from tests.core.control.real import PATIENCE_S, started

WORKS = (
    Work("computing, pure Python", "spin.py", ("8",), limit=1.02),
    Work("an uncontended `with lock`", "locks.py", ("500000",), "ns", "takes", limit=600),
    Work("an asyncio handle", "steps.py", ("10", "5000"), "µs", "steps", limit=0.5),
)
STEPS = 300
BACK = 100
STEP_LIMIT_MS, BACK_LIMIT_S = 2.0, 1.0
STEPPED = (("threads", ("rounds.py",)), ("tasks", ("tasks.py",)), ("processes", ("processes.py", "fork")))


def main(runs: int = 5) -> None:
    """Measure and print the table."""
    table = Table(title="holding", box=box.MARKDOWN, title_justify="left")
    table.add_column("what", no_wrap=True)
    for heading in ("promised", "measured (quartiles)"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in (*_free(runs), *_steps(), _back()):
        table.add_row(*row)
    Console(width=120, highlight=False).print(table)


def _free(runs: int) -> Iterator[tuple[str, str, str]]:
    """Programs that could be held, against the same observed."""
    for work in WORKS:
        of = rounds(work, (AGENT, HOLDABLE), sys.executable, runs)
        found = cost(work, of[AGENT], of[HOLDABLE])
        if work.unit == "×":
            told = f"{found.value:.2f} × ({found.low:.2f}–{found.high:.2f})"
            yield f"{work.name}, never held", f"≤ {work.limit:.2f} ×", told
        else:
            told = f"{found.value:+.2f} {work.unit} ({found.low:+.2f}–{found.high:+.2f})"
            yield f"{work.name}, never held", f"≤ +{work.limit:g} {work.unit}", told


def _steps() -> Iterator[tuple[str, str, str]]:
    """From asking for a step until it is known how things stand after it."""
    for name, words in STEPPED:
        with tempfile.TemporaryDirectory(prefix="cv-") as made, started(Path(made), *words) as child:
            child.held()
            taken_ms = []
            while len(taken_ms) < STEPS and child.controller.view().state is not State.OVER:
                began = time.perf_counter()
                n = child.controller.view().step
                child.controller.step()
                child.controller.wait(
                    lambda view, n=n: view.state is State.OVER or (
                        view.step > n and view.state is not State.RUNNING), PATIENCE_S)
                taken_ms.append((time.perf_counter() - began) * 1e3)
        low, middle, high = statistics.quantiles(taken_ms, n=4)
        told = f"{middle:.2f} ms ({low:.2f}–{high:.2f}), {len(taken_ms)} steps"
        yield f"a step of {name}", f"≤ {STEP_LIMIT_MS:g} ms", told


def _back(runs: int = 5) -> tuple[str, str, str]:
    """From starting a fresh process until so many steps are repeated."""
    taken_s = []
    with tempfile.TemporaryDirectory(prefix="cv-") as made:
        with started(Path(made) / "first", "rounds.py") as child:
            child.controller.drive(wishes.fifo)
            child.wait(lambda view: view.step > BACK)
        schedule = Schedule.load(child.session)
        for run in range(runs):
            began = time.perf_counter()
            again = partial(Controller, replay=schedule, upto=BACK)
            with started(Path(made) / str(run), "rounds.py", controlled=again) as child:
                seen = child.wait(lambda view: view.replaying is None and view.state is not State.RUNNING)
                taken_s.append(time.perf_counter() - began)
            if seen.divergence or seen.step != BACK:
                raise RuntimeError(f"{BACK} steps were not repeated: {seen.divergence}")
    low, middle, high = statistics.quantiles(taken_s, n=4)
    told = f"{middle:.2f} s ({low:.2f}–{high:.2f})"
    return f"the way back over {BACK} steps", f"≤ {BACK_LIMIT_S:g} s", told
