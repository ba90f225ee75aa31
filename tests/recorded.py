"""The vocabulary of the tests from end to end: ``concviz record`` a program, read ``concviz stats --json``.

    run = record(tmp_path, "steps.py", "3", "10")
    assert run.named("task", "turns 0")["steps"] == 11
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True)
class Run:
    """One finished run: what the outside world saw of it, and the session, if one was recorded."""

    stdout: str
    stderr: str
    code: int
    session: Path

    @property
    def said(self) -> dict[str, Any]:
        """The JSON line in which the program told the truth about itself."""
        lines = [line for line in self.stdout.splitlines() if line.startswith("{")]
        return dict(json.loads(lines[-1]))

    @cached_property
    def stats(self) -> dict[str, Any]:
        """What ``concviz stats --json`` says about the session."""
        command = [sys.executable, "-m", "concviz", "stats", "--json", str(self.session)]
        return dict(json.loads(subprocess.check_output(command, text=True)))

    def workers(self, kind: str, prefix: str = "") -> list[dict[str, Any]]:
        """The workers of a kind whose names begin with ``prefix``."""
        return [w for w in self.stats["workers"] if w["kind"] == kind and w["name"].startswith(prefix)]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """The one worker of that kind and name."""
        (worker,) = [w for w in self.workers(kind) if w["name"] == name]
        return worker

    def lineage(self, worker: dict[str, Any]) -> list[str]:
        """Kinds from the worker up to the program's root."""
        by_id = {w["id"]: w for w in self.stats["workers"]}
        kinds = [worker["kind"]]
        while worker["parent"] is not None:
            worker = by_id[worker["parent"]]
            kinds.append(worker["kind"])
        return kinds


def record(folder: Path, *target: str) -> Run:
    """Run a program of ``tests/programs`` (or ``-m module …``) under ``concviz record``."""
    session = folder / "session"
    return _run([sys.executable, "-m", "concviz", "record", "-o", str(session), *_target(target)], session)


def bare(folder: Path, *target: str) -> Run:
    """Run the same without concviz."""
    return _run([sys.executable, *_target(target)], folder)


def _target(target: Sequence[str]) -> list[str]:
    first, *rest = target
    return [first if first.startswith("-") else str(PROGRAMS / first), *rest]


def _run(command: Sequence[str], session: Path) -> Run:
    env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "default"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    return Run(done.stdout, done.stderr, done.returncode, session)
