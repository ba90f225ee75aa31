"""Keys that come in one burst, faster than the screens they open."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from concviz.core.lab.adjusting import Adjustments
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.adjust import AdjustScreen
from concviz.tui.screens.dialogs import RunScreen
from concviz.tui.screens.home import HomeScreen
from tests.tui.sessions import app_over


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Adjustments]:
    """What experiments were asked for as; none is run."""
    asked: list[Adjustments] = []
    monkeypatch.setattr(
        ConcvizApp, "on_home_screen_experimented", lambda _app, message: asked.append(message.asked)
    )
    return asked


async def burst(pilot: Pilot[int], *keys: str) -> None:
    """Let them all come before anything is done about the first, then all be done."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    for _key in keys:
        await pilot.pause()


async def test_what_follows_a_at_once_is_typed_into_the_dialog(started: list[Adjustments]) -> None:
    async with app_over(None).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await burst(pilot, "a", "7", "3")
        assert isinstance(pilot.app.screen, AdjustScreen)
        assert pilot.app.screen.query(Input).first().value.endswith("73")
        assert started == []


async def test_enter_in_the_burst_starts_what_was_typed(started: list[Adjustments]) -> None:
    async with app_over(None).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await burst(pilot, "a", "7", "enter")
        assert isinstance(pilot.app.screen, HomeScreen)
        assert [asked.items for asked in started] == [7]


async def test_other_dialogs_and_keys_after_them(started: list[Adjustments]) -> None:
    async with app_over(None).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await burst(pilot, "r", "x", "y", "escape", "j", "a", "4", "2", "enter")
        assert [asked.items for asked in started] == [42]
        await burst(pilot, "r", "o", "k")
        assert isinstance(pilot.app.screen, RunScreen)
        assert pilot.app.screen.query_one(Input).value == "ok"


async def test_a_key_whose_widget_is_gone_does_not_silence_the_keyboard(
    started: list[Adjustments],
) -> None:
    app = app_over(None)
    now_ns = app.clock()
    app.clock = lambda: now_ns
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app._given, app._given_ns = events.Key("x", "x"), now_ns  # what follows a key was lost
        await pilot.press("a")
        assert isinstance(app.screen, HomeScreen)
        now_ns += 2_000_000_000
        await burst(pilot, "7", "enter")
        assert [asked.items for asked in started] == [7]
