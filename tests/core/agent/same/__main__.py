"""``python -m tests.core.agent.same``: run the programs on every CPython found, show what differs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.core.agent.same import Program, difference, programs
from tests.interpreters import Interpreter, found


def main() -> int:
    """Return 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only programs with one of these in their name")
    parser.add_argument("--seeds", type=int, default=20, help="how many random programs")
    parser.add_argument("--python", default="", help="only interpreters whose version begins so")
    options = parser.parse_args()
    chosen = [
        (name, program, python)
        for name, program in programs(options.seeds)
        for python in found()
        if program.since <= python.version[:2] < program.before and python.label.startswith(options.python)
        if not options.words or any(word in name for word in options.words)
    ]
    with ThreadPoolExecutor(2) as pool:
        differences = list(pool.map(_show, *zip(*chosen, strict=True))) if chosen else []
    print(f"{len(chosen)} comparisons, {sum(differences)} differ")
    return int(any(differences))


def _show(name: str, program: Program, python: Interpreter) -> bool:
    with tempfile.TemporaryDirectory(prefix="concviz-test-") as folder:
        try:
            found = difference(program, python, Path(folder))
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
    if found:
        print(f"=== {name} on {python.label}\n{found}", flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
