"""The screens as pictures: fixed sessions and a clock that stands still, compared byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from concviz.core.launch import sessions
from concviz.core.launch.sessions import RecentSession
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.dialogs import QuitScreen, RunScreen
from tests.tui.sessions import app_over, crawl, hostile, many, opened

Compare = Callable[..., bool]
SIZES = ((80, 24), (120, 40), (200, 50))


def lane(name: str, at_ms: int, *keys: str) -> Callable[[Pilot[Any]], Any]:
    """Select a lane and an instant, then press keys."""

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        screen = pilot.app.watching  # type: ignore[attr-defined]
        index = next(w.index for w in screen.view.timeline.workers if w.name == name)
        screen.view.viewport.move_cursor(screen.view.timeline.start_ns + at_ms * 1_000_000)
        screen.view.choose_worker(index)
        await pilot.press(*keys)
        await pilot.pause()
        screen.redraw()
        await pilot.pause()

    return before


async def settled(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    for _ in range(5):
        pilot.app.tick()  # type: ignore[attr-defined]
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("palette", ["concviz-dark", "concviz-light", "concviz-contrast", "concviz-16"])
def test_ended(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], palette: str) -> None:
    app = app_over(opened(crawl(tmp_path / "session")), palette=palette)
    assert snap_compare(app, terminal_size=size, run_before=lane("spinner_0", 1400))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_color(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(opened(crawl(tmp_path / "session")), palette=None)
    assert app.palette.plain
    assert snap_compare(app, terminal_size=size, run_before=lane("fetch-4", 500))


def test_live(snap_compare: Compare, tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    assert snap_compare(
        app_over(opened(story, 1000), at_ms=1000), terminal_size=(120, 40), run_before=settled
    )


def test_paused(snap_compare: Compare, tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    app = app_over(opened(story, 1000), at_ms=1000)

    async def pause(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press("space")
        app.clock = lambda: 1_000_000_000_000 + 1_750_000_000
        await settled(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=pause)


def test_zoomed_in_with_marks(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session")))
    assert snap_compare(
        app,
        terminal_size=(120, 30),
        run_before=lane("fetch-2", 600, "w", "w", "m", "d", "m", "full_stop", "o"),
    )


def test_hostile_names(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_over(opened(hostile(tmp_path / "session")))
    assert snap_compare(app, terminal_size=(120, 30), run_before=settled)


def test_many_ended_tasks(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_over(opened(many(tmp_path / "session", 10_000)))
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled)


def test_nothing_yet(snap_compare: Compare, tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=-1)
    assert snap_compare(app_over(opened(story, 0), at_ms=0), terminal_size=(80, 24), run_before=settled)


def test_help(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session")))
    assert snap_compare(app, terminal_size=(120, 60), press=["question_mark"])


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> ConcvizApp:
    recorded = [
        RecentSession(Path("/s/app-1"), "app", ("app.py",), "2026-11-21T09:00:00", 4_200_000_000, 0, False),
        RecentSession(Path("/s/x"), "[red]x[/]", ("x",), "2026-11-20T09:00:00", None, None, True),
    ]
    monkeypatch.setattr(sessions, "recent", lambda n, **_: recorded)
    return app_over(None)


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (200, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_home(snap_compare: Compare, home: ConcvizApp, size: tuple[int, int]) -> None:
    assert snap_compare(home, terminal_size=size)


def test_home_recent(snap_compare: Compare, home: ConcvizApp) -> None:
    assert snap_compare(home, terminal_size=(100, 24), press=["j", "j", "j", "j", "j"])


def test_run_dialog(snap_compare: Compare, home: ConcvizApp) -> None:
    async def ask(pilot: Pilot[Any]) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunScreen)
        pilot.app.screen.query_one("#target").cursor_blink = False  # type: ignore[attr-defined]
        await pilot.press(*"app.py")
        await pilot.pause()

    assert snap_compare(home, terminal_size=(80, 24), run_before=ask)


def test_quit_dialog(snap_compare: Compare, tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session")))

    async def ask(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app.push_screen(QuitScreen("crawl.py"))
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=ask)
