"""Programs built on other people's packages behave the same under concviz, and their lanes make sense."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.recorded import PROGRAMS, Run, bare, record

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX start methods and uvloop")


def both(folder: Path, *target: str) -> Run:
    """Run bare and recorded; they must look the same from outside. Gives the recorded run."""
    plain, seen = bare(folder, *target), record(folder, *target)
    assert _timeless(seen.stdout) == _timeless(plain.stdout)
    assert _timeless(seen.stderr) == _timeless(plain.stderr)
    assert seen.code == plain.code
    assert seen.stats["session"]["dropped"] == 0
    return seen


def _timeless(text: str) -> str:
    return re.sub(r"in \d+\.\d+s", "in …s", text)


@posix
@pytest.mark.parametrize("pair", ["httpx uvloop", "aiohttp uvloop", "httpx asyncio"])
def test_a_client_against_uvicorn(tmp_path: Path, pair: str) -> None:
    run = both(tmp_path, "web_clients.py", *pair.split())
    gets = [task for task in run.workers("task") if re.fullmatch(r"get \d+", task["name"])]
    assert len(gets) == 12
    assert {task["outcome"] for task in gets} == {"done"}
    assert all(task["steps"] >= 2 and task["time_s"]["waiting"] > 0 for task in gets)
    # A request waits at the user's own line, whatever the library is doing below it.
    places = {(Path(site["file"]).name, site["function"].split(".")[-1])
              for task in gets for site in task["sites"] if site["state"] == "waiting"}
    assert places == {("web_clients.py", "get")}

    root, server = sorted(run.workers("process"), key=lambda worker: worker["start_s"])
    assert server["parent"] == root["id"]
    assert server["outcome"] in ("killed", "done")
    served = [task for task in run.workers("task") if task["pid"] == server["pid"] and task not in gets]
    assert len(served) >= 12, "uvicorn serves each request in a task of its own"


def test_a_thread_pool(tmp_path: Path) -> None:
    run = both(tmp_path, "thread_pool.py")
    squares = run.workers("thread", "square_")
    assert len(squares) == 2
    for thread in squares:
        waits = {site["line"] for site in thread["sites"] if site["reason"] == "lock"}
        assert waits, "both wait for the event"
        assert thread["outcome"] == "done"


@posix
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_pool(tmp_path: Path, method: str) -> None:
    run = both(tmp_path, "multiprocessing_pool.py", method)
    workers = [worker for worker in run.workers("process") if "PoolWorker" in worker["name"]]
    assert len(workers) == 3
    assert {worker["outcome"] for worker in workers} == {"done"}
    assert all(run.lineage(worker)[-1] == "process" for worker in workers)


@posix
def test_anyio(tmp_path: Path) -> None:
    """A package for I/O may as well wait for something else, and says so."""
    run = both(tmp_path, "anyio_tasks.py")
    waits = {name: run.named("task", name)["waiting_s"] for name in (
        "sleep", "lock", "queue", "executor", "io", "await")}
    assert {name: max(each, key=each.__getitem__) for name, each in waits.items()} == {
        name: name for name in waits}
    pool = run.named("thread", "AnyIO worker thread")
    assert pool["waiting_s"]["sleep"] > 0
    assert not pool["waiting_s"]["io"], "without work it waits at a queue"


@posix
def test_uvloop(tmp_path: Path) -> None:
    run = both(tmp_path, "uvloop_tasks.py")
    assert [task["steps"] for task in run.workers("task", "turns")] == [11, 11, 11]
    assert run.named("task", "forever")["outcome"] == "cancelled"


def test_a_pytest_run(tmp_path: Path) -> None:
    suite = str(PROGRAMS / "suite")
    quiet = ("-q", "-p", "no:cacheprovider", "-c", str(PROGRAMS / "suite" / "pytest.ini"))
    run = both(tmp_path, "-m", "pytest", *quiet, suite)
    assert run.code == 1
    assert "1 failed, 2 passed" in run.stdout
    assert run.named("thread", "giver")["outcome"] == "done"
    assert run.named("task", "meets")["outcome"] == "done"


@posix
def test_greenlets_are_shown_within_their_thread(tmp_path: Path) -> None:
    pytest.importorskip("gevent")
    run = both(tmp_path, "greenlets.py")
    assert run.said == {"sum": 45, "threads": 3}
    assert [thread["name"] for thread in run.workers("thread")] == ["MainThread"]
    assert run.stats["parallelism"]["peak"] == 1
