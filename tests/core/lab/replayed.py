"""Which experiments of the lab are repeated by their schedules, and how often that comes out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from concviz.core.control.decisions import Schedule
from concviz.core.lab.catalog import EXPERIMENTS
from tests.at_once import at_once
from tests.core.launch.commands import concviz

LAB = EXPERIMENTS[0].path.parent
FETCHES = ("fetch_sequential", "fetch_threads", "fetch_asyncio")
SMALL = dict.fromkeys(FETCHES, ("--requests", "6", "--latency", "0.02"))
RUN = str(LAB / "run.py")
PROGRAMS: dict[str, tuple[str, ...]] = {
    **{e.key: (str(e.path), *SMALL.get(e.key, ())) for e in EXPERIMENTS if not e.workload},
    **{f"{workload} by {model}": (RUN, workload, model, "--size", "6") for workload, model in (
        ("count", "asyncio"), ("chain", "asyncio"), ("files", "thread-pool"), ("mixed", "asyncio-threads"),
        ("pipeline", "asyncio"), ("pipeline", "threading"), ("pipeline", "multiprocessing"),
        ("compute", "process-pool"),
    )},
}


class Ran(NamedTuple):
    """How a stepped program ended."""

    code: int
    decisions: tuple[object, ...]
    said: str


def stepped(session: Path, *words: str | Path) -> Ran:
    """Step a program to its end."""
    done = concviz("step", "--headless", "--hz", "0", "-o", session, *words)
    decisions = tuple((made.what, made.size, made.found) for made in Schedule.load(session).decisions)
    return Ran(done.returncode, decisions, done.stderr.decode())


def repeated(folder: Path, name: str, seed: int, times: int) -> tuple[Ran, list[Ran]]:
    """A program's run in a random order, and its repetitions by that schedule."""
    first = stepped(folder / "first", "--schedule", f"random:{seed}", *PROGRAMS[name])
    repeats = [partial(stepped, folder / str(n), "--replay", folder / "first") for n in range(times)]
    return first, list(at_once(repeats))
