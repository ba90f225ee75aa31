"""A session that is over, played: the cursor moves by the clock, the window follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.tui.app import ConcvizApp
from concviz.tui.viewport import Mode
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, opened
from tests.tui.steps import MS, press, screen_of

Wait = Callable[[int], None]


@pytest.fixture
def app(tmp_path: Path) -> ConcvizApp:
    return app_over(opened(crawl(tmp_path / "session")))


@pytest.fixture
async def pilot(app: ConcvizApp) -> AsyncIterator[Pilot[int]]:
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        app.tick()
        yield pilot


@pytest.fixture
def wait(app: ConcvizApp) -> Wait:
    """Let so many milliseconds pass, in ticks of 40."""
    now = [app.clock()]
    app.clock = lambda: now[0]

    def passes(ms: int) -> None:
        for step in range(0, ms, 40):
            now[0] += min(40, ms - step) * MS
            app.tick()

    return passes


def header(pilot: Pilot[int]) -> str:
    screen = screen_of(pilot)
    screen.redraw()
    strips = screen.query_one("#header").render_lines(screen.query_one("#header").region.reset_offset)
    return strips[0].text


async def test_space_plays_from_the_begin_and_pauses(pilot: Pilot[int], wait: Wait) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "space")
    assert port.cursor_ns == START_NS
    wait(300)
    assert port.cursor_ns == START_NS + 300 * MS
    assert "▶ ×1" in header(pilot)
    await press(pilot, "space")
    wait(300)
    assert port.cursor_ns == START_NS + 300 * MS
    assert port.mode is Mode.ENDED
    assert "■ ENDED exit 1" in header(pilot)


async def test_faster_slower_and_back(pilot: Pilot[int], wait: Wait) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "home", "space", "right_parenthesis")
    wait(400)
    assert port.cursor_ns == START_NS + 800 * MS
    await press(pilot, "r")
    assert "◀ ×2" in header(pilot)
    wait(100)
    assert port.cursor_ns == START_NS + 600 * MS
    await press(pilot, "left_parenthesis", "left_parenthesis")
    wait(200)
    assert port.cursor_ns == START_NS + 500 * MS


async def test_it_stops_at_the_end_and_begins_anew(pilot: Pilot[int], wait: Wait) -> None:
    view = screen_of(pilot).view
    await press(pilot, "space")
    wait(2100)
    assert (view.viewport.cursor_ns, view.player.playback.playing) == (view.viewport.end_ns, False)
    await press(pilot, "space")
    wait(80)
    assert view.viewport.cursor_ns == START_NS + 80 * MS


async def test_where_the_reader_goes_it_goes_on_from_there(pilot: Pilot[int], wait: Wait) -> None:
    view = screen_of(pilot).view
    view.viewport.move_cursor(START_NS + 1500 * MS)
    await press(pilot, "m", "home", "space")
    wait(200)
    await press(pilot, "apostrophe")  # to the mark
    wait(80)
    assert START_NS + 1500 * MS < view.viewport.cursor_ns <= START_NS + 1580 * MS
    await press(pilot, "0")  # the whole session: what plays goes on
    wait(80)
    assert START_NS + 1580 * MS <= view.viewport.cursor_ns <= START_NS + 1660 * MS
    await press(pilot, "end")
    wait(80)
    assert (view.viewport.cursor_ns, view.player.playback.playing) == (view.viewport.end_ns, False)


async def test_the_window_follows(pilot: Pilot[int], wait: Wait) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "home", "w", "w", "w", "w", "space")
    first = port.first
    wait(900)
    assert port.first > first
    assert port.cursor_column is not None


async def test_speeds_can_be_chosen_beforehand(pilot: Pilot[int], wait: Wait) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "right_parenthesis", "right_parenthesis", "r", "space")
    wait(100)
    assert port.cursor_ns == port.end_ns - 500 * MS


def footer(pilot: Pilot[int]) -> str:
    keys = screen_of(pilot).query_one("#keys")
    return keys.render_lines(keys.region.reset_offset)[0].text


async def test_at_the_begin_it_plays_forwards_and_says_so(
    app: ConcvizApp, pilot: Pilot[int], wait: Wait
) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "r", "home")
    app.clear_notifications()
    await press(pilot, "space")
    wait(200)
    assert port.cursor_ns == START_NS + 200 * MS
    assert [each.message for each in app._notifications] == ["▶ ×1: nothing comes before this"]


async def test_the_footer_says_what_space_does(pilot: Pilot[int]) -> None:
    assert "space play" in footer(pilot)
    await press(pilot, "space")
    assert "space pause" in footer(pilot)
    await press(pilot, "space")
    assert "space play" in footer(pilot)


async def test_what_runs_is_not_played(tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session", running=True, until=1000), 1000), at_ms=1000)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "r", "right_parenthesis", "space")
        assert screen.view.player.playback.words == "▶ ×1"
        assert (screen.view.player.playback.playing, screen.view.viewport.mode) == (False, Mode.PAUSED)


async def test_the_footer_of_what_runs_says_what_space_does(tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session", running=True, until=1000), 1000), at_ms=1000)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await press(pilot, "l")
        assert "space pause" in footer(pilot)
        await press(pilot, "space")
        assert "space resume" in footer(pilot)
