"""The mouse over the lanes."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.tui.steps import screen_of


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
