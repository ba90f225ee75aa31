"""How many of ten repetitions by its schedule come out the same, for each experiment of the lab."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.core.lab.replayed import PROGRAMS, repeated

TIMES = 10


def main() -> None:
    """Repeat and print the table."""
    table = Table(title="experiments repeated by their schedules", box=box.MARKDOWN, title_justify="left")
    table.add_column("experiment", no_wrap=True)
    for heading in ("decisions", "the same", "s for each run"):
        table.add_column(heading, justify="right")
    for name in PROGRAMS:
        with tempfile.TemporaryDirectory(prefix="concviz-bench-") as made:
            began = time.perf_counter()
            first, again = repeated(Path(made), name, seed=5, times=TIMES)
            each_s = (time.perf_counter() - began) / (TIMES + 1)
        table.add_row(name, f"{len(first.decisions):,}", f"{again.count(first)} of {TIMES}", f"{each_s:.1f}")
    Console(width=120, highlight=False).print(table)
