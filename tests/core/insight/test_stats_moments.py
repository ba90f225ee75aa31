"""The moments as plain data: what JSON says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from concviz.core.insight.stats_moments import moments
from concviz.core.session.session import Session
from tests.core.insight.blocking import blocked_in_each, blocked_often
from tests.core.timeline.build import ns
from tests.core.timeline.stories import read


def of(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in found if each["kind"] == kind]


def test_what_has_one_cause_is_told_by_the_one_that_shows_it_best(tmp_path: Path) -> None:
    session, shares = read(blocked_in_each(tmp_path / "s", workers=3, blocks=4).write()), list[float]()
    found = moments(session, shares.append)
    assert found == json.loads(json.dumps(found, allow_nan=False))
    (held,) = of(found, "held up")
    assert held["text"].startswith("the loop is blocked 12 times at app.py:7, in 3 processes: 720 ms of ")
    del held["text"]
    assert held == {
        "kind": "held up", "start_s": 0.02, "end_s": 0.08, "file": "/srv/app.py", "line": 7,
        "workers": ["p200.a3", "p200.t1"], "times": 12, "total_s": 0.72, "processes": 3, "known": "exact",
    }
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_they_are_in_the_order_of_time_and_may_have_no_line(tmp_path: Path) -> None:
    found = moments(read(blocked_often(tmp_path / "s", blocks=4).write()))
    assert [each["start_s"] for each in found] == sorted(each["start_s"] for each in found)
    (idle,) = of(found, "tasks wait")
    assert (idle["file"], idle["line"], idle["workers"]) == ("", 0, ["p100.t1"])


def test_a_deadlock_that_was_seen_while_the_program_was_held_may_last(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "s", blocks=4)
    story.write()
    lines = [{"deadlock": ["p100.a1", "p100.a2"], "site": ["/srv/app.py", 9], "at_ns": ns(200)}]
    (story.path / "schedule.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (found,) = of(moments(read(story.path)), "deadlock")
    assert (found["start_s"], found["end_s"], found["processes"]) == (0.2, None, 0)
    assert (found["workers"], found["line"]) == (["p100.a1", "p100.a2"], 9)


def test_of_a_program_that_runs_on_what_is_known_is_told(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "s", blocks=40)
    story.ended = None
    story.processes[0].closed = None
    session = Session.open(story.write(until=3000), alive=lambda pid, ticks: True)
    session.advance(ns(3000))
    assert session.info.running
    assert session.caught_up
    (held, *_) = of(moments(session), "held up")
    assert 10 < held["times"] < 30  # but not what is too young to be sure of
