"""The figures' shape and numbers, from sessions written by hand: finished, living, cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.stats import stats
from concviz.core.session.session import Session
from concviz.core.system.layout import ThreadState, Wait
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import going_on, read


@pytest.fixture
def story(tmp_path: Path) -> Story:
    made = Story(tmp_path / "session", command=["python", "app.py", "x"])
    app = made.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True)
    main.block(100, 300, L.OP_SLEEP, app.site("app.py", 3, "main"))
    main.loop(400, 900)
    task = main.task("fetch", born=500)
    read_call = ("/usr/lib/python3/asyncio/streams.py", 1, "StreamReader.read")
    at = app.site("app.py", 42, "fetch", call=read_call)
    for i in range(4):
        task.step(510 + i * 50, 520 + i * 50, ready=5, awaits=L.REF_FUTURE, site=at)
    task.step(710, 720, ready=10, ended=L.REF_ENDED)
    return made


def test_the_shape_and_the_numbers(story: Story) -> None:
    figures = stats(read(story.end(1000).write()))
    json.dumps(figures, allow_nan=False)
    assert figures["schema"] == 1
    session = figures["session"]
    assert session["command"] == ["python", "app.py", "x"]
    assert (session["python"], session["duration_s"], session["complete"]) == ("3.13.0", 1.0, True)
    assert (session["events"], session["dropped"], session["held_s"]) == (10, 0, 0)
    process, thread, task = figures["workers"]
    assert [w["kind"] for w in figures["workers"]] == ["process", "thread", "task"]
    assert (process["parent"], thread["parent"], task["parent"]) == (None, "p100", "p100.t1")
    assert (process["name"], process["outcome"], process["end_s"]) == ("app.py", "done", 1.0)
    assert (task["start_s"], task["end_s"], task["steps"]) == (0.5, 0.72, 5)
    assert task["time_s"] == {"running": 0.05, "ready": 0.035, "waiting": 0.135}
    assert task["waiting_s"] == {
        "io": 0.135, "lock": 0, "sleep": 0, "await": 0, "queue": 0, "child": 0, "executor": 0,
        "unknown": 0,
    }
    assert task["ready_s"] == {"gil": 0, "loop": 0.035, "core": 0, "held": 0, "unknown": 0}
    assert task["sites"][0] == {
        "file": "app.py", "line": 42, "function": "fetch", "call": "StreamReader.read", "state": "waiting",
        "reason": "io", "total_s": 0.135, "count": 4, "known": "exact", "after": False,
    }
    assert (task["known"], thread["known"]) == ("exact", "inferred")
    assert thread["waiting_s"]["sleep"] == 0.2
    assert figures["parallelism"] == {"mean": 0.8, "peak": 1}
    assert figures["concurrency"]["peak"] == 1
    assert figures["concurrency"]["mean"] == pytest.approx((0.4 + 0.22 + 0.1) / 1.0)


def test_the_reasons_add_up_to_the_time_of_their_state(story: Story) -> None:
    app = story.processes[0]
    other = app.thread("other", tid=101, born=10)
    other.sample(20, ThreadState.ON_CORE, cpu=10).sample(40, ThreadState.BLOCKED, cpu=25)
    other.sample(200, ThreadState.WAITS_FOR_CORE, cpu=25).sample(260, ThreadState.BLOCKED, Wait.IO, cpu=30)
    story.sweep(990)
    story.born(100, 300, 100, "ls")
    story.usage(150, 300, 1)
    story.gone(200, 300)
    workers = {w["name"]: w for w in stats(read(story.end(1000).write()))["workers"]}
    for worker in workers.values():
        for state in ("waiting", "ready"):
            parts = [round(seconds * 1e9) for seconds in worker[f"{state}_s"].values()]
            assert min(parts) >= 0
            assert sum(parts) == round(worker["time_s"][state] * 1e9)
    assert workers["other"]["waiting_s"]["unknown"] > 0
    assert workers["other"]["ready_s"]["core"] > 0
    assert workers["ls"]["waiting_s"]["unknown"] > 0


def test_a_living_session_has_figures_up_to_now(story: Story) -> None:
    session = Session.open(story.write(until=600), alive=lambda pid, ticks: True)
    session.advance(ns(600))
    figures = stats(session)
    assert (figures["session"]["running"], figures["session"]["complete"]) == (True, False)
    assert figures["session"]["duration_s"] == 0.6
    task = figures["workers"][2]
    assert (task["outcome"], task["end_s"], task["steps"]) == ("running", None, 2)
    assert sum(task["time_s"].values()) == pytest.approx(0.1)


def test_a_session_that_was_cut_off_has_figures_up_to_there(story: Story) -> None:
    story.processes[0].closed = None
    figures = stats(read(story.write(until=600)))
    assert (figures["session"]["running"], figures["session"]["complete"]) == (False, False)
    assert [w["outcome"] for w in figures["workers"]] == ["killed"] * 3
    assert figures["session"]["notes"]


def test_a_session_in_which_nothing_was_seen(tmp_path: Path) -> None:
    figures = stats(read(Story(tmp_path / "session").end(5).write()))
    assert [w["id"] for w in figures["workers"]] == ["p100"]
    assert figures["concurrency"] == {"mean": 0.0, "peak": 0}


def test_of_running_time_it_is_told_whether_the_line_is_where_a_task_ran_or_what_it_went_on_from(
    tmp_path: Path,
) -> None:
    figures = stats(going_on(tmp_path / "session"))
    told = {
        worker["name"]: {(site["line"], site["after"], site["total_s"])
                         for site in worker["sites"] if site["state"] == "running"}
        for worker in figures["workers"] if worker["kind"] == "task"
    }
    assert told == {
        "blocks": {(4, False, 0.06), (3, True, 0.001)}, "computes": {(1, True, 0.004), (3, True, 0.009)},
    }
    waiting = [site["after"] for worker in figures["workers"] for site in worker["sites"]
               if site["state"] != "running"]
    assert True not in waiting
