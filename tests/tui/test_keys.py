"""Every key of the timeline screen, pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.tui.screens.help import HelpScreen
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.viewport import Mode
from concviz.tui.widgets.header import Header
from concviz.tui.widgets.inspector import Inspector
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, hostile, many, opened, relay

MS = 1_000_000


@pytest.fixture
async def pilot(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    app = app_over(opened(crawl(tmp_path / "session")), shots=tmp_path / "shots")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        yield pilot


def screen_of(pilot: Pilot[int]) -> TimelineScreen:
    screen = pilot.app.screen
    assert isinstance(screen, TimelineScreen)
    return screen


async def press(pilot: Pilot[int], *keys: str) -> TimelineScreen:
    await pilot.press(*keys)
    await pilot.pause()
    return screen_of(pilot)


def name_of(screen: TimelineScreen) -> str:
    assert screen.view.worker is not None
    return screen.view.worker.name


async def select(pilot: Pilot[int], name: str) -> TimelineScreen:
    screen = screen_of(pilot)
    index = next(w.index for w in screen.view.timeline.workers if w.name == name)
    screen.view.choose_worker(index)
    screen.redraw()
    await pilot.pause()
    return screen


async def test_an_ended_session_is_shown_whole(pilot: Pilot[int]) -> None:
    view = screen_of(pilot).view.viewport
    assert view.mode is Mode.ENDED
    assert view.first == 0
    assert view.t1_ns >= START_NS + 2000 * MS


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


async def test_events_of_the_lane(pilot: Pilot[int]) -> None:
    screen = await select(pilot, "fetch-2")
    await press(pilot, "home", "full_stop")
    worker = screen.view.worker
    assert worker is not None
    first = screen.view.viewport.cursor_ns
    assert first == worker.start_ns
    await press(pilot, "full_stop")
    second = screen.view.viewport.cursor_ns
    assert second > first
    await press(pilot, "comma")
    assert screen.view.viewport.cursor_ns == first


async def test_events_of_any_lane_move_the_selection(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "home")
    seen = []
    for _ in range(6):
        await press(pilot, "greater_than_sign")
        seen.append(screen.view.viewport.cursor_ns)
    assert seen == sorted(set(seen))
    assert name_of(screen) != "crawl.py"
    await press(pilot, "less_than_sign")
    assert screen.view.viewport.cursor_ns == seen[-2]


async def test_wake_ups_by_no_worker_are_told(pilot: Pilot[int]) -> None:
    screen = await select(pilot, "fetch-2")
    await press(pilot, "left_square_bracket")
    assert name_of(screen) == "fetch-2"
    assert any("woken by" in n.message for n in pilot.app._notifications)


async def test_wake_ups_lead_from_worker_to_worker_and_back(tmp_path: Path) -> None:
    async with app_over(opened(relay(tmp_path / "session"), 40)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await select(pilot, "taker")
        screen.view.viewport.move_cursor(START_NS + 26 * MS)
        await press(pilot, "left_square_bracket")
        assert name_of(screen) == "giver"
        assert screen.view.viewport.cursor_ns == START_NS + 20 * MS
        await press(pilot, "right_square_bracket")
        assert name_of(screen) == "taker"


async def test_marks(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "home", "m", "d", "d", "m")
    view = screen.view
    second = view.viewport.cursor_ns
    assert view.marks == [START_NS, second]
    await press(pilot, "apostrophe")
    assert view.viewport.cursor_ns == START_NS
    await press(pilot, "apostrophe")
    assert view.viewport.cursor_ns == second
    await press(pilot, "m")
    assert view.marks == [START_NS]


async def test_filter(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "slash", *"spinn", "enter")
    names = [screen.view.timeline.workers[row.worker].name for row in screen.view.rows]
    assert names[-2:] == ["spinner_0", "spinner_1"]
    assert len(names) == 3
    assert name_of(screen) == "spinner_0"
    before = len(names)
    await press(pilot, "escape")
    assert len(screen.view.rows) > before
    assert name_of(screen) == "spinner_0"


async def test_output_small_large_hidden(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "o")
    states = [(screen.output.display, screen.output.size.height)]
    for _ in range(2):
        await press(pilot, "o")
        states.append((screen.output.display, screen.output.size.height))
    shown = [height for display, height in states if display]
    assert len(shown) == 2
    assert max(shown) > min(shown)
    assert screen.output.printed.lines[:3] == ["fetching 8 pages", "ok page 1", "progress 90 %"]
    assert "\x1b" not in "".join(screen.output.printed.lines)


async def test_legend_and_theme(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "l")
    assert not screen.query_one("#legend").display
    await press(pilot, "l")
    assert screen.query_one("#legend").display
    themes = []
    for _ in range(3):
        await press(pilot, "t")
        themes.append(screen.palette.name)
    assert themes == ["concviz-light", "concviz-contrast", "concviz-dark"]


async def test_screenshot_says_where(pilot: Pilot[int], tmp_path: Path) -> None:
    await press(pilot, "S", "S")
    names = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert names[0].endswith("-20261122-100000-2.svg")
    assert names[1].endswith("-20261122-100000.svg")
    picture = (tmp_path / "shots" / names[1]).read_text()
    assert picture.startswith("<svg")
    assert "url(http" not in picture.replace('"', "")
    assert any("saved" in n.message for n in pilot.app._notifications)


async def test_a_screenshot_that_cannot_be_written_is_one_line(pilot: Pilot[int], tmp_path: Path) -> None:
    (tmp_path / "shots").write_text("a file")
    await press(pilot, "S")
    messages = [n.message for n in pilot.app._notifications]
    assert len(messages) == 1
    assert messages[0].startswith("no screenshot: ")
    assert "\n" not in messages[0]


async def test_help(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark")
    await pilot.pause()
    assert isinstance(pilot.app.screen, HelpScreen)
    await pilot.press("escape")
    await pilot.pause()
    assert isinstance(pilot.app.screen, TimelineScreen)


async def test_quit_leaves_at_once_when_nothing_runs(pilot: Pilot[int]) -> None:
    await pilot.press("q")
    await pilot.pause()
    assert not pilot.app.is_running or pilot.app.return_value == 0


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


async def test_click_wheel_and_drag(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    lanes = screen.lanes
    await pilot.click(lanes, offset=(lanes.head_columns + 20, 3))
    await pilot.pause()
    port = screen.view.viewport
    assert screen.view.position == 3
    assert port.cursor_column == 20
    await pilot.mouse_down(lanes, offset=(lanes.head_columns + 20, 3))
    await pilot.mouse_up(lanes, offset=(lanes.head_columns + 20, 3))
    cell = port.cell_ns
    lanes.post_message(lanes.Wheeled(-1, port.time_at(20)))
    await pilot.pause()
    assert port.cell_ns == cell // 2
    first = port.first
    lanes.post_message(lanes.Dragged(5))
    await pilot.pause()
    assert port.first == first + 5
    assert screen.view.top == 0


async def test_the_palette_lists_every_command(pilot: Pilot[int]) -> None:
    titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
    assert "Zoom in (w)" in titles
    assert "Quit (q)" in titles


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (300, 100), (40, 12), (20, 5), (1, 1)])
async def test_any_size_at_any_time(pilot: Pilot[int], size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await pilot.pause()
    pilot.app.tick()
    await press(pilot, "j", "w", "o")
    await pilot.resize_terminal(100, 40)
    await pilot.pause()
    assert screen_of(pilot).view.viewport.columns > 40


@pytest.mark.parametrize("opens", [0, 1, 2])
async def test_a_small_screen_keeps_state_names_and_lanes(tmp_path: Path, opens: int) -> None:
    async with app_over(opened(crawl(tmp_path / "session"))).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        screen = await press(pilot, *["o"] * opens)
        assert screen.lanes.size.height >= 2
        assert "ENDED" in screen.query_one("#header", Header).render_line(0).text
        assert "Spaw" in screen.lanes.render_line(1).text


async def test_the_output_scrolls_back_and_stays(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "o")
    while not screen.output.display:
        await press(pilot, "o")
    screen.output.focus()
    screen.output.take(b"".join(b"line %d\n" % number for number in range(100)))
    screen.redraw()
    await press(pilot, "pageup")
    top = screen.output.render_line(1).text.strip()
    assert top.startswith("line ")
    screen.output.take(b"more\n" * 5)
    screen.redraw()
    assert screen.output.render_line(1).text.strip() == top
    await press(pilot, "end")
    assert screen.output.render_line(screen.output.size.height - 1).text.strip() == "more"
    await press(pilot, "home")
    assert screen.output.render_line(1).text.strip() == "fetching 8 pages"


async def test_a_long_name_leaves_the_state_in_sight(tmp_path: Path) -> None:
    async with app_over(opened(hostile(tmp_path / "session"), 100)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await select(pilot, next(
            worker.name for worker in screen_of(pilot).view.timeline.workers if worker.name.startswith("xxx")
        ))
        screen.view.viewport.move_cursor(START_NS + 50 * MS)
        screen.redraw()
        assert "waiting" in screen.query_one("#inspector", Inspector).render_line(0).text
