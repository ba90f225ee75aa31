"""The comparison's screens: what they show, what the keys do, and that nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from concviz.core import language
from concviz.core.lab.asked import Asked
from concviz.core.lab.compare_thread import ComparisonThread, State
from concviz.core.launch import sessions
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.comparing import ComparingScreen
from concviz.tui.screens.comparison import ComparisonScreen
from concviz.tui.screens.home import HomeScreen
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.widgets.compared import Compared
from tests.tui.comparisons import ABSENT, ASKED, Played, screen_over
from tests.tui.sessions import app_over

Compare = Callable[..., bool]
SIZES = ((80, 24), (200, 50))


@pytest.fixture(autouse=True)
def _no_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "recent", lambda n, **_: [])


async def through(pilot: Pilot[Any], played: Played, screen: ComparisonScreen) -> None:
    """Show the screen and let the comparison tell all that it has to tell."""
    app = pilot.app
    assert isinstance(app, ConcvizApp)
    await app.push_screen(screen)
    await asyncio.to_thread(played.told.wait)
    if played.until >= len(played.runs):
        await asyncio.to_thread(screen.thread.join)
    for _ in range(12):
        app.tick()
    await pilot.pause()


def shown(screen: ComparisonScreen) -> str:
    """The text of the comparison's widget."""
    compared = screen.query_one("#compared", Compared)
    return "\n".join(compared.render_line(y).text for y in range(compared.size.height))


def said(screen: ComparingScreen) -> str:
    return str(screen.query_one("#trouble", Static).render())


async def test_rows_lanes_and_the_verdict(tmp_path: Path) -> None:
    played = Played(tmp_path)
    app, screen = screen_over(played)
    async with app.run_test(size=(160, 50)) as pilot:
        await through(pilot, played, screen)
        told = shown(screen)
        for part in ("40 items on 2 cores · medians of 2 runs", "1.05 s ±5 %", "■ done", "✓ asyncio",
                     "interpreters: it came with [3.14]", "free-threaded: no ", "asyncio is the fastest"):
            assert part in told
        assert "\x1b" not in told
        one, others = told[told.index("\n sequential ") :].split("\n threading ")
        longest = max(line.count("~") for line in others.splitlines())
        assert one.count("~") > 2 * longest > 0, "under one time axis the shorter run is shorter"


async def test_nothing_that_is_told_is_cut_off_on_a_small_screen(tmp_path: Path) -> None:
    played = Played(tmp_path)
    app, screen = screen_over(played)
    async with app.run_test(size=(50, 40)) as pilot:
        await through(pilot, played, screen)
        told = " ".join(shown(screen).split())
        assert "sequential: CPU 50 ms · cores 0.05 · " in told
        assert " · switches 1 234 · memory 24.2 MB interpreters: " in told


@pytest.mark.parametrize("until", [0, 2, 99])
@pytest.mark.parametrize(("width", "below"), [(46, True), (50, True), (60, True), (90, False)])
async def test_the_head_says_all_of_it_on_any_width(
    tmp_path: Path, width: int, until: int, *, below: bool,
) -> None:
    played = Played(tmp_path, until=until)
    app, screen = screen_over(played)
    async with app.run_test(size=(width, 40)) as pilot:
        await through(pilot, played, screen)
        first, second = shown(screen).splitlines()[:2]
        facts = "40 items on 2 cores · medians of 2 runs" if until > 1 else ""
        state = {0: "● 1/5 sequential", 2: "● 2/5 threading", 99: "■ done"}[until]
        assert first.startswith(" fetch")
        assert first.rstrip().endswith(state)
        assert facts in (second if below else first)


async def test_while_one_runs_its_lanes_are_live(tmp_path: Path) -> None:
    played = Played(tmp_path, until=2)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        told = shown(screen)
        assert "● running, run 1 of 2, 1.50 s" in told
        assert "waits its turn" in told
        assert "The verdict follows" in told
        assert screen.board.live is not None
        assert screen.board.live.model == "threading"
        below = told[told.index("\n threading ") :].splitlines()
        assert sum("~" in line for line in below) == 5


async def test_enter_opens_a_models_session_and_escape_comes_back(tmp_path: Path) -> None:
    played = Played(tmp_path)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        await pilot.press("j", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TimelineScreen)
        assert app.screen.view.session.info.path == tmp_path / "threading"
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is screen
        assert screen.board.chosen_model == "threading"
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


async def test_a_model_without_a_session_is_told(tmp_path: Path) -> None:
    played = Played(tmp_path, until=0)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is screen
        assert [note.message for note in app._notifications] == ["it has no session yet"]


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_stopped_in_the_middle_it_keeps_what_was_measured(tmp_path: Path, key: str) -> None:
    played = Played(tmp_path, until=3)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        await pilot.press(key)
        await asyncio.to_thread(screen.thread.join)
        app.tick()
        await pilot.pause()
        assert app.screen is screen
        assert screen.thread.snapshot.state is State.STOPPED
        told = shown(screen)
        assert "Stopped: 1 of 5 models were measured" in told
        assert "1.05 s" in told
        assert "not measured" in told


async def test_leaving_waits_until_nothing_runs(tmp_path: Path) -> None:
    played = Played(tmp_path, until=1)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
    assert screen.thread.snapshot.state is State.STOPPED
    assert screen.thread.snapshot.progress is None


async def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    played = Played(tmp_path, fails="no model could do fetch; asyncio: [bold]it \x1b[31mraised")
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        assert "✗ failed" in shown(screen)
        assert "asyncio: [bold]it" in shown(screen)


async def test_the_snapshot_is_frozen_and_replaced_as_a_whole(tmp_path: Path) -> None:
    thread = ComparisonThread(ASKED, compare=Played(tmp_path))
    first = thread.snapshot
    thread.start()
    thread.join()
    assert (first.measured, first.state) == ((), State.RUNNING)
    last = thread.snapshot
    assert [of.model for of in last.measured] == ["sequential", "threading", "asyncio"]
    assert dict(last.absent).keys() == ABSENT.keys()
    assert last.verdict is not None


async def test_the_next_theme_is_drawn_at_once(tmp_path: Path) -> None:
    played = Played(tmp_path)
    app, screen = screen_over(played)
    async with app.run_test(size=(120, 40)) as pilot:
        await through(pilot, played, screen)
        await pilot.press("t")
        await pilot.pause()
        assert screen.palette.name == app.palette.name == "concviz-light"
        assert screen.query_one("#compared", Compared).palette is app.palette


# -- from the command line -----------------------------------------------------------------------------------


async def test_the_application_begins_with_a_comparison_of_real_programs() -> None:
    app = app_over(None)
    app.comparisons.first = Asked("count", ("sequential", "threading"), size=2, latency_s=0.001)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ComparisonScreen)
        await asyncio.to_thread(screen.thread.join)
        app.tick()
        await pilot.pause()
        assert "2 items on" in shown(screen)
        assert "✓ sequential" in shown(screen)
        assert "threading: coroutines are what it is about" in shown(screen)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TimelineScreen)


async def test_without_a_workload_it_begins_by_asking() -> None:
    app = app_over(None)
    app.comparisons.first = Asked()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, ComparingScreen)


# -- asking ------------------------------------------------------------------------------------------------


async def asking(pilot: Pilot[Any], made: list[Asked]) -> ComparingScreen:
    app = pilot.app
    assert isinstance(app, ConcvizApp)

    def thread(asked: Asked) -> ComparisonThread:
        made.append(asked)
        raise ValueError("asked")  # far enough

    screen = ComparingScreen(app.palette, thread)
    await app.push_screen(screen)
    await pilot.pause()
    return screen


async def test_what_is_chosen_and_typed_is_compared() -> None:
    app, made = app_over(None), list[Asked]()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await asking(pilot, made)
        await pilot.press("j", "j")
        for name, text in (("models", "asyncio, sequential"), ("items", "7"), ("latency", "0.1 s"),
                           ("workers", "3"), ("repeat", "2")):
            screen.query_one(f"#{name}", Input).value = text
        with pytest.raises(ValueError, match="asked"):
            screen._begin()
    assert made == [Asked("compute", ("sequential", "asyncio"), 2, 7, 0.1, 3)]


@pytest.mark.parametrize(("name", "typed", "why"), [
    ("models", "asyncoi", "there is no model 'asyncoi', did you mean asyncio?"),
    ("items", "0", "'0' is no number from 1 to 100,000"),
    ("items", "1000000", "'1000000' is no number from 1 to 100,000"),
    ("latency", "nan", "'nan' is no number of seconds from 0 to 3600"),
    ("workers", "many", "'many' is no number from 1 to 500"),
    ("repeat", "-1", "'-1' is no number from 1 to 100"),
])
async def test_what_cannot_be_is_told_in_one_line(name: str, typed: str, why: str) -> None:
    app, made = app_over(None), list[Asked]()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await asking(pilot, made)
        entry = screen.query_one(f"#{name}", Input)
        entry.focus()
        await pilot.press(*typed.replace("-", " ").split(" ")[0] or "x")
        entry.value = typed
        await pilot.press("enter")
        await pilot.pause()
        assert why in said(screen)
        assert app.screen is screen
        entry.value = "1"
        await pilot.pause()
        assert said(screen).strip() == ""
    assert made == []


async def test_the_home_screen_leads_there_and_escape_back() -> None:
    app = app_over(None)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.screen, ComparingScreen)
        assert app.screen.query_one("#choices", OptionList).highlighted == 1
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


# -- pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("palette", ["concviz-dark", "concviz-light"])
def test_picture_done(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], palette: str) -> None:
    played = Played(tmp_path)
    app, screen = screen_over(played, palette=palette)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: through(pilot, played, screen))


def test_picture_no_color(snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    played = Played(tmp_path)
    app, screen = screen_over(played, palette=None)
    assert app.palette.plain
    assert snap_compare(app, terminal_size=(80, 24), run_before=lambda pilot: through(pilot, played, screen))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_picture_running(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    played = Played(tmp_path, until=2)
    app, screen = screen_over(played)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: through(pilot, played, screen))


async def ask(pilot: Pilot[Any]) -> None:
    await asking(pilot, [])
    for entry in pilot.app.screen.query(Input):
        entry.cursor_blink = False
    await pilot.pause()


@pytest.mark.parametrize("size", [(60, 24), *SIZES], ids=lambda size: f"{size[0]}x{size[1]}")
def test_picture_asking(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(None), terminal_size=size, run_before=ask)


@pytest.mark.parametrize("size", [(60, 24), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_picture_asking_in_russian(snap_compare: Compare, size: tuple[int, int]) -> None:
    language.use("ru")
    assert snap_compare(app_over(None), terminal_size=size, run_before=ask)


@pytest.mark.parametrize("until", [2, 99], ids=["running", "done"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_picture_in_russian(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int], until: int
) -> None:
    language.use("ru")
    played = Played(tmp_path, until=until)
    app, screen = screen_over(played)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: through(pilot, played, screen))
