"""Any size of the terminal, and names of any length."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.tui.widgets.header import Header
from concviz.tui.widgets.inspector import Inspector
from tests.core.timeline.build import START_NS, Story
from tests.tui.sessions import PID, app_over, crawl, hostile, opened
from tests.tui.steps import MS, press, screen_of, select


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
        assert "Main" in screen.lanes.render_line(1).text


async def test_a_name_is_as_long_as_there_is_room_for_it(tmp_path: Path) -> None:
    story = Story(tmp_path / "threads_for_arithmetic", command=["python", "t.py"], pid=PID)
    story.process(PID).thread("MainThread", tid=PID, main=True)
    story.end(100, 0)
    story.write()
    async with app_over(opened(story, 100)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        header = screen_of(pilot).query_one("#header", Header)
        assert header.render_line(0).text.startswith(" threads_for_arithmetic")
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert "…  ■ ENDED exit 0" in header.render_line(0).text


async def test_the_sign_of_a_lane_does_not_stand_before_its_pid(tmp_path: Path) -> None:
    async with app_over(opened(crawl(tmp_path / "session"))).run_test(size=(160, 30)) as pilot:
        await pilot.pause()
        head = screen_of(pilot).lanes.render_line(0).text[:50]
        assert f"crawl.py {PID} ≈" in head or f"crawl.py {PID} ∴" in head


async def test_a_long_name_leaves_the_state_in_sight(tmp_path: Path) -> None:
    async with app_over(opened(hostile(tmp_path / "session"), 100)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await select(pilot, next(
            worker.name for worker in screen_of(pilot).view.timeline.workers if worker.name.startswith("xxx")
        ))
        screen.view.viewport.move_cursor(START_NS + 50 * MS)
        screen.redraw()
        assert "waiting" in screen.query_one("#inspector", Inspector).render_line(0).text


@pytest.mark.parametrize(("columns", "shown"), [
    (200, ["Task-7 Server.answer", "Task-8 accept_all", "Task-9", "sweeper"]),
    (76, ["Task-7 answer", "Task-8 accep…", "Task-9", "sweeper"]),
    (40, ["Task-7", "Task-8", "Task-9", "sweeper"]),
])
async def test_a_task_that_nobody_named_tells_its_coroutine(
    tmp_path: Path, columns: int, shown: list[str],
) -> None:
    story = Story(tmp_path / "session", command=["python", "app.py"], pid=PID)
    app = story.process(PID)
    loop = app.thread("MainThread", tid=PID, main=True).loop(5)
    for name, function in (
        ("Task-7", "Server.answer"), ("Task-8", "serve.<locals>.accept_all"), ("Task-9", ""),
        ("sweeper", "sweep"),
    ):
        site = app.site("/srv/app.py", 3, function) if function else 0
        loop.task(name, born=20, site=site).step(30, 90, ready=1)
    story.write()
    async with app_over(opened(story)).run_test(size=(columns, 30)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "Home")
        heads = [screen.lanes.render_line(y).text[: screen.lanes.head_columns] for y in range(2, 6)]
        assert [head.partition("• ")[2].partition("─")[0].rstrip() for head in heads] == shown
