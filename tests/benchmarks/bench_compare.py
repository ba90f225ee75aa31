"""What the models of concurrency gain here, from ``concviz compare --json``: goals, and what is reached.

The goals are those of two idle cores. Other programs on them spoil the second half first: the last column
says how much of their time the runs waited for a core. Models take turns: a busy minute meets them all.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

RUNS = 5
FETCH = ("--size", "40", "--latency", "0.05")
_LEAST = 1.001
"""Figures that stand for a bound may lie above it by rounding."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a model should reach under a workload."""

    workload: str
    model: str
    figure: str
    told: str
    reached: Callable[[dict[str, Any]], float]
    at_least: float = 0.0
    at_most: float = float("inf")

    def holds(self, value: float) -> bool:
        """Does a figure reach it?"""
        return self.at_least <= value <= self.at_most * _LEAST


def speedup(model: dict[str, Any]) -> float:
    """How many times as fast as one after another."""
    return float(model["speedup"])


def parallelism(model: dict[str, Any]) -> float:
    """Mean number of threads that execute."""
    return float(model["parallelism"]["mean"])


def overlap(model: dict[str, Any]) -> float:
    """Pieces of work in progress for each worker: 1 where all are always at work."""
    return float(model["concurrency"]["mean"]) / int(model["workers"])


GOALS = (
    Goal("fetch", "threading", "speed-up", "≥ 8", speedup, 8),
    Goal("fetch", "threading", "concurrency / workers", "≈ 1 (≥ 0.8)", overlap, 0.8, 1.05),
    Goal("fetch", "threading", "parallelism", "≤ 1", parallelism, 0, 1),
    Goal("fetch", "thread-pool", "speed-up", "≥ 8", speedup, 8),
    Goal("fetch", "thread-pool", "concurrency / workers", "≈ 1 (≥ 0.8)", overlap, 0.8, 1.05),
    Goal("fetch", "thread-pool", "parallelism", "≤ 1", parallelism, 0, 1),
    Goal("fetch", "asyncio", "speed-up", "≥ 20", speedup, 20),
    Goal("fetch", "asyncio", "concurrency / workers", "≈ 1 (≥ 0.75)", overlap, 0.75, 1.05),
    Goal("fetch", "asyncio", "parallelism", "≤ 1", parallelism, 0, 1),
    Goal("compute", "threading", "speed-up", "0.85 – 1.1", speedup, 0.85, 1.1),
    Goal("compute", "threading", "parallelism", "≤ 1.1", parallelism, 0, 1.1),
    Goal("compute", "thread-pool", "speed-up", "0.85 – 1.1", speedup, 0.85, 1.1),
    Goal("compute", "thread-pool", "parallelism", "≤ 1.1", parallelism, 0, 1.1),
    Goal("compute", "multiprocessing", "speed-up", "≥ 1.7", speedup, 1.7),
    Goal("compute", "multiprocessing", "parallelism", "≥ 1.7", parallelism, 1.7),
    Goal("compute", "process-pool", "speed-up", "≥ 1.7", speedup, 1.7),
    Goal("compute", "process-pool", "parallelism", "≥ 1.7", parallelism, 1.7),
)


def compared(workload: str) -> dict[str, list[dict[str, Any]]]:
    """The models that could be had, and what each of them took in every round."""
    wanted = dict.fromkeys(["sequential", *(goal.model for goal in GOALS if goal.workload == workload)])
    command = [sys.executable, "-m", "concviz", "compare", workload, "--models", ",".join(wanted)]
    command += FETCH if workload == "fetch" else ()
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(RUNS):
        told = json.loads(subprocess.check_output([*command, "--json"], text=True))
        for model in told["models"]:
            if model["available"]:
                found.setdefault(model["model"], []).append(model)
    return found


def main() -> None:
    """Compare and print what is reached beside the goals."""
    table = Table(
        "workload", "model", "wall, s", "min – max", "figure", "goal", "reached", "", "waited for a core")
    for workload in ("fetch", "compute"):
        models = compared(workload)
        _add(table, workload, models.pop("sequential"), None)
        for goal in GOALS:
            if goal.workload == workload and goal.model in models:
                _add(table, workload, models[goal.model], goal)
    Console(width=140, highlight=False).print(table)


def _add(table: Table, workload: str, rounds: list[dict[str, Any]], goal: Goal | None) -> None:
    walls = [model["wall_s"] for model in rounds]
    core = statistics.median(model["reasons"]["core"] for model in rounds)
    about = ("", "", "", "")
    if goal is not None:
        reached = statistics.median(goal.reached(model) for model in rounds)
        about = (goal.figure, goal.told, f"{reached:.2f}", "yes" if goal.holds(reached) else "NO")
    table.add_row(
        workload, rounds[0]["model"], f"{statistics.median(walls):.3f}",
        f"{min(walls):.3f} – {max(walls):.3f}", *about, f"{100 * core:.0f} %",
    )
