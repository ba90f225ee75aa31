"""What is said in a corner hides as little as can be: it lies over the keys, and is one word at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from concviz.tui.app import ConcvizApp
from tests.tui.sessions import app_over, crawl, opened
from tests.tui.steps import press


@pytest.fixture
def app(tmp_path: Path) -> ConcvizApp:
    return app_over(opened(crawl(tmp_path / "session")))


def told(app: ConcvizApp) -> list[str]:
    return [str(toast.render()) for toast in app.screen.query(Toast)]


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (200, 50)])
async def test_an_answer_lies_over_the_keys_alone(app: ConcvizApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        screen = await press(pilot, "home", "left_square_bracket")
        (toast,) = screen.query(Toast)
        assert "nothing is known to have woken" in str(toast.render())
        assert (toast.region.height, toast.region.right) == (1, size[0])
        assert screen.query_one("#keys").region.contains_region(toast.region)


async def test_a_long_one_is_there_wholly(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.notify("long " * 40, markup=False)
        await pilot.pause()
        (toast,) = app.screen.query(Toast)
        assert app.screen.region.contains_region(toast.region)
        assert toast.region.height == 3
        assert toast.region.bottom == app.screen.query_one("#keys").region.bottom


async def test_the_next_word_takes_the_place_of_the_last_but_not_of_a_warning(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.notify("the recorder was killed", severity="warning")
        await press(pilot, "right_parenthesis")
        await press(pilot, "right_parenthesis")
        assert told(app) == ["the recorder was killed", "▶ ×5: space plays"]
