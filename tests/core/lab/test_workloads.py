"""The workloads can be explained, and a function of the user's own is taken or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.lab import models
from concviz.core.lab.workloads import WORKLOADS, Workload
from tests.core.lab.reported import run

MINE = """
import asyncio, time
def double(x): return x * 2
async def double_later(x): await asyncio.sleep(0); return x * 2
def minds(x):
    if x == 3: raise ValueError("not this one")
async def minds_later(x): minds(x)
def raises(x): raise ValueError(f"no\\n{x}")
def leaves(x): raise SystemExit(3)
unnamed = lambda x: x
def generates(x): yield x
number = 3
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "models.py").write_text("raise SystemError('the user has a module of this name, too')")
    return tmp_path


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_it_can_be_explained(workload: Workload) -> None:
    assert workload.explanation.count(". ") == 1, "two sentences"
    assert workload.explanation.endswith(".")
    assert workload.look_for.endswith(".")
    assert set(workload.models) <= set(models.NAMES)
    assert bool(workload.why_others_not) == (workload.models != models.NAMES)


@pytest.mark.parametrize(("call", "model"), [
    ("mine:double", "threading"), ("mine:double", "process-pool"), ("mine.py:double", "multiprocessing"),
    ("mine:double_later", "asyncio"), ("mine:double_later", "sequential"), ("math:sqrt", "asyncio-threads"),
])
def test_a_function_of_the_users_own(call: str, model: str, mine: Path) -> None:
    found = run(mine, model, "--call", call, "--items", "0:6:2")
    assert (found["items"], found["checksum"]) == (3, None)


def test_both_kinds_of_function_at_once(mine: Path) -> None:
    both = ("--call", "mine:double", "--call", "mine:double_later", "--items", "3", "any", "--describe")
    found = run(mine, *both)
    assert (found["plain"], found["coroutine"], found["size"]) == (True, True, 3)


def test_items_from_a_file(mine: Path) -> None:
    (mine / "lines").write_text("a\nb c\n")
    assert run(mine, "threading", "--call", "mine:double", "--items", "lines")["items"] == 2


@pytest.mark.parametrize(("call", "items", "why"), [
    ("mine", "3", "'mine' does not say MODULE:FUNCTION"),
    ("nowhere:f", "3", "'nowhere' cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
    ("models:f", "3", "'models' cannot be imported: SystemError: the user has a module of this name, too"),
    ("mine:f", "3", "'mine' has no function 'f'"),
    ("mine:number", "3", "'mine:number' is neither a plain function nor a coroutine function"),
    ("mine:generates", "3", "'mine:generates' is a generator: neither a plain nor a coroutine function"),
    ("mine:double", "0", "'0' holds 0 items: 1 to 100,000 can be compared"),
    ("mine:double", "0:9:0", "'0:9:0' is no range"),
    ("mine:double", "1000000", "'1000000' holds 1,000,000 items: 1 to 100,000 can be compared"),
    ("mine:raises", "3", "item 0: ValueError: no 0"),
    ("mine:leaves", "3", "item 0: SystemExit: 3"),
    ("mine:double_later", "3", "there is no plain function, which is what threading takes"),
])
def test_what_cannot_be_done_is_told_in_one_line(call: str, items: str, why: str, mine: Path) -> None:
    assert run(mine, "threading", "--call", call, "--items", items) == {"error": why}


@pytest.mark.parametrize(("model", "call"), [
    ("sequential", "mine:minds"), ("multiprocessing", "mine:minds"), ("process-pool", "mine:minds"),
    ("thread-pool", "mine:minds"), ("asyncio", "mine:minds_later"),
])
def test_the_item_that_fails_is_named(model: str, call: str, mine: Path) -> None:
    assert run(mine, model, "--call", call, "--items", "5") == {"error": "item 3: ValueError: not this one"}


def test_a_function_that_cannot_be_pickled(mine: Path) -> None:
    error = run(mine, "process-pool", "--call", "mine:unnamed", "--items", "3")["error"]
    assert "pickle" in error.lower()
    assert "\n" not in error
    assert run(mine, "threading", "--call", "mine:unnamed", "--items", "3")["items"] == 3


def test_a_missing_file_of_items(mine: Path) -> None:
    error = run(mine, "threading", "--call", "mine:double", "--items", "nofile")["error"]
    assert error.startswith("the items 'nofile' cannot be read: FileNotFoundError")
