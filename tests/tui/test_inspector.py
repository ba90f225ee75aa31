"""What the inspector says about the selected lane."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.control.view import Blocked, Choice, State, View
from concviz.core.session.session import Session
from concviz.core.system.layout import ThreadState
from concviz.tui.details import Inspection
from concviz.tui.palettes import DARK
from concviz.tui.view import SessionView
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import going_on
from tests.tui.sessions import PID, app_over, crawl, opened
from tests.tui.steps import screen_of

MS = 1_000_000


@pytest.fixture
def computing(tmp_path: Path) -> Session:
    """A thread that was sampled at line 77 of spin.py while it computed."""
    story = Story(tmp_path / "session", command=["python", "spin.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True)
    for t in range(0, 101, 10):
        main.sample(t, ThreadState.HOLDS_GIL, cpu=t)
        main.stands(t, 77, "spin", file="/srv/spin.py")
    story.sweep(100, PID)
    app.closed = 100
    story.end(100, 0)
    story.write()
    return opened(story, 3000)


def test_a_computing_thread_says_at_which_line_it_was_seen(computing: Session) -> None:
    view = SessionView(computing)
    index = next(w.index for w in view.timeline.workers if w.name == "MainThread")
    view.choose_worker(index)
    view.viewport.move_cursor(START_NS + 55 * MS)
    facts = Inspection(view, DARK, lambda file, line: f"line {line} of {file}").facts()
    assert "".join(text for text, _ in facts.site) == "computing at spin.py:77 in spin  ≈ sampled"
    assert [text for text, _ in facts.source] == ["line 77 of /srv/spin.py"]
    places = ["".join(text for text, _ in words) for words in facts.places]
    assert any(words.endswith("≈ spin.py:77 spin") for words in places)


@pytest.mark.parametrize(("waits", "words"), [(False, "computing at"), (True, "blocking at")])
def test_a_task_that_runs_while_its_thread_waits_does_not_compute(
    tmp_path: Path, waits: bool, words: str
) -> None:
    story = Story(tmp_path / "session", command=["python", "loop.py"], pid=PID)
    main = story.process(PID).thread("MainThread", tid=PID, main=True).loop(1)
    main.task("page", born=2).step(10, 90, ended=L.REF_ENDED)
    if waits:
        main.block(12, 88, L.OP_IO_READ)
    for t in range(0, 101, 10):
        main.sample(t, ThreadState.HOLDS_GIL, cpu=t)
        main.stands(t, 34, "work", file="/srv/loop.py")
    story.sweep(100, PID)
    story.end(100, 0)
    story.write()
    view = SessionView(opened(story, 3000))
    view.choose_worker(next(w.index for w in view.timeline.workers if w.name == "page"))
    view.viewport.move_cursor(START_NS + 50 * MS)
    facts = Inspection(view, DARK, lambda file, line: "").facts()
    assert "".join(text for text, _ in facts.site) == f"{words} loop.py:34 in work  ≈ sampled"



@pytest.mark.parametrize(("name", "t_ms", "label", "line", "call"), [
    ("blocks", 110, "at", 4, ""), ("computes", 135, "after", 3, ""), ("computes", 53, "after", 1, ""),
    ("computes", 100, "at", 3, "asyncio.sleep  tasks.py:600"),
])
def test_what_a_task_went_on_from_is_not_told_as_where_it_ran(
    tmp_path: Path, name: str, t_ms: int, label: str, line: int, call: str,
) -> None:
    view = SessionView(going_on(tmp_path / "session"))
    view.choose_worker(next(w.index for w in view.timeline.workers if w.name == name))
    view.viewport.move_cursor(START_NS + t_ms * MS)
    facts = Inspection(view, DARK, lambda file, line: "").facts()
    site = "".join(text for text, _ in facts.site)
    assert (facts.where, site) == (label, f"app.py:{line} in job")
    assert "".join(text for text, _ in facts.call) == call
    ran = {" ".join("".join(text for text, _ in words).partition(" ×")[2].split())
           for words in facts.places if words[0][0].startswith("▇")}
    after = {"blocks": {"2 app.py:4 job", "1 after app.py:3 job"},
             "computes": {"1 after app.py:1 job", "1 after app.py:3 job"}}
    assert ran == after[name]


async def test_at_the_end_the_lanes_say_how_they_ended(tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session"), 3000), at_ms=3000)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        for _tick in range(10):
            app.tick()
        screen.redraw()
        heads = [screen.lanes.render_line(y).text[: screen.lanes.head_columns] for y in range(16)]
        names = ("crawl.py", "SpawnProcess-1", "spinner_0")
        ends = {name: head for head in heads for name in names if name in head}
        assert "✗ failed" in ends["crawl.py"]
        assert "† killed" in ends["SpawnProcess-1"]
        assert "✓ done" in ends["spinner_0"]
        facts = Inspection(screen.view, DARK, lambda file, line: "").facts()
        assert "".join(text for text, _ in facts.state).startswith("✗ failed exit code 1")
        screen.view.viewport.move_cursor(START_NS + 1000 * MS)
        facts = Inspection(screen.view, DARK, lambda file, line: "").facts()
        assert "failed" not in "".join(text for text, _ in facts.state)


def words_of(view: SessionView, name: str) -> tuple[str, str]:
    """What is said of a worker's state at the cursor, and of its work."""
    view.choose_worker(next(w.index for w in view.timeline.workers if w.name == name))
    facts = Inspection(view, DARK, lambda file, line: "").facts()
    return "".join(text for text, _ in facts.state), "".join(text for text, _ in facts.work)


def test_where_a_task_falls_it_says_with_which_exception(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["python", "hang.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True).loop(0)
    main.task("fine", born=1).step(10, 30, ended=L.REF_ENDED)
    main.task("poisoned", born=1).step(40, 60, ended=L.REF_FAILED, text=app.text("ValueError"))
    story.end(100, 1)
    story.write()
    view = SessionView(opened(story, 3000))
    for at_ns, expected in (
        (50 * MS, "▇ running"), (60 * MS - 1, "✗ failed ValueError  ▇ running"),
        (60 * MS, "✗ failed ValueError  0 s before"), (80 * MS, "✗ failed ValueError  20.0 ms before"),
    ):
        view.viewport.move_cursor(START_NS + at_ns)
        assert words_of(view, "poisoned")[0].startswith(expected)
    view.viewport.move_cursor(START_NS + 30 * MS - 1)
    assert words_of(view, "fine")[0].startswith("▇ running"), "nothing to say of what ends well"


def test_what_outlived_the_recording_is_not_said_to_have_ended(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["python", "start.py"], pid=PID)
    story.process(PID).thread("MainThread", tid=PID, main=True)
    story.born(10, 300, PID, "service")
    story.end(90, 0)
    story.usage(91, 300, 1)
    story.write()
    view = SessionView(opened(story, 3000))
    view.viewport.move_cursor(view.timeline.end_ns)
    assert words_of(view, "service")[0].startswith("outlived the recording")
    facts = Inspection(view, DARK, lambda file, line: "").facts()
    assert "".join(text for text, _ in facts.life) == "began 0.010 s"


def test_how_often_is_said_of_what(tmp_path: Path) -> None:
    view = SessionView(opened(crawl(tmp_path / "session"), 3000))
    assert words_of(view, "crawl.py")[1].startswith("1 run · ")
    assert words_of(view, "SpawnProcess-1")[1].startswith("2 runs · "), "it waited once"
    assert words_of(view, "spinner_0")[1].startswith("1 call · ")


@pytest.mark.parametrize("standing", ["ready", "blocked"])
def test_who_is_held_stands_as_long_as_its_panel_says(tmp_path: Path, standing: str) -> None:
    view = SessionView(opened(crawl(tmp_path / "session", running=True, until=1000), 1000))
    view.advance(START_NS + 3000 * MS)
    worker = next(w for w in view.timeline.workers if w.name == "MainThread")
    number = int(worker.id.rpartition("t")[2])
    since_ns = START_NS + 500 * MS
    who = {"key": "0.1/t1", "pid": worker.pid, "thread": number, "task": None, "name": "MainThread",
           "site": None, "since_ns": since_ns}
    choice = Choice(id="x", kind="lock", **who)
    blocked = Blocked(lock=1, lock_name="", owner="", **who)
    view.control = View(State.HELD, ready=(choice,)) if standing == "ready" else View(
        State.HELD, blocked=(blocked,))
    view.choose_worker(worker.index)
    view.viewport.show_latest()
    said = "".join(text for text, _ in Inspection(view, DARK, lambda file, line: "").facts().state)
    assert "  2.50 s so far  since 0.5000 s" in said
    assert ("ready, held" in said) is (standing == "ready")
    view.viewport.move_cursor(START_NS + 600 * MS)
    said = "".join(text for text, _ in Inspection(view, DARK, lambda file, line: "").facts().state)
    assert "2.50 s" not in said
