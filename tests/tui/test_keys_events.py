"""Keys that follow what happened, pressed: events, wake-ups, marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.tui.widgets.inspector import Inspector
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, opened, relay
from tests.tui.steps import MS, name_of, press, select


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


@pytest.mark.parametrize("key", ["full_stop", "greater_than_sign"])
async def test_a_paused_view_says_that_more_has_happened(tmp_path: Path, key: str) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    now = [START_NS + 1000 * MS]
    app = app_over(opened(story, 1000))
    app.clock = lambda: now[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await select(pilot, "fetch-8")
        await press(pilot, "space")
        story.write(1500)
        now[0] += 500 * MS
        app.tick()
        frozen_ns = screen.view.viewport.frozen_ns
        screen.view.viewport.move_cursor(frozen_ns)
        await press(pilot, key)
        assert screen.view.viewport.cursor_ns == frozen_ns
        told = [n.message for n in app._notifications]
        assert told == ["the view is paused here: space shows what came since"]


async def test_after_the_last_event_of_all_there_is_no_later_one(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "home")
    screen.view.viewport.move_cursor(START_NS + 2000 * MS)
    await press(pilot, "greater_than_sign")
    assert "no later event" in [n.message for n in pilot.app._notifications]


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


async def test_a_task_that_woke_itself_stays_selected_and_the_key_leads_on(tmp_path: Path) -> None:
    async with app_over(opened(relay(tmp_path / "session"), 40)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await select(pilot, "taker")
        screen.view.viewport.move_cursor(START_NS + 36 * MS)
        screen.redraw()
        inspector = screen.query_one("#inspector", Inspector)
        assert any("woken by itself" in inspector.render_line(y).text for y in range(inspector.size.height))
        await press(pilot, "left_square_bracket")
        assert name_of(screen) == "taker"
        assert screen.view.viewport.cursor_ns == START_NS + 30 * MS
        assert "taker woke itself at 0.030 s" in [n.message for n in pilot.app._notifications]
        await press(pilot, "left_square_bracket")
        assert name_of(screen) == "giver"


async def test_marks(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "home", "m", "d", "d", "m")
    view = screen.view
    second = view.viewport.cursor_ns
    assert view.marks.at == [START_NS, second]
    await press(pilot, "apostrophe")
    assert view.viewport.cursor_ns == START_NS
    await press(pilot, "apostrophe")
    assert view.viewport.cursor_ns == second
    await press(pilot, "m")
    assert view.marks.at == [START_NS]
