"""CSV and JSON: every figure of ``concviz stats`` follows from them, and no name breaks out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.export import columns
from concviz.core.export.request import ExportError, Request, request_of
from concviz.core.insight.stats import stats
from concviz.core.insight.stats_moments import moments
from concviz.core.session.session import Session
from tests.core.export.exported import csv_rows, json_of, not_empty, state_sums, stats_sums, written
from tests.core.export.hostile import harmless, hostile_session
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import WENT_ON, going_on, read, stories
from tests.tui.sessions import crawl, relay

MS = 1_000_000


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return read(crawl(tmp_path_factory.mktemp("crawl") / "session").path)


@pytest.mark.parametrize("name", ["csv", "json"])
def test_the_figures_follow_from_the_spans(session: Session, name: str) -> None:
    data = written(name, request_of(session))
    rows: list[dict[str, Any]] = csv_rows(data) if name == "csv" else json_of(data)["spans"]
    told = ((r["worker"], r["state"], r.get("reason", ""), int(r["duration_ns"])) for r in rows)
    assert not_empty(state_sums(told)) == stats_sums(stats(session))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_they_follow_in_any_session(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    story = data.draw(stories(tmp_path_factory.mktemp("any") / "session"))
    session = read(story.write())
    assume(session.timeline.end_ns > session.timeline.start_ns)
    exported = json_of(written("json", request_of(session)))
    told = ((r["worker"], r["state"], r.get("reason", ""), r["duration_ns"]) for r in exported["spans"])
    figures = stats(session)
    assert not_empty(state_sums(told)) == stats_sums(figures)
    assert {w["id"] for w in exported["workers"]} == {w["id"] for w in figures["workers"]}


def test_the_curves_have_the_mean_and_the_peak_of_the_figures(session: Session) -> None:
    exported, figures = json_of(written("json", request_of(session))), stats(session)
    end = exported["window"]["to_ns"]
    for name in ("concurrency", "parallelism"):
        curve = [(step["time_ns"], step[name]) for step in exported[name]]
        area = sum(v * (t1 - t0) for (t0, v), (t1, _) in zip(curve, [*curve[1:], (end, 0)]))
        assert area / end == pytest.approx(figures[name]["mean"], rel=1e-12)
        assert max(v for _, v in curve) == figures[name]["peak"]


def test_workers_and_wake_ups_can_be_joined_with_the_spans(tmp_path: Path) -> None:
    session = read(relay(tmp_path / "session").path)
    request = request_of(session)
    exported = json_of(written("json", request))
    assert [w["name"] for w in exported["workers"]] == ["relay.py", "MainThread", "giver", "taker"]
    giver, taker = (w["id"] for w in exported["workers"][2:])
    assert {"time_ns": 20 * MS, "waker": giver, "woken": taker} in exported["wakes"]
    ready = next(s for s in exported["spans"] if s["worker"] == taker and s["start_ns"] == 20 * MS)
    assert (ready["state"], ready["reason"], ready["woken_by"]) == ("ready", "loop", giver)
    assert "waits_for" not in ready
    waiting = next(s for s in exported["spans"] if s["worker"] == taker and s["state"] == "waiting")
    assert (waiting["waits_for"], waiting["end_ns"]) == (giver, 20 * MS)
    assert csv_rows(written("csv-wakes", request))[0].keys() == columns.WAKES.keys()
    assert csv_rows(written("csv-workers", request))[2]["name"] == "giver"


def test_a_window_holds_what_lies_in_it(session: Session) -> None:
    request = request_of(session, from_ns=500 * MS, to_ns=600 * MS, lanes="fetch-2")
    rows = csv_rows(written("csv", request))
    workers = {w["id"]: w for w in csv_rows(written("csv-workers", request))}
    assert {w["name"] for w in workers.values()} == {"crawl.py", "MainThread", "fetch-2"}
    assert {row["worker"] for row in rows} == set(workers)
    assert all(500 * MS <= int(r["start_ns"]) <= int(r["end_ns"]) <= 600 * MS for r in rows)
    for id, worker in workers.items():
        for state in ("running", "ready", "waiting"):
            total = sum(int(r["duration_ns"]) for r in rows if r["worker"] == id and r["state"] == state)
            assert total == int(worker[f"{state}_ns"])


def test_a_line_seen_from_outside_says_that_it_was_sampled(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["python", "app.py"])
    main = story.process(100, closed=990).thread("MainThread", tid=100, main=True)
    for t in range(10, 500, 20):
        main.sample(t, 1, cpu=t).stands(t, 7 if t < 100 else 8, "crunch")
    story.sweep(600)
    rows = csv_rows(written("csv", request_of(read(story.end(1000).write()))))
    seen = [r for r in rows if r["function"] == "crunch"]
    assert {(r["file"], r["site_known"], r["state"]) for r in seen} == {("/app.py", "sampled", "running")}


@pytest.mark.parametrize("name", ["csv", "json"])
def test_where_a_task_only_went_on_from_is_no_place_where_it_ran(tmp_path: Path, name: str) -> None:
    request = request_of(going_on(tmp_path / "session"))
    data = written(name, request)
    names = {row["id"]: row["name"] for row in csv_rows(written("csv-workers", request))}
    rows: list[dict[str, Any]] = csv_rows(data) if name == "csv" else json_of(data)["spans"]
    told = {
        (names[row["worker"]], int(row["start_ns"]) / MS, int(row["line"]), row.get("after") or "no")
        for row in rows if row["state"] == "running" and row.get("line")
    }
    yes: Any = "true" if name == "csv" else True
    assert told == {(*row, yes if after else "no") for *row, after in WENT_ON}
    assert not any(row.get("after") for row in rows if row["state"] != "running")


def test_a_step_that_was_sampled_says_where_it_was_seen_and_not_what_it_went_on_from(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["python", "app.py"])
    app = story.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True).loop(0)
    main.task("computes", born=1, site=app.site("/app.py", 1, "job")).step(10, 400, ended=L.REF_ENDED)
    for t in range(20, 400, 20):
        main.sample(t, 1, cpu=t).stands(t, 7, "crunch")
    story.sweep(600)
    rows = csv_rows(written("csv", request_of(read(story.end(1000).write()))))
    (ran,) = (row for row in rows if row["worker"].endswith("a1") and row["state"] == "running")
    assert (ran["line"], ran["site_known"], ran["after"]) == ("7", "sampled", "")


def test_the_moments_are_those_of_the_figures(session: Session, tmp_path: Path) -> None:
    expected = moments(session)
    assert len(expected) > 1
    assert json_of(written("json", request_of(session)))["moments"] == expected
    quiet = read(relay(tmp_path / "session").path)
    assert json_of(written("json", request_of(quiet)))["moments"] == moments(quiet)


def test_of_a_part_those_moments_are_told_that_touch_it(session: Session) -> None:
    first, end_ns = moments(session)[0], session.timeline.end_ns - session.timeline.start_ns
    after_ns = round(first["end_s"] * 1e9) + 1
    part = json_of(written("json", request_of(session, from_ns=after_ns)))["moments"]
    assert part == [each for each in moments(session) if round((each["end_s"] or end_ns) * 1e9) >= after_ns]
    assert first not in part
    of_lanes = json_of(written("json", request_of(session, lanes="spinner")))
    known = {worker["id"] for worker in of_lanes["workers"]}
    assert of_lanes["moments"]
    assert all(known.intersection(each["workers"]) or not each["workers"] for each in of_lanes["moments"])
    assert len(of_lanes["moments"]) < len(moments(session))


def test_every_column_is_explained_in_the_json(session: Session) -> None:
    exported = json_of(written("json", request_of(session)))
    for table in ("workers", "wakes", "spans"):
        assert {key for row in exported[table] for key in row} <= exported["columns"][table].keys()
        assert all(exported["columns"][table].values())


def test_the_page_about_the_columns_tells_of_each(session: Session) -> None:
    page = Path(columns.__file__).with_name("COLUMNS.md").read_text("utf-8")
    sections = [dict(re.findall(r"^\| (\w+) \| (.*) \|$", part, re.M)) for part in page.split("\n## ")[1:]]
    for told, names in zip(sections, (columns.SPANS, columns.WORKERS, columns.WAKES)):
        assert {key: words for key, words in told.items() if words != "meaning"} == names
    exported = json_of(written("json", request_of(session)))
    assert {key for key, words in sections[3].items() if words != "value"} == exported.keys()
    assert sections[3]["session"].split(", ") == list(exported["session"])


def test_no_name_is_a_formula_or_leaves_its_field(tmp_path: Path) -> None:
    request = request_of(hostile_session(tmp_path / "session"))
    data = written("csv-workers", request)
    names = [row["name"] for row in csv_rows(data)]
    assert "'=cmd|' /C calc'!A0" in names
    assert "'@SUM(1)" in names
    assert 'quote " comma , semi ;' in names
    assert all(map(harmless, names))
    assert data.count(b"\n") == len(names) + 1


def test_hostile_names_stay_in_their_json_strings(tmp_path: Path) -> None:
    request = request_of(hostile_session(tmp_path / "session"))
    data = written("json", request)
    assert b"\x1b" not in data
    names = {worker["name"] for worker in json.loads(data)["workers"]}
    assert any("</script>" in name for name in names)
    assert all(map(harmless, names))


def test_an_empty_part_of_a_session_is_refused(session: Session) -> None:
    with pytest.raises(ExportError, match="there is nothing from"):
        request_of(session, from_ns=10**13)


def test_what_began_before_the_session_is_cut_only_where_a_cut_was_asked_for(session: Session) -> None:
    whole = Request(session, START_NS, session.timeline.end_ns)
    assert written("csv", whole) == written("csv", request_of(session))
