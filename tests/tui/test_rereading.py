"""What was watched live shows, once it is over, exactly what a replay of the session shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.session.session import Session
from concviz.tui import rereading
from concviz.tui.view import SessionView
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, opened
from tests.tui.steps import MS, name_of, screen_of, select


def spans(session: Session) -> dict[str, list[tuple[int, int]]]:
    """Begins and codes of the spans of every worker."""
    found = {}
    for lane in session.timeline.lanes:
        n = lane.spans.total
        found[lane.id] = list(zip(lane.spans.starts[:n].tolist(), lane.spans.rest["code"][:n].tolist()))
    return found


def watched(path: Path) -> tuple[SessionView, Session]:
    """A session that was watched in many pieces to its end, and its first reading."""
    story = crawl(path, running=True, until=100)
    view = SessionView(opened(story, 100))
    first = view.session
    for at_ms in range(150, 2400, 50):
        story.write(at_ms)
        view.advance(START_NS + at_ms * MS)
    finish(path)
    for _ in range(10):
        view.advance(START_NS + 60_000 * MS)
    return view, first


def finish(path: Path) -> None:
    """The same program has ended."""
    crawl(path)


def test_what_was_watched_is_read_once_more_when_it_is_over(tmp_path: Path) -> None:
    view, first = watched(tmp_path / "session")
    assert view.session is not first
    assert view.timeline is view.session.timeline
    assert spans(view.session) == spans(opened(crawl(tmp_path / "replayed"), 3000))
    session = view.session
    view.advance(START_NS + 61_000 * MS)
    assert view.session is session, "once"


def test_what_is_replayed_is_not(tmp_path: Path) -> None:
    session = opened(crawl(tmp_path / "session"), 3000)
    view = SessionView(session)
    for at_ms in (3000, 4000):
        view.advance(START_NS + at_ms * MS)
    assert view.session is session


async def test_selection_folds_and_cursor_stay(tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1500)
    app = app_over(opened(story, 1500), at_ms=1500)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        app.tick()
        screen = screen_of(pilot)
        first, core_lanes = screen.view.session, screen.core_lanes
        await select(pilot, "SpawnProcess-1")
        screen.view.toggle()
        folded = {screen.view.timeline.workers[at].name for at in screen.view.folds.folded}
        await select(pilot, "spinner_0")
        screen.view.viewport.move_cursor(START_NS + 700 * MS)
        finish(tmp_path / "session")
        app.clock = lambda: START_NS + 60_000 * MS
        for _ in range(30):
            app.tick()
        assert screen.view.session is not first
        assert not screen.moments.looking
        assert name_of(screen) == "spinner_0"
        assert {screen.view.timeline.workers[at].name for at in screen.view.folds.folded} == folded != set()
        assert screen.view.viewport.cursor_ns == START_NS + 700 * MS
        assert screen.core_lanes is not core_lanes
        assert screen.core_lanes.cores is screen.view.timeline.cores
        screen.redraw()
        heads = [screen.lanes.render_line(y).text for y in range(len(screen.view.rows))]
        assert any("spinner_0" in head for head in heads)


def test_one_that_is_very_long_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "MOST_EVENTS", 3)
    view, first = watched(tmp_path / "session")
    assert view.session is first
