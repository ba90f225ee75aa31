"""Every benchmark, one command: ``python -m tests.benchmarks [--runs 7] [--this-python] [NAME…]``.

A benchmark is a module ``bench_NAME.py`` with ``main(console, runs, …)`` that prints its table.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from rich.console import Console

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    """Run the benchmarks that were asked for, all of them by default."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description="Measure what concviz costs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--runs", type=int, default=7, help="alternating runs of each (default: 7)")
    parser.add_argument("--this-python", action="store_true", help="cost: on this interpreter alone")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark called {', '.join(sorted(unknown))}")

    console = Console(width=200, highlight=False)
    for name in options.names or NAMES:
        console.rule(name, align="left", style="none")
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        if name == "cost":
            module.main(console, options.runs, options.this_python)
        elif hasattr(module, "main"):
            module.main()


if __name__ == "__main__":
    main()
