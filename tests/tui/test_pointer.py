"""The mouse over the lanes, as a terminal reports it (SGR, xterm's control sequences)."""

from __future__ import annotations

from pathlib import Path

from textual._xterm_parser import XTermParser
from textual.message import Message
from textual.pilot import Pilot

from tests.tui.sessions import app_over, many, opened
from tests.tui.steps import MS, screen_of, select

PRESS, WHEEL_UP, WHEEL_DOWN, CTRL, MOVE = 0, 64, 65, 16, 32


async def report(pilot: Pilot[int], button: int, x: int, y: int, *, released: bool = False) -> None:
    """What a terminal writes at an event over column x and row y of the lanes (from 0)."""
    lanes = screen_of(pilot).lanes.region
    sequence = f"\x1b[<{button};{lanes.x + x + 1};{lanes.y + y + 1}{'m' if released else 'M'}"
    driver = pilot.app._driver
    assert driver is not None
    for event in XTermParser().feed(sequence):
        assert isinstance(event, Message)
        driver.process_message(event)
    await pilot.pause()


async def click(pilot: Pilot[int], x: int, y: int) -> None:
    await report(pilot, PRESS, x, y)
    await report(pilot, PRESS, x, y, released=True)


async def test_a_click_selects_lane_and_instant(pilot: Pilot[int]) -> None:
    view, head = screen_of(pilot).view, screen_of(pilot).lanes.head_columns
    await click(pilot, head + 20, 3)
    assert view.position == 3
    assert view.viewport.cursor_column == 20
    await click(pilot, 4, 5)
    assert view.position == 5
    assert view.viewport.cursor_column == 20, "a name has no instant"


async def test_a_second_click_on_a_name_folds_it(pilot: Pilot[int]) -> None:
    view = screen_of(pilot).view
    before = len(view.rows)
    await click(pilot, 4, 1)
    assert len(view.rows) == before
    await click(pilot, 4, 1)
    assert len(view.rows) < before


async def test_a_clicked_lane_stays_under_the_pointer(tmp_path: Path) -> None:
    async with app_over(opened(many(tmp_path / "session", 60))).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = screen_of(pilot).view
        for _ in range(3):
            await report(pilot, WHEEL_DOWN, 40, 5)
        top = view.top
        assert top == 9
        for y in (0, view.height - 1):
            await click(pilot, 4, y)
            assert (view.top, view.position) == (top, top + y)
        await report(pilot, WHEEL_UP, 40, 5)
        assert view.top == top - 3


async def test_ctrl_and_the_wheel_zoom_where_the_pointer_is(pilot: Pilot[int]) -> None:
    port, head = screen_of(pilot).view.viewport, screen_of(pilot).lanes.head_columns
    cell, instant = port.cell_ns, port.time_at(30)
    await report(pilot, WHEEL_UP | CTRL, head + 30, 4)
    assert port.cell_ns == cell // 2
    assert abs(port.time_at(30) - instant) <= cell
    await report(pilot, WHEEL_DOWN | CTRL, head + 30, 4)
    assert port.cell_ns == cell


async def test_a_drag_pulls_time_along_and_neither_selects_nor_moves_the_cursor(pilot: Pilot[int]) -> None:
    screen = await select(pilot, "spinner_0")
    port, head, position = screen.view.viewport, screen.lanes.head_columns, screen.view.position
    port.zoom(2)
    port.move_cursor(port.start_ns + 1000 * MS)
    first, cursor = port.first, port.cursor_ns
    await report(pilot, PRESS, head + 40, 2)
    for x in (38, 30):
        await report(pilot, PRESS | MOVE, head + x, 2)
    assert port.first == first + 10
    await report(pilot, PRESS, head + 30, 2, released=True)
    assert (port.first, port.cursor_ns, screen.view.position) == (first + 10, cursor, position)


async def test_a_drag_beyond_the_session_s_begin_changes_nothing(pilot: Pilot[int]) -> None:
    port, head = screen_of(pilot).view.viewport, screen_of(pilot).lanes.head_columns
    cursor = port.cursor_ns
    await report(pilot, PRESS, head + 10, 2)
    await report(pilot, PRESS | MOVE, head + 30, 2)
    await report(pilot, PRESS, head + 30, 2, released=True)
    assert (port.first, port.cursor_ns) == (0, cursor)
