"""What a learner reads, as pictures, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from concviz.core import language
from concviz.core.launch import sessions
from concviz.tui.app import ConcvizApp
from tests.tui.learners import lesson
from tests.tui.sessions import app_over, opened

Compare = Callable[..., bool]
SIZES = ((80, 24), (200, 50))

each_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
each_language = pytest.mark.parametrize("name", language.LANGUAGES)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> ConcvizApp:
    monkeypatch.setattr(sessions, "recent", lambda n, **_: [])
    return app_over(None)


def at(key: str, *keys: str) -> Callable[[Pilot[Any]], Any]:
    """Highlight an experiment, then press keys."""

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        choices = pilot.app.screen.query_one("#choices", OptionList)
        choices.highlighted = choices.get_option_index(f"lab:{key}")
        await pilot.press(*keys)
        await pilot.pause()
        for field in pilot.app.screen.query("Input"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    return before


@each_size
@each_language
def test_home(snap_compare: Compare, home: ConcvizApp, size: tuple[int, int], name: str) -> None:
    language.use(name)
    assert snap_compare(home, terminal_size=size, run_before=at("blocking-call"))


@each_language
def test_source(snap_compare: Compare, home: ConcvizApp, name: str) -> None:
    language.use(name)
    assert snap_compare(home, terminal_size=(80, 24), run_before=at("count", "v"))


@each_language
def test_adjust(snap_compare: Compare, home: ConcvizApp, name: str) -> None:
    language.use(name)
    assert snap_compare(home, terminal_size=(80, 24), run_before=at("fetch", "a", "0", "enter"))


@each_size
@each_language
def test_glossary(snap_compare: Compare, home: ConcvizApp, size: tuple[int, int], name: str) -> None:
    language.use(name)
    assert snap_compare(home, terminal_size=size, run_before=at("count", "e", "j", "j", "j", "j"))


@pytest.mark.parametrize("palette", ["concviz-light", "concviz-16", "concviz-mono"])
def test_home_in_other_colours(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, palette: str
) -> None:
    monkeypatch.setattr(sessions, "recent", lambda n, **_: [])
    app = app_over(None, palette=palette)
    assert snap_compare(app, terminal_size=(200, 50), run_before=at("lock-convoy"))


@each_size
@each_language
def test_a_moment(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], name: str) -> None:
    language.use(name)
    app = app_over(opened(lesson(tmp_path / "session")))

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for _ in range(10):
            app.tick()
        await pilot.press("home", "right_curly_bracket", "right_curly_bracket")
        for _ in range(10):
            app.tick()
            await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@each_language
def test_help(snap_compare: Compare, tmp_path: Path, name: str) -> None:
    language.use(name)
    app = app_over(opened(lesson(tmp_path / "session")))
    assert snap_compare(app, terminal_size=(120, 110), press=["question_mark"])
