"""What the models of concurrency gain on this machine, from ``concviz compare --json``.

Expected on two idle cores: fetching 40 pages of 50 ms, threads 8 times and asyncio 20 times as fast as one
after another; computing, threads 0.85 to 1.1 times and processes at least 1.7 times.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

RUNS = 5
EXPECTED = {
    ("fetch", "thread-pool"): "≥ 8", ("fetch", "asyncio"): "≥ 20", ("compute", "threading"): "0.85 – 1.1",
    ("compute", "thread-pool"): "0.85 – 1.1", ("compute", "multiprocessing"): "≥ 1.7",
    ("compute", "process-pool"): "≥ 1.7",
}


def compared(workload: str) -> list[dict[str, Any]]:
    """The models that could be had, each run so many times."""
    wanted = ",".join(("sequential", *(model for name, model in EXPECTED if name == workload)))
    command = [sys.executable, "-m", "concviz", "compare", workload, "--models", wanted]
    told = json.loads(subprocess.check_output([*command, "--repeat", str(RUNS), "--json"], text=True))
    return [model for model in told["models"] if model["available"]]


def main() -> None:
    """Compare and print the gains beside what is expected."""
    table = Table(
        "workload", "model", "wall, s", "spread", "speed-up", "expected", "concurrency", "parallelism",
    )
    for workload in ("fetch", "compute"):
        for model in compared(workload):
            spread = model["spread"]["wall_s"]
            table.add_row(
                workload, model["model"], f"{model['wall_s']:.3f}",
                f"{spread['min']:.3f} – {spread['max']:.3f}",
                f"{model['speedup']:.2f}", EXPECTED.get((workload, model["model"]), ""),
                f"{model['concurrency']['mean']:.1f}", f"{model['parallelism']['mean']:.2f}",
            )
    Console(width=120, highlight=False).print(table)
