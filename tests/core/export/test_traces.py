"""Perfetto, Chrome and speedscope: read back by other means, they say what the session says."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from concviz.core.export.numbers import BEYOND, Numbers
from concviz.core.export.request import request_of
from concviz.core.insight.stats import stats
from concviz.core.insight.stats_moments import moments
from concviz.core.model import Kind, Worker
from concviz.core.session.session import Session
from tests.core.export.exported import (
    Perfetto,
    json_of,
    message,
    not_empty,
    split,
    state_sums,
    stats_sums,
    strings,
    text,
    written,
)
from tests.core.export.hostile import harmless, hostile_session
from tests.core.insight.blocking import blocked_often
from tests.core.timeline.build import ns
from tests.core.timeline.stories import WENT_ON, going_on, read
from tests.tui.sessions import PID, crawl, relay

MS = 1_000_000


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return read(crawl(tmp_path_factory.mktemp("crawl") / "session").path)


def lasting(path: Path) -> Session:
    """A loop that is blocked again and again, and two tasks that were seen in a deadlock that lasts."""
    story = blocked_often(path, blocks=4)
    story.write()
    line = {"deadlock": ["p100.a1", "p100.a2"], "site": ["/srv/app.py", 9], "at_ns": ns(200)}
    (path / "schedule.jsonl").write_text(json.dumps(line) + "\n")
    return read(path)


# -- Perfetto --------------------------------------------------------------------------------------------


def test_perfetto_slices_add_up_to_the_figures(session: Session) -> None:
    trace = Perfetto(written("perfetto", request_of(session)))
    ids = {}
    for track, _, _, _, arguments in trace.slices:
        ids.setdefault(track, arguments.get("id"))
    told = ((str(ids[track]), *split(name), t1 - t0) for track, t0, t1, name, _ in trace.slices)
    assert not_empty(state_sums(told)) == stats_sums(stats(session))


def test_perfetto_knows_processes_threads_and_tasks(session: Session) -> None:
    trace = Perfetto(written("perfetto", request_of(session)))
    processes = {uuid: message(d[3][0]) for uuid, d in trace.tracks.items() if d[3]}
    threads = {uuid: message(d[4][0]) for uuid, d in trace.tracks.items() if d[4]}
    assert {(text(p, 6), p[1][0]) for p in processes.values()} == {
        ("crawl.py", PID), ("SpawnProcess-1", PID + 20),
    }
    assert {(text(t, 5), t[1][0], t[2][0]) for t in threads.values()} >= {
        ("MainThread", PID, PID), ("spinner_0", PID, PID + 10), ("spinner_1", PID, PID + 11),
    }
    task = next(d for d in trace.tracks.values() if d[2] and text(d, 2) == "fetch-1")
    group = trace.tracks[task[5][0]]
    assert text(group, 2) == "tasks of MainThread"
    assert text(message(trace.tracks[group[5][0]][4][0]), 5) == "MainThread"
    ranks = [(text(d, 2), d[12][0]) for d in trace.tracks.values() if d[5] and d[5] == task[5]]
    assert [name for name, _ in sorted(ranks, key=lambda pair: pair[1])] == [
        f"fetch-{n}" for n in range(1, 9)
    ]


def test_perfetto_draws_an_arrow_from_the_waker_to_the_woken(tmp_path: Path) -> None:
    session = read(relay(tmp_path / "session").path)
    trace = Perfetto(written("perfetto", request_of(session)))
    giver, taker = (w.index + 1 for w in session.timeline.workers if w.kind is Kind.TASK)
    assert trace.arrows_out.keys() == trace.arrows_in.keys()
    arrows = [(trace.arrows_out[n], trace.arrows_in[n]) for n in trace.arrows_out]
    assert arrows == [((giver, 20 * MS), (taker, 20 * MS))]
    assert trace.instants == [(giver, 20 * MS, "wakes")]
    (ready,) = [s for s in trace.slices if s[0] == taker and s[1] == 20 * MS]
    assert ready[3] == "ready (loop)"
    assert ready[4]["woken_by"] == "giver"


def test_perfetto_counters_are_the_curves(session: Session) -> None:
    trace = Perfetto(written("perfetto", request_of(session)))
    peaks = {text(trace.tracks[uuid], 2): max(v for _, v in steps) for uuid, steps in trace.counters.items()}
    figures = stats(session)
    assert peaks == {name: figures[name]["peak"] for name in ("concurrency", "parallelism")}


def test_perfetto_has_the_moments_on_a_track_of_their_own(session: Session) -> None:
    trace = Perfetto(written("perfetto", request_of(session)))
    expected = moments(session)
    assert len(expected) > 1
    assert [(round(m["start_s"] * 1e9), m["text"], m["kind"], m["known"]) for m in expected] == [
        (t0, title, facts["kind"], facts["known"])
        for _, t0, _, title, facts in sorted(trace.moments, key=lambda moment: moment[1])
    ]
    assert not {track for track, *_ in trace.moments} & {track for track, *_ in trace.slices}


def test_what_overlaps_or_lasts_fits_in_a_trace_and_its_window(tmp_path: Path) -> None:
    session = lasting(tmp_path / "s")
    trace = Perfetto(written("perfetto", request_of(session, from_ns=250 * MS, to_ns=400 * MS)))
    tracks, begins, ends, _, facts = zip(*trace.moments)
    assert len(set(tracks)) == len(tracks) > 1
    assert (min(begins), max(ends)) == (250 * MS, 400 * MS)
    assert ("deadlock", "p100.a1, p100.a2") in [(fact["kind"], fact["workers"]) for fact in facts]


# -- Chrome ----------------------------------------------------------------------------------------------


def events(data: bytes, phase: str) -> list[dict[str, Any]]:
    found = json.loads(data.decode("ascii"), parse_float=Decimal)["traceEvents"]
    return [event for event in found if event["ph"] == phase]


def test_chrome_events_add_up_to_the_figures(session: Session) -> None:
    data = written("chrome", request_of(session))
    ids: dict[tuple[int, int], str] = {}
    told = []
    for event in (event for event in events(data, "X") if event["cat"] == "state"):
        ids.setdefault((event["pid"], event["tid"]), event["args"].get("id"))
        ns = event["dur"] * 1000
        assert ns == int(ns)
        told.append((ids[event["pid"], event["tid"]], *split(event["name"]), int(ns)))
    assert not_empty(state_sums(iter(told))) == stats_sums(stats(session))


def test_chrome_has_the_moments_in_threads_of_their_own(tmp_path: Path) -> None:
    session = lasting(tmp_path / "s")
    data = written("chrome", request_of(session))
    found = [event for event in events(data, "X") if event["cat"] == "moment"]
    assert sorted(event["name"] for event in found) == sorted(each["text"] for each in moments(session))
    (lasts,) = (event for event in found if event["args"]["kind"] == "deadlock")
    assert (lasts["ts"] + lasts["dur"]) * 1000 == session.timeline.end_ns - session.timeline.start_ns
    names = {e["tid"]: e["args"]["name"] for e in events(data, "M") if e["name"] == "thread_name"}
    assert {names[event["tid"]] for event in found} == {"worth a look"}
    assert not {e["tid"] for e in found} & {e["tid"] for e in events(data, "X") if e["cat"] == "state"}


def test_chrome_lanes_never_overlap(session: Session) -> None:
    ends: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for event in events(written("chrome", request_of(session)), "X"):
        lane = event["pid"], event["tid"]
        assert event["ts"] >= ends[lane]
        ends[lane] = event["ts"] + event["dur"]


def test_chrome_names_and_flows(tmp_path: Path) -> None:
    data = written("chrome", request_of(read(relay(tmp_path / "session").path)))
    names = {e["tid"]: e["args"]["name"] for e in events(data, "M") if e["name"] == "thread_name"}
    assert set(names.values()) == {"process relay.py", "MainThread", "task giver", "task taker"}
    (start,), (finish,) = events(data, "s"), events(data, "f")
    assert (names[start["tid"]], names[finish["tid"]]) == ("task giver", "task taker")
    assert start["id"] == finish["id"]
    assert start["ts"] == finish["ts"] == 20_000
    assert {e["name"] for e in events(data, "C")} == {"concurrency", "parallelism"}


def test_a_number_given_again_by_the_system_stays_apart() -> None:
    def worker(index: int, kind: Kind, parent: int | None, pid: int, tid: int) -> Worker:
        return Worker(index, f"w{index}", kind, parent, pid, tid, "", 0)

    workers = [
        worker(0, Kind.PROCESS, None, 7, 7), worker(1, Kind.THREAD, 0, 7, 7), worker(2, Kind.THREAD, 0, 7, 7),
        worker(3, Kind.PROCESS, 0, 7, 7), worker(4, Kind.THREAD, 3, 7, 7), worker(5, Kind.TASK, 4, 7, 7),
    ]
    numbers = Numbers(workers)
    assert [(numbers.pid(w), numbers.tid(w)) for w in workers] == [
        (7, 0), (7, 7), (7, BEYOND + 2), (BEYOND + 3, 0), (BEYOND + 3, 7), (BEYOND + 3, BEYOND + 5),
    ]


# -- speedscope ------------------------------------------------------------------------------------------


def test_speedscope_profiles_obey_the_format_and_add_up(session: Session) -> None:
    exported = json_of(written("speedscope", request_of(session)))
    assert exported["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = exported["shared"]["frames"]
    assert all(isinstance(frame["name"], str) for frame in frames)
    told = []
    for profile in exported["profiles"]:
        assert (profile["type"], profile["unit"]) == ("evented", "nanoseconds")
        id = profile["name"].rpartition("(")[2].rstrip(")")
        stack: list[tuple[int, int]] = []
        last = profile["startValue"]
        for event in profile["events"]:
            assert last <= event["at"] <= profile["endValue"]
            last = event["at"]
            if event["type"] == "O":
                stack.append((event["frame"], last))
                continue
            frame, begun = stack.pop()
            assert event["frame"] == frame
            if not stack:
                told.append((id, *split(frames[frame]["name"]), last - begun))
        assert not stack
    assert not_empty(state_sums(iter(told))) == stats_sums(stats(session))


# -- places -----------------------------------------------------------------------------------------------


def test_where_a_task_only_went_on_from_is_no_place_where_it_ran(tmp_path: Path) -> None:
    request = request_of(going_on(tmp_path / "session"))
    trace = Perfetto(written("perfetto", request))
    chrome = [(event["name"], event["args"]) for event in events(written("chrome", request), "X")]
    for slices in ([(name, facts) for *_, name, facts in trace.slices], chrome):
        ran = [facts for name, facts in slices if name == "running"]
        told = sorted((facts["site"], facts.get("after", "no")) for facts in ran if "site" in facts)
        assert told == sorted(
            (f"job (/srv/app.py:{line})", "true" if after else "no") for *_, line, after in WENT_ON
        )
    frames = json_of(written("speedscope", request))["shared"]["frames"]
    names = {(frame["name"], frame.get("line")) for frame in frames if "job" in frame["name"]}
    assert names == {("job", 3), ("job", 4), ("after line 1 of job", 1), ("after line 3 of job", 3)}


def test_in_speedscope_no_time_after_an_await_is_in_the_function_that_was_awaited(tmp_path: Path) -> None:
    exported = json_of(written("speedscope", request_of(going_on(tmp_path / "session"))))
    frames, stack = [frame["name"] for frame in exported["shared"]["frames"]], list[str]()
    below: set[str] = set()
    for event in (event for profile in exported["profiles"] for event in profile["events"]):
        if event["type"] == "C":
            stack.pop()
            continue
        stack.append(frames[event["frame"]])
        if stack[-1] == "asyncio.sleep":
            below.add(stack[0])
    assert below == {"ready (loop)", "waiting (sleep)"}


# -- names -----------------------------------------------------------------------------------------------


def test_no_name_breaks_out_of_a_trace(tmp_path: Path) -> None:
    request = request_of(hostile_session(tmp_path / "session"))
    trace = Perfetto(written("perfetto", request))
    words = [text(d, 2) for d in trace.tracks.values() if d[2]]
    words += [word for *_, arguments in trace.slices for word in arguments.values()]
    for name in ("chrome", "speedscope"):
        data = written(name, request)
        assert all(byte >= 0x20 or byte == 0x0A for byte in data)
        words += list(strings(json_of(data)))
    assert any("<script>" in word for word in words)
    assert all(map(harmless, words))


