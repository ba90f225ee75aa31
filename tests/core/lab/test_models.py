"""Every model does the same work with the same result, on every Python; who cannot says why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from concviz.core.lab import free_threaded, models, workloads
from concviz.core.lab.comparing import PROGRAM
from concviz.core.lab.models import BY_NAME, absent, lacks
from tests.core.lab.reported import run
from tests.interpreters import everywhere

LAB = PROGRAM.parent
HERE = [name for name in models.NAMES if not absent(BY_NAME[name], sys.version_info[:3], "a Python")]


def pairs() -> list[Any]:
    """Every workload under every model that fits it and is here."""
    return [
        pytest.param(workload, model, id=f"{workload.name}-{model}")
        for workload in workloads.WORKLOADS for model in workload.models if model in HERE
    ]


@pytest.fixture(scope="module")
def results() -> dict[str, int]:
    """The checksum of each workload's first run: that of the others must be the same."""
    return {}


@pytest.mark.parametrize(("workload", "model"), pairs())
def test_the_result_is_the_same(
    workload: workloads.Workload, model: str, results: dict[str, int], tmp_path: Path,
) -> None:
    found = run(tmp_path, workload.name, model, "--size", "4", "--latency", "0.002", "--workers", "2")
    assert "error" not in found
    assert found["ended_ns"] > found["began_ns"]
    assert (found["items"], found["workers"]) == (4, 1 if model == "sequential" else 2)
    assert results.setdefault(workload.name, found["checksum"]) == found["checksum"]


@everywhere(since=(3, 9))
@pytest.mark.parametrize(
    ("workload", "model"), [("fetch", "asyncio"), ("pipeline", "threading"), ("mixed", "process-pool")])
def test_the_programs_run_on_every_python(workload: str, model: str, python: str, tmp_path: Path) -> None:
    found = run(tmp_path, workload, model, "--size", "2", "--latency", "0.001", python=python)
    assert "error" not in found


def test_every_model_and_workload_has_its_program() -> None:
    for name in models.NAMES:
        program = "threading" if name == "free-threaded" else name
        assert (LAB / f"spread_{program.replace('-', '_')}.py").is_file()
    for workload in workloads.WORKLOADS:
        first = "mistake" if workload.mistake else "work"
        assert (LAB / f"{first}_{workload.name.replace('-', '_')}.py").is_file()


def test_who_is_absent_says_why() -> None:
    interpreters, free = BY_NAME["interpreters"], BY_NAME["free-threaded"]
    assert "came with 3.14" in absent(interpreters, (3, 11, 7), None)
    assert absent(interpreters, (3, 14, 0), None) == ""
    assert "no free-threaded Python" in absent(free, (3, 14, 0), None)
    assert absent(free, (3, 11, 7), "/usr/bin/python3.14t") == ""


def test_who_takes_what() -> None:
    plain = {name for name in models.NAMES if not lacks(BY_NAME[name], plain=True, coroutine=False)}
    coroutine = {name for name in models.NAMES if not lacks(BY_NAME[name], plain=False, coroutine=True)}
    assert plain == set(models.NAMES) - {"asyncio"}
    assert coroutine == {"sequential", "asyncio"}


def test_a_python_is_free_threaded_when_it_says_so(tmp_path: Path) -> None:
    for name, code in (("python3.14t", 1), ("python3.13t", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o700)
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    if not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled():
        assert free_threaded.find(env) == str(tmp_path / "python3.13t")
        assert free_threaded.find({"PATH": "", "HOME": str(tmp_path)}) is None
