"""The screen over programs that really run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.tui.app import ConcvizApp
from concviz.tui.screens.dialogs import QuitScreen

PATIENCE_S = 60


async def until(pilot: Pilot[int], reached: Callable[[], bool]) -> None:
    """Tick until something is so; fails after PATIENCE_S, which a healthy run never needs."""
    app = pilot.app
    assert isinstance(app, ConcvizApp)
    give_up = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < give_up, "it never came"
        app.tick()
        await pilot.pause()
        await asyncio.sleep(0.01)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConcvizApp]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = ConcvizApp(None, screenshots=tmp_path, frames_per_s=0, palette="concviz-dark")
    yield app
    if app.recording is not None:  # a test that failed half way leaves nothing running
        app.recording.end()


async def test_two_keys_after_launch_lanes_move_and_q_asks_once(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: app.watching is not None and len(app.watching.view.rows) >= 2)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.watching
        recording = app.recording
        assert recording is not None
        recording.end()
        await until(pilot, lambda: recording.exit_status is not None)


async def test_typed_input_output_and_exit_code(app: ConcvizApp, tmp_path: Path) -> None:
    program = tmp_path / "ask.py"
    program.write_text("name = input('name? ')\nprint('hello', name)\nraise SystemExit(7)\n")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: app.watching is not None and "name? " in _printed(app))
        await pilot.press("i", *"Ada", "enter")
        await until(pilot, lambda: app.status == 7)
        await until(pilot, lambda: "hello Ada" in _printed(app))
        await until(pilot, lambda: app.watching is not None and not app.watching.view.session.info.running)


async def test_a_program_that_is_not_there_is_one_line(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start(["no_such_program.py"])
        await pilot.pause()
        (message,) = [n.message for n in app._notifications]
        assert "no_such_program.py" in message
        assert "\n" not in message
        assert app.watching is None


def _printed(app: ConcvizApp) -> str:
    return (
        "\n".join(app.watching.output.printed.lines)
        if app.watching is not None and app.watching.ready
        else ""
    )
