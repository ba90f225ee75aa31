"""Programs that know where they compute, recorded, and the lines that ``concviz stats`` tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.recorded import Run, record


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("lines")
    return record(folder, "computing.py", str(folder / "session" / "system.log"))


def running(worker: dict[str, Any]) -> list[dict[str, Any]]:
    return [site for site in worker["sites"] if site["state"] == "running"]


def test_a_coroutine_s_time_is_at_the_line_it_computes_at(run: Run) -> None:
    task = run.named("task", "computes")
    top = running(task)[0]
    first, last = run.said["coroutine"]
    assert (Path(top["file"]).name, top["function"], top["known"]) == ("computing.py", "computes", "sampled")
    assert first <= top["line"] <= last
    there = [s for s in running(task) if s["function"] == "computes" and first <= s["line"] <= last]
    sampled = sum(site["total_s"] for site in there)
    assert sampled == pytest.approx(task["time_s"]["running"], rel=0.2)
    assert sum(site["count"] for site in there) > 3


def test_threads_that_share_the_gil_run_and_wait_at_their_lines(run: Run) -> None:
    first, last = run.said["thread"]
    for thread in run.workers("thread", "crunch-"):
        sites = [s for s in thread["sites"] if s["function"] == "crunch" and first <= s["line"] <= last]
        assert {site["known"] for site in sites} == {"sampled"}
        ran = sum(site["total_s"] for site in sites if site["state"] == "running")
        assert ran == pytest.approx(thread["time_s"]["running"], rel=0.3)
        assert any(site["state"] == "ready" and site["reason"] == "gil" for site in sites)
