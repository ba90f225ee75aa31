"""Programs that know the truth about themselves, recorded, and what ``concviz stats`` makes of them.

Every bound comes from the program's own measurements: on a busy machine all of them move together.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from concviz.core.model import Kind, State
from concviz.core.session.session import Session
from tests.recorded import record


def test_every_step_of_every_task_is_counted(tmp_path: Path) -> None:
    run = record(tmp_path, "steps.py", "7", "40")
    turns = run.workers("task", "turns")
    assert [task["steps"] for task in turns] == [41] * 7
    assert sum(task["steps"] for task in turns) == run.said["steps"]
    assert {task["outcome"] for task in turns} == {"done"}
    assert run.stats["session"]["complete"]
    assert run.stats["session"]["dropped"] == 0
    main = run.named("task", "Task-1")
    assert {task["parent"] for task in turns} <= {main["id"], main["parent"]}


def test_a_blocked_loop_is_one_run_of_one_task_at_its_line(tmp_path: Path) -> None:
    run = record(tmp_path, "blocked_loop.py")
    truth = run.said
    session = Session.open(run.session)
    while session.advance(time.monotonic_ns()):
        pass
    timeline = session.timeline
    (task,) = [w for w in timeline.workers if w.kind is Kind.TASK and w.name == "blocks"]
    runs = [s for s in timeline.spans(task.index, task.start_ns, task.end_ns or timeline.end_ns)
            if s.state is State.RUNNING]
    long = [span for span in runs if span.duration_ns > truth["blocked_s"] * 0.5e9]
    assert sum(span.duration_ns for span in long) / 1e9 == pytest.approx(truth["blocked_s"], rel=0.1)
    assert len(long) == 1
    assert long[0].site is not None
    assert (long[0].site.line, Path(long[0].site.file).name) == (truth["line"], "blocked_loop.py")
    other = run.named("task", "wants to run")
    assert other["ready_s"]["loop"] > truth["blocked_s"] * 0.9, "it could have run, but for the blocked loop"


def test_two_threads_share_the_gil(tmp_path: Path) -> None:
    run = record(tmp_path, "gil_threads.py", "1.5")
    truth = run.said
    threads = run.workers("thread", "compute-")
    assert len(threads) == 2
    for thread in threads:
        cpu_s, core_s = truth["cpu_s"][thread["name"]], truth["core_s"][thread["name"]]
        # Running is the kernel's figure; what was ready is sampled, and where the machine is busy the sampler
        # gets its turn less often.
        assert thread["time_s"]["running"] == pytest.approx(cpu_s, abs=0.1 * truth["wall_s"])
        assert thread["time_s"]["ready"] == pytest.approx(truth["wall_s"] - cpu_s, abs=0.2 * truth["wall_s"])
        assert thread["ready_s"]["gil"] >= 0.5 * (truth["wall_s"] - cpu_s - core_s)
    assert sum(thread["time_s"]["running"] for thread in threads) < 1.1 * truth["wall_s"]
    # Their process runs while either does: what the two ran at once is missing there.
    process, *_ = run.workers("process")
    at_once = sum(t["time_s"]["running"] for t in run.workers("thread")) - process["time_s"]["running"]
    assert at_once < 0.05 * truth["wall_s"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_s_running_time_is_the_kernel_s(tmp_path: Path, method: str) -> None:
    run = record(tmp_path, "process_pool.py", method, "0.8")
    processes = {str(worker["pid"]): worker for worker in run.workers("process")}
    truth = run.said["cpu_s"]
    assert len(truth) == 2
    for pid, cpu_s in truth.items():
        assert processes[pid]["time_s"]["running"] == pytest.approx(cpu_s, rel=0.03), f"process {pid}"
        assert processes[pid]["outcome"] == "done"


def test_a_pool_of_more_processes_than_cores_is_no_more_parallel_than_there_are_cores(tmp_path: Path) -> None:
    cores = len(os.sched_getaffinity(0))
    run = record(tmp_path, "process_pool.py", "fork", "0.4", str(2 * cores))
    processes = {str(worker["pid"]): worker for worker in run.workers("process")}
    assert len(run.said["cpu_s"]) == 2 * cores
    for pid, cpu_s in run.said["cpu_s"].items():
        assert processes[pid]["time_s"]["running"] == pytest.approx(cpu_s, rel=0.05), f"process {pid}"
    assert run.stats["parallelism"]["peak"] <= os.cpu_count()
