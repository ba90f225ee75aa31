"""Workers that fall are told of: by which exception, exit code or signal, at the instant of their end."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.endings import exception, said_how
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import said
from concviz.core.insight.moments import Moments
from concviz.core.insight.stats import stats
from concviz.core.language import current, use
from concviz.core.model import Outcome
from concviz.core.session.session import Session
from concviz.core.timeline.lane import Lane
from tests.core.timeline.build import START_NS, Story


def story(path: Path, *, exit_code: int = 1, uncaught: str = "") -> Session:
    """A thread and three tasks fail, one is cancelled, a child is killed and another one asked to end."""
    told = Story(path, command=["python", "app.py"], pid=100)
    app = told.process(100)
    app.fact("main", "app.py")
    main = app.thread("MainThread", tid=100, main=True).loop(5)
    for number, (ends, name) in enumerate(
        [(L.REF_FAILED, "ValueError"), (L.REF_FAILED, "ValueError"), (L.REF_CANCELLED, ""),
         (L.REF_FAILED, "KeyError")]
    ):
        task = main.task(f"job-{number}", born=10)
        task.step(200 + number, 201 + number, ended=ends, text=app.text(name) if name else 0)
    thread = app.thread("helper", tid=111, born=20, parent=main)
    thread.end(300, L.OUTCOME_FAILED, "OSError")
    for pid, signal, at in ((120, -9, 400), (130, -15, 450)):
        app.child(50, pid, "spawn", f"child-{pid}", by=main)
        child = told.process(pid, ppid=100, opened=60)
        inner = child.thread("MainThread", tid=pid, main=True)
        inner.block(100, at, L.OP_IO_READ, child.site("/a.py", 1, "f"))
        child.closed = at
        app.child_end(at, pid, signal)
    if uncaught:
        main.end(490, L.OUTCOME_FAILED, uncaught)
    app.closed = 500
    told.end(500, exit_code)
    told.write()
    session = Session.open(path)
    session.advance(START_NS + 10**9, limit=1_000_000)
    return session


def falls(session: Session) -> list[Moment]:
    moments = Moments(session.timeline)
    while moments.advance(session.timeline.end_ns, over=True):
        pass
    return [moment for moment in moments.all if moment.kind is Kind.FAILED]


def main_of(session: Session) -> Lane:
    return next(lane for lane in session.timeline.lanes if lane.id == "p100.t1")


def test_every_fall_is_a_moment_at_the_worker_s_end(tmp_path: Path) -> None:
    session = story(tmp_path / "s")
    found = falls(session)
    lanes = session.timeline.lanes
    assert [(lanes[m.worker].name, said(m, session.timeline)) for m in found] == [
        ("job-0", "job-0 failed: an uncaught ValueError, and 1 other in the same way"),
        ("job-3", "job-3 failed: an uncaught KeyError"),
        ("helper", "helper failed: an uncaught OSError"),
        ("child-120", "child-120 was killed: SIGKILL"),
        ("app.py", "app.py ended with exit code 1"),
    ]
    assert [m.t0_ns + 1 for m in found] == [lanes[m.worker].end_ns for m in found]


def test_nobody_is_said_to_have_killed_what_ended_unseen(tmp_path: Path) -> None:
    told = Story(tmp_path / "s")
    told.process(100).thread("main", tid=100, main=True)
    told.process(200, ppid=100, opened=10).fact("argv", "service").thread("main", tid=200, main=True)
    session = Session.open(told.end(90).write())
    session.advance(START_NS + 10**9, limit=1_000_000)
    assert [said(m, session.timeline) for m in falls(session)] == [
        "service is gone: how it ended is not known"]


def test_what_ended_the_main_thread_is_told_of_its_process_once(tmp_path: Path) -> None:
    session = story(tmp_path / "s", uncaught="LookupError")
    moment = falls(session)[-1]
    process, main = session.timeline.lanes[moment.worker], main_of(session)
    assert said(moment, session.timeline) == "app.py failed: an uncaught LookupError"
    assert len(falls(session)) == 5
    assert (main.name, main.detail, main.end_ns) == ("MainThread", "LookupError", process.end_ns)
    named = {worker["id"]: (worker["exception"], worker["detail"]) for worker in stats(session)["workers"]}
    assert (named["p100"], named["p100.t1"]) == ((None, "exit code 1"), ("LookupError", "LookupError"))


def test_an_exit_code_that_says_otherwise_is_believed(tmp_path: Path) -> None:
    main = main_of(story(tmp_path / "s", uncaught="LookupError", exit_code=0))
    assert (main.outcome, main.detail) == (Outcome.DONE, "")


def test_what_ends_well_is_none(tmp_path: Path) -> None:
    session = story(tmp_path / "s", exit_code=0)
    assert [session.timeline.lanes[m.worker].name for m in falls(session)] == [
        "job-0", "job-3", "helper", "child-120",
    ]


def test_while_it_runs_each_is_told_once(tmp_path: Path) -> None:
    session = story(tmp_path / "s")
    moments, counts = Moments(session.timeline), list[int]()
    for ms in range(0, 520, 20):
        moments.advance(START_NS + ms * 1_000_000)
        counts.append(sum(m.kind is Kind.FAILED for m in moments.all))
    assert counts == sorted(counts)
    while moments.advance(session.timeline.end_ns, over=True):
        pass
    assert sum(m.kind is Kind.FAILED for m in moments.all) == 5


def test_the_figures_name_the_exception_where_it_is_known(tmp_path: Path) -> None:
    session = story(tmp_path / "s")
    named = {worker["name"]: worker["exception"] for worker in stats(session)["workers"]}
    assert named["job-0"] == "ValueError"
    assert named["helper"] == "OSError"
    assert [named[name] for name in ("job-2", "app.py", "child-120", "MainThread")] == [None] * 4
    (job,) = (worker for worker in session.timeline.workers if worker.name == "job-3")
    assert exception(job) == "KeyError"


def test_how_it_ended_is_said_in_the_learner_s_language(request: pytest.FixtureRequest) -> None:
    before = current()
    request.addfinalizer(lambda: use(before))
    use("ru")
    assert said_how("exit code 3") == "код выхода 3"
    assert said_how("its process ended") != "its process ended"
    assert said_how("ValueError") == "ValueError"
