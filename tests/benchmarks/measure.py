"""Running the same work with and without a tracer, in turns, and what the runs say."""

from __future__ import annotations

import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from concviz.core.agent import layout
from concviz.core.control.controller import Controller
from concviz.core.launch import environment

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"

BARE = "bare"
AGENT = "agent"  # the hooks inside the program alone
HOLDABLE = "holdable"  # the hooks, and those by which a controller could hold the program, which runs free
RECORD = "record"  # `concviz record`: the hooks, and the radar in a process of its own
VIZTRACER = "viztracer"  # with --log_async


@dataclass(frozen=True, slots=True)
class Work:
    """A program that times itself, and how its cost is told."""

    name: str
    program: str
    args: tuple[str, ...] = ()
    unit: str = "×"
    """×: traced / bare. ns, µs: what is added to one of ``per``. ms: what is added to the whole."""
    per: str = ""
    """The key of the program's JSON that says how many operations there were."""
    limit: float = 0.0
    """What the project promises, in ``unit``; 0: nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds the program measured itself, seconds of the whole command, bytes left on disk."""

    inside_s: float
    whole_s: float
    operations: int
    disk: int


# asyncio reads into 256 KiB, which glibc takes from the kernel and gives back each time, or never does, by
# what else a process has allocated: bare streams take twice as long for it or don't. Here all do the same.
_SAME_HEAP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
_UNITS = {"ns": 1e9, "µs": 1e6, "ms": 1e3}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a tracer costs: median and quartiles of the rounds, each a bare and a traced run side by side."""

    value: float
    low: float
    high: float


def rounds(work: Work, tracers: Sequence[str], python: str, count: int) -> dict[str, list[Run]]:
    """Run ``work`` under each tracer in turn, ``count`` times, after one round that warms the caches."""
    runs: dict[str, list[Run]] = {tracer: [] for tracer in tracers}
    for number in range(count + 1):
        turn = number % len(tracers)
        for tracer in (*tracers[turn:], *tracers[:turn]):
            run = run_once(work, tracer, python)
            if number:
                runs[tracer].append(run)
    return runs


def cost(work: Work, bare: Sequence[Run], traced: Sequence[Run], whole: bool = False) -> Cost:
    """What tracing adds to the work, in its unit; with ``whole``: the whole command, traced / bare."""

    def seconds(run: Run) -> float:
        return run.whole_s if whole else run.inside_s

    def added(base_s: float, traced_s: float) -> float:
        if whole or work.unit == "×":
            return traced_s / base_s
        return (traced_s - base_s) * _UNITS[work.unit] / (bare[0].operations if work.per else 1)

    single = sorted(added(seconds(a), seconds(b)) for a, b in zip(bare, traced, strict=True))
    quarter = len(single) // 4
    return Cost(statistics.median(single), single[quarter], single[-1 - quarter])


def run_once(work: Work, tracer: str, python: str) -> Run:
    """Run the work once under ``tracer``.

    Raises:
        CalledProcessError: it failed. RuntimeError: nothing was recorded.
    """
    with tempfile.TemporaryDirectory(prefix="concviz-bench-") as made:
        folder = Path(made)
        command, env = _command(work, tracer, python, folder)
        with Controller(folder / "session") if tracer == HOLDABLE else nullcontext() as controller:
            if controller is not None:
                env[layout.ENV_CONTROL] = str(controller.path)
            began = time.perf_counter()
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
            whole_s = time.perf_counter() - began
        if tracer in (AGENT, RECORD, HOLDABLE) and not any(folder.rglob("*.events")):
            raise RuntimeError(f"{tracer} recorded nothing of {work.program}: there is no cost to measure")
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        said = json.loads(lines[-1]) if lines else {}
        disk = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
        return Run(said.get("seconds", whole_s), whole_s, said.get(work.per, 0), disk)


def _command(work: Work, tracer: str, python: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("CONCVIZ_", "PYTHON"))}
    env.update(_SAME_HEAP)
    program = [str(PROGRAMS / work.program), *work.args]
    if tracer in (AGENT, HOLDABLE):
        (folder / "session" / "events").mkdir(parents=True)
        return [python, *program], environment.observed(env, folder / "session")
    if tracer == RECORD:
        record = [sys.executable, "-m", "concviz", "record", "-o", str(folder / "session"), "--"]
        return [*record, python, *program], env
    if tracer == VIZTRACER:
        options = ["--log_async", "--quiet", "-o", str(folder / "trace.json"), "--"]
        return [python, "-m", "viztracer", *options, *program], env
    return [python, *program], env


@functools.cache
def has_viztracer(python: str) -> bool:
    """Is VizTracer installed for this interpreter?"""
    return subprocess.run([python, "-c", "import viztracer"], capture_output=True).returncode == 0
