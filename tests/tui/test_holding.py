"""The screen over a held program: its panel, keys, the way back; the controller shows what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.message import Message

from concviz.core import language
from concviz.core.control.view import FREE, State, View
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.back import BackScreen
from concviz.tui.screens.holding import Holding
from tests.tui.held_screen import Over
from tests.tui.held_views import VIEWS, crawler, deadlock, over, payers
from tests.tui.sessions import app_over, crawl, opened

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [(80, 24), (120, 32), (60, 16)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", VIEWS)
def test_picture(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], name: str) -> None:
    held = Over(tmp_path, VIEWS[name])
    assert snap_compare(held.app, terminal_size=size, run_before=held.begin)


@pytest.mark.parametrize("name", VIEWS)
def test_picture_in_russian(snap_compare: Compare, tmp_path: Path, name: str) -> None:
    language.use("ru")
    held = Over(tmp_path, VIEWS[name])
    assert snap_compare(held.app, terminal_size=(80, 24), run_before=held.begin)


@pytest.mark.parametrize("palette", ["concviz-light", "concviz-16", "concviz-mono"])
def test_picture_in_other_colours(snap_compare: Compare, tmp_path: Path, palette: str) -> None:
    held = Over(tmp_path, crawler(), palette=palette)
    assert snap_compare(held.app, terminal_size=(80, 24), run_before=held.begin)


async def test_keys_reach_the_controller_while_it_is_held_and_the_lanes_otherwise(tmp_path: Path) -> None:
    held = Over(tmp_path, payers())
    async with held.app.run_test(size=(80, 24)) as pilot:
        await held.begin(pilot)
        lane = held.screen.view.position
        await pilot.press("n", "full_stop", "2", "down", "enter", "g", "G", "space")
        second = payers().ready[1]
        assert held.control.asked == [
            ("step",), ("step",), ("run", second.id), ("run", second.id), ("until", second.key),
            ("until_line",), ("release",),
        ]
        assert held.screen.view.position == lane
        await held.becomes(pilot, View(State.FREE, FREE))
        assert not held.screen.panel.display
        held.control.asked.clear()
        await pilot.press("n", "down", "2", "h")
        assert held.control.asked == [("hold", "sync")]
        assert held.screen.view.position == lane + 1


async def test_the_header_and_the_footer_say_that_it_is_held(tmp_path: Path) -> None:
    held = Over(tmp_path, crawler())
    async with held.app.run_test(size=(120, 32)) as pilot:
        await held.begin(pilot)
        header, footer = held.screen.query_one("#header"), held.screen.query_one("#keys")
        assert "▣ HELD · 5 workers · 1 in a C call" in header.render_line(0).text
        assert "n step" in footer.render_line(0).text
        await held.becomes(pilot, deadlock())
        assert "↻ DEADLOCK" in header.render_line(0).text
        await held.becomes(pilot, View(State.FREE, FREE))
        assert "LIVE" in header.render_line(0).text
        assert "h hold" in footer.render_line(0).text


async def test_a_key_that_can_do_nothing_says_why(tmp_path: Path) -> None:
    held = Over(tmp_path, crawler())
    async with held.app.run_test(size=(80, 24)) as pilot:
        await held.begin(pilot)
        await pilot.press("7")
        await pilot.pause()
        assert "there is no number 7 in the list" in held.panel()
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause()
        assert "neither overtaken nor overtakes" in held.panel().splitlines()[1]
        assert held.control.asked == []


async def test_after_a_step_the_cursor_is_at_its_end_in_its_lane(tmp_path: Path) -> None:
    held = Over(tmp_path, payers())
    async with held.app.run_test(size=(80, 24)) as pilot:
        await held.begin(pilot)
        view = held.screen.view
        task = next(w for w in view.timeline.workers if w.id.endswith(".a3"))
        did = replace(crawler().ready[0], pid=task.pid, task=3, name=task.name)
        await held.becomes(pilot, replace(payers(), step=6, did=did))
        assert view.worker == task
        assert view.viewport.cursor_ns == view.timeline.end_ns
        assert not view.viewport.following
        await held.becomes(pilot, View(State.FREE, FREE))
        assert view.viewport.following


async def test_a_click_on_the_lanes_leaves_the_keys_where_they_are(tmp_path: Path) -> None:
    held = Over(tmp_path, payers())
    async with held.app.run_test(size=(80, 24)) as pilot:
        await held.begin(pilot)
        await pilot.click("#lanes", offset=(40, 1))
        await pilot.press("n")
        assert held.control.asked == [("step",)]
        await pilot.press("slash", *"fetch", "enter", "n")
        assert held.control.asked == [("step",), ("step",)]


async def test_back_asks_how_many(tmp_path: Path) -> None:
    held = Over(tmp_path, payers())
    asked: dict[Holding.Rewound, None] = {}

    def heard(message: Message) -> None:  # called once for each that it passes on its way up
        if isinstance(message, Holding.Rewound):
            asked[message] = None

    async with held.app.run_test(size=(80, 24), message_hook=heard) as pilot:
        await held.begin(pilot)
        await pilot.press("u")
        await pilot.press("U")
        await pilot.pause()
        assert isinstance(held.app.screen, BackScreen)
        await pilot.press("9", "enter")
        await pilot.pause()
        assert isinstance(held.app.screen, BackScreen)  # there are only five
        await pilot.press("backspace", "3", "enter")
        await pilot.pause()
        await held.becomes(pilot, replace(payers(), step=0))
        await pilot.press("u")
        await pilot.pause()
        assert [message.upto for message in asked] == [4, 2]
        assert "this is the beginning" in held.panel()


async def test_a_program_that_ends_while_held_says_so(tmp_path: Path) -> None:
    held = Over(tmp_path, payers())
    async with held.app.run_test(size=(80, 24)) as pilot:
        await held.begin(pilot)
        await held.becomes(pilot, over())
        assert "OVER  the program has ended" in held.panel()
        assert held.screen.query_one("#keys").render_line(0).text.split()[:2] == ["u", "back"]
        await pilot.press("n", "h")
        assert held.control.asked == [("release",)]


async def test_what_nobody_controls_cannot_be_held(tmp_path: Path) -> None:
    story = crawl(tmp_path / "session", running=True, until=1000)
    app: ConcvizApp = app_over(opened(story, 1000), at_ms=1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("h")
        (message,) = [notification.message for notification in app._notifications]
        assert "cannot be held" in message
