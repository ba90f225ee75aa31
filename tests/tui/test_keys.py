"""Keys that move through time and lanes, pressed."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from concviz.tui.viewport import Mode
from concviz.tui.widgets.header import Header
from concviz.tui.widgets.keys import Keys
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, many, opened
from tests.tui.steps import MS, name_of, press, screen_of, select


async def test_an_ended_session_is_shown_whole(pilot: Pilot[int]) -> None:
    view = screen_of(pilot).view.viewport
    assert view.mode is Mode.ENDED
    assert view.first == 0
    assert view.t1_ns >= START_NS + 2000 * MS


async def test_a_screen_that_was_left_draws_no_more(pilot: Pilot[int]) -> None:
    left = screen_of(pilot)
    await pilot.app.switch_screen(Screen())
    assert not left.query("#lanes")
    left.redraw()  # as what was asked for before and comes only now


async def test_what_a_screen_asked_for_before_it_was_left_does_not_come(pilot: Pilot[int]) -> None:
    left, calls = screen_of(pilot), list[str]()
    left.after_refresh(lambda: calls.append("stays"))
    await pilot.pause()
    left.after_refresh(lambda: calls.append("left"))
    left.use(left.palette)
    await pilot.app.switch_screen(Screen())
    await pilot.pause()
    assert calls == ["stays"]


@pytest.mark.parametrize(
    ("keys", "steps"), [(["j"], 1), (["down"], 1), (["j", "j", "k"], 1), (["j", "up"], 0)]
)
async def test_lane_keys(pilot: Pilot[int], keys: list[str], steps: int) -> None:
    assert (await press(pilot, *keys)).view.position == steps


async def test_zoom_keys_halve_and_double_the_cell(pilot: Pilot[int]) -> None:
    cell = screen_of(pilot).view.viewport.cell_ns
    assert (await press(pilot, "w")).view.viewport.cell_ns * 2 == cell
    assert (await press(pilot, "s")).view.viewport.cell_ns == cell


@pytest.mark.parametrize(("back", "on"), [("a", "d"), ("left", "right")])
async def test_pan_keys(pilot: Pilot[int], back: str, on: str) -> None:
    screen = await press(pilot, "w", "w", "w")
    before = screen.view.viewport.first
    await press(pilot, back)
    assert screen.view.viewport.first == before - screen.view.viewport.columns // 8
    await press(pilot, on)
    assert screen.view.viewport.first == before


async def test_cursor_keys(pilot: Pilot[int]) -> None:
    port = screen_of(pilot).view.viewport
    before = port.cursor_ns
    await press(pilot, "shift+left")
    assert port.cursor_ns == before - port.cell_ns
    await press(pilot, "shift+right")
    assert port.cursor_ns == before


async def test_home_end_and_whole(pilot: Pilot[int]) -> None:
    port = screen_of(pilot).view.viewport
    await press(pilot, "w", "w", "home")
    assert (port.first, port.cursor_ns) == (0, START_NS)
    await press(pilot, "end")
    assert port.following
    await press(pilot, "0")
    assert port.t1_ns >= START_NS + 2000 * MS
    assert port.first == 0


async def test_fit_goes_from_the_span_to_the_lane(pilot: Pilot[int]) -> None:
    screen = await select(pilot, "spinner_0")
    port = screen.view.viewport
    port.move_cursor(START_NS + 1400 * MS)
    await press(pilot, "f")
    assert START_NS + 1100 * MS < port.t0_ns <= START_NS + 1200 * MS
    assert port.t1_ns >= START_NS + 1700 * MS
    await press(pilot, "f")
    assert port.t0_ns <= START_NS + 200 * MS
    assert port.t1_ns >= START_NS + 1750 * MS


async def test_enter_folds_and_unfolds(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    before = len(screen.view.rows)
    await press(pilot, "enter")
    assert len(screen.view.rows) == 1
    await press(pilot, "enter")
    assert len(screen.view.rows) == before


async def test_enter_on_a_leaf_folds_its_parent(pilot: Pilot[int]) -> None:
    screen = await select(pilot, "fetch-3")
    await press(pilot, "enter")
    assert name_of(screen) == "MainThread"
    assert not any(screen.view.timeline.workers[row.worker].name == "fetch-3" for row in screen.view.rows)


async def test_filter(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "slash", *"spinn", "enter")
    keys = screen.query_one("#keys", Keys)
    assert keys.render_line(0).text.startswith(" filter: spinn · 2 of 14 lanes · Esc clears  ")
    names = [screen.view.timeline.workers[row.worker].name for row in screen.view.rows]
    assert names[-2:] == ["spinner_0", "spinner_1"]
    assert len(names) == 3
    assert name_of(screen) == "spinner_0"
    before = len(names)
    await press(pilot, "escape")
    assert len(screen.view.rows) > before
    assert name_of(screen) == "spinner_0"


async def test_what_was_told_while_a_filter_was_typed_is_there_when_the_keys_are(pilot: Pilot[int]) -> None:
    keys = (await press(pilot, "slash")).query_one("#keys", Keys)
    keys.update((("x", "unknown"),), "told meanwhile")  # before there is room for it
    keys.display = True
    await pilot.pause()
    assert keys.render_line(0).text.startswith(" told meanwhile  x unknown ")


async def test_pause_says_how_far_behind_it_is(tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    now = [START_NS + 1000 * MS]
    app = app_over(opened(story, 1000))
    app.clock = lambda: now[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "space")
        port = screen.view.viewport
        assert port.mode is Mode.PAUSED
        story.write(1500)
        now[0] += 500 * MS
        app.tick()
        assert 400 * MS < port.behind_ns < 700 * MS
        await press(pilot, "space")
        assert port.mode is Mode.LIVE


async def test_a_paused_picture_holds_still(tmp_path: Path) -> None:
    story = many(tmp_path / "session", 400)
    story.write(500)
    now = [START_NS + 500 * MS]
    app = app_over(opened(story, 500))
    app.clock = lambda: now[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "space")
        view = screen.view
        before, population = list(view.rows), dict(view.population)
        story.write()
        now[0] += 500 * MS
        app.tick()
        assert len(view.timeline.workers) == 402
        assert (view.rows, view.population) == (before, population)
        await press(pilot, "space")
        assert view.population != population
        assert [row.title for row in view.rows if row.group] == ["397 ended tasks"]


async def test_the_figures_of_a_paused_view_are_of_the_instant_it_holds(tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    now = [START_NS + 1000 * MS]
    app = app_over(opened(story, 1000))
    app.clock = lambda: now[0]
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "space")
        view, header = screen.view, screen.query_one("#header", Header)
        (spinner,) = [w.index for w in view.timeline.workers if w.name == "spinner_0"]
        story.write(1100)
        now[0] += 100 * MS
        app.tick()
        screen.redraw()
        assert view.viewport.behind_ns
        before, totals = figures(header), view.totals(spinner)
        story.write(1900)
        now[0] += 800 * MS
        app.tick()
        screen.redraw()
        assert (figures(header), view.totals(spinner)) == (before, totals)
        await press(pilot, "space")
        assert figures(header) != before
        assert view.totals(spinner).alive_ns > totals.alive_ns


def figures(header: Header) -> str:
    """The header's words on concurrency and parallelism."""
    words = header.render_line(1).text
    assert words.count("mean") == 2
    return words[: words.rindex("peak") + len("peak 99")]


async def test_ended_tasks_collapse_and_open(tmp_path: Path) -> None:
    app = app_over(opened(many(tmp_path / "session", 10_000)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        groups = [row for row in screen.view.rows if row.group]
        assert [row.title for row in groups] == ["9 997 ended tasks"]
        screen.view.choose(screen.view.rows.index(groups[0]))
        await press(pilot, "enter")
        assert len(screen.view.rows) > 9_997


async def test_a_jump_opens_ended_tasks_for_as_long_as_it_is_in_there(tmp_path: Path) -> None:
    app = app_over(opened(many(tmp_path / "session", 200)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        before = [row.key for row in screen.view.rows]
        await select(pilot, "job-7")
        assert len(screen.view.rows) > 190
        await press(pilot, "down", "down")
        assert name_of(screen) == "job-9"
        assert len(screen.view.rows) > 190, "one can look around"
        await select(pilot, "MainThread")
        assert [row.key for row in screen.view.rows] == before
        group = next(place for place, row in enumerate(screen.view.rows) if row.group)
        screen.view.choose(group)
        await press(pilot, "enter")
        await select(pilot, "job-7")
        await select(pilot, "MainThread")
        assert len(screen.view.rows) > 190, "the reader has opened it"
