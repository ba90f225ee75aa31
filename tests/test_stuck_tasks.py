"""Programs whose tasks wait for each other, recorded: it is told; where something can wake them it is not."""

from __future__ import annotations

import platform
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import PROGRAMS, Run, record

_seen_from_outside = sys.platform == "linux" and platform.machine() == "x86_64"


def stalls(folder: Path, what: str, code: int) -> tuple[Run, list[dict[str, Any]]]:
    run = record(folder, "stuck_tasks.py", what)
    assert run.code == code
    return run, [each for each in run.stats["moments"] if each["kind"] in ("stuck", "deadlock")]


def line_of(text: str) -> int:
    lines = (PROGRAMS / "stuck_tasks.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


@pytest.mark.skipif(not _seen_from_outside, reason="whether a loop has a timer is seen on Linux, x86-64 only")
def test_tasks_that_take_two_locks_in_different_orders(tmp_path: Path) -> None:
    run, (stuck,) = stalls(tmp_path, "locks", -signal.SIGALRM)
    assert (stuck["kind"], stuck["known"]) == ("stuck", "inferred")
    assert stuck["line"] == line_of("async with second")
    ids = [run.named("task", name)["id"] for name in ("Task-2", "Task-3")]
    assert stuck["workers"] == ids
    assert stuck["end_s"] - stuck["start_s"] > 2
    assert stuck["text"].count(f"stuck_tasks.py:{stuck['line']}") == 2


def test_tasks_that_await_each_other(tmp_path: Path) -> None:
    _, (deadlock,) = stalls(tmp_path, "circle", -signal.SIGALRM)
    assert (deadlock["kind"], deadlock["known"]) == ("deadlock", "exact")
    assert deadlock["line"] == line_of("await tasks[1 - number]")


@pytest.mark.parametrize(("what", "code"), [("thread", 0), ("server", -signal.SIGALRM)])
def test_what_a_thread_or_a_client_may_wake_is_not_stuck(tmp_path: Path, what: str, code: int) -> None:
    assert stalls(tmp_path, what, code)[1] == []
