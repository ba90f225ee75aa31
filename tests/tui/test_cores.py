"""The cores in the place of the workers: what is shown, what the keys do, what the inspector says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from concviz.core import language
from concviz.core.control.view import State, View
from concviz.core.system import layout as S
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.widgets.cores import CoreView
from concviz.tui.widgets.inspector import Inspector
from concviz.tui.widgets.lined import Lined
from tests.core.timeline.build import Story
from tests.tui.held_screen import Over
from tests.tui.held_views import payers
from tests.tui.sessions import HOSTILE, PID, app_over, opened

Compare = Callable[..., bool]
MS = 1_000_000
ON, BLOCKED = S.ThreadState.ON_CORE, S.ThreadState.BLOCKED


def machine(path: Path, name: str = "spinner", cores: int = 3) -> Story:
    """Two seconds: a thread moves from core 0 to 1 at 800 ms, later a child is on core 0, 2 is others'."""
    story = Story(path, command=["python", "spin.py"], pid=PID)
    app = story.process(PID)
    app.fact("main", "spin.py").fact("argv", "spin.py")
    main = app.thread("MainThread", tid=PID, main=True)
    spinner = app.thread(name, tid=PID + 1, born=100, parent=main)
    for t in range(200, 1601, 50):
        spinner.sample(t, ON, cpu=t - 200, core=0 if t < 800 else 1)
    spinner.sample(1650, BLOCKED, S.Wait.IO, cpu=1450, core=1)
    app.child(900, PID + 20, "spawn", "SpawnProcess-1", by=main)
    child = story.process(PID + 20, ppid=PID, opened=940)
    inner = child.thread("MainThread", tid=PID + 20, main=True)
    for t in range(1000, 1501, 50):
        inner.sample(t, ON, cpu=(t - 1000) * 0.5, core=0)
    inner.sample(1550, BLOCKED, S.Wait.IO, cpu=275, core=0)
    child.closed, app.closed = 1800, 2000
    for t in range(0, 2001, 100):
        zero = min(max(t - 200, 0), 600) + min(max(t - 1000, 0), 550) * 0.5
        one = min(t, 300) * 0.8 + min(max(t - 800, 0), 850)
        busy = (zero, one, t, *[0] * 200)
        for core in range(cores):
            story.sampled(t, S.Record.CORE, 0, 0, core, round(busy[core] * MS), round((t - busy[core]) * MS))
    story.sampled(10, S.Record.AFFINITY, PID, 0, 2, 0b11)
    story.sampled(1000, S.Record.AFFINITY, PID + 20, 0, 1, 0b01)
    story.end(2000, 0)
    story.write()
    return story


@pytest.fixture
async def pilot(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    app = app_over(opened(machine(tmp_path / "session")))
    async with app.run_test(size=(110, 28)) as pilot:
        await pilot.pause()
        await pilot.press("0", "c")
        await pilot.pause()
        yield pilot


def screen_of(pilot: Pilot[Any]) -> TimelineScreen:
    assert isinstance(pilot.app, ConcvizApp)
    screen = pilot.app.screen
    assert isinstance(screen, TimelineScreen)
    return screen


def text_of(widget: Lined) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def at(pilot: Pilot[Any], core: int, at_ms: int) -> list[str]:
    """What the inspector says about a core at an instant."""
    screen = screen_of(pilot)
    screen.view.viewport.move_cursor(screen.view.timeline.start_ns + at_ms * MS)
    screen.core_lanes.choose(core)
    screen.redraw()
    await pilot.pause()
    return [" ".join(words.split()) for words in text_of(screen.query_one("#inspector", Inspector))]


async def test_a_lane_for_each_core_says_who_was_on_it(pilot: Pilot[int]) -> None:
    zero, one, two, *rest = text_of(screen_of(pilot).query_one("#cores", CoreView))
    assert zero.startswith(" core 0")
    assert "A spinner ▇▇▇" in zero
    assert "B SpawnProcess-1 ▄" in zero, "half of the time, by its CPU clock"
    assert "A spinner ▇▇▇" in one
    assert ("✕ not allowed" in two, "╱╱╱╱╱╱╱╱╱╱╱╱" in two) == (True, True)
    assert "A spin.py" in "\n".join(rest)


async def test_the_inspector_says_who_since_when_and_how_that_is_known(pilot: Pilot[int]) -> None:
    told = await at(pilot, 1, 1220)
    assert told[0].startswith(f"core 1 A spinner of spin.py pid {PID}, tid {PID + 1} ≈ sampled")
    assert told[1] == "since 0.800 s · for 420 ms · before that on core 0"
    assert told[2].startswith("seen at 1.200 s, again 50.0 ms later · ran 100 %")
    assert told[3].startswith("in sight this program 42 % · others 12 %")
    assert told[4] == "allowed only to A spin.py"
    told = await at(pilot, 2, 500)
    assert told[0] == "core 2 nobody of this program was seen on it 100 % busy"
    assert "allowed no process of this program may use it" in told


async def test_keys_move_among_cores_and_through_what_was_seen(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    await at(pilot, 0, 100)
    await pilot.press("full_stop")
    assert screen.view.viewport.cursor_ns == screen.view.timeline.start_ns + 200 * MS
    await pilot.press("j")
    assert screen.core_lanes.chosen == 1
    await pilot.press("full_stop")
    assert screen.view.viewport.cursor_ns == screen.view.timeline.start_ns + 800 * MS
    await pilot.press("j", "j", "j")
    assert screen.core_lanes.chosen == 2
    await pilot.press("full_stop", "left_square_bracket", "f", "k", "less_than_sign", "w", "s", "a", "d", "m")
    assert screen.by_core


async def test_fit_shows_a_whole_stay(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    await at(pilot, 1, 1220)
    await pilot.press("f")
    port, start = screen.view.viewport, screen.view.timeline.start_ns
    assert port.t0_ns <= start + 1200 * MS
    assert port.cell_ns < 25 * MS


async def test_enter_goes_to_the_lane_of_who_is_on_the_core(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    await at(pilot, 1, 1220)
    await pilot.press("enter")
    await pilot.pause()
    assert not screen.by_core
    assert screen.view.worker is not None
    assert screen.view.worker.name == "spinner"
    await pilot.press("c")
    await pilot.pause()
    assert screen.by_core
    await at(pilot, 2, 500)
    await pilot.press("enter")
    await pilot.pause()
    assert screen.by_core, "nobody is there to go to"


async def test_the_pointer_chooses_a_core_and_an_instant(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    await pilot.click("#cores", offset=(70, 1))
    await pilot.pause()
    assert screen.core_lanes.chosen == 1
    assert screen.view.viewport.cursor_column == 70 - screen.core_view.head_columns


async def test_c_again_shows_the_workers(pilot: Pilot[int]) -> None:
    screen = screen_of(pilot)
    await pilot.press("c")
    await pilot.pause()
    assert not screen.by_core
    assert screen.lanes.has_focus
    assert any("spinner" in words for words in text_of(screen.lanes))


async def test_a_program_that_is_held_meanwhile_gets_the_keys(tmp_path: Path) -> None:
    over = Over(tmp_path, View(State.FREE))
    async with over.app.run_test(size=(110, 28)) as pilot:
        await over.begin(pilot)
        await pilot.press("c")
        await over.settle(pilot)
        assert over.screen.core_view.has_focus
        await over.becomes(pilot, payers())
        assert over.screen.panel.has_focus
        assert over.screen.by_core


async def test_many_cores_are_scrolled(tmp_path: Path) -> None:
    app = app_over(opened(machine(tmp_path / "session", cores=128)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("c")
        await pilot.pause()
        screen = screen_of(pilot)
        await pilot.press(*["pagedown"] * 20)
        assert screen.core_lanes.chosen == 127
        assert text_of(screen.core_view)[-1].startswith(" core 127")
        await pilot.press(*["pageup"] * 20)
        assert text_of(screen.core_view)[0].startswith(" core 0")


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_of_the_program_do_no_harm(tmp_path: Path, name: str) -> None:
    app = app_over(opened(machine(tmp_path / "session", name)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("0", "c")
        told = await at(pilot, 0, 500)
        drawn = "\n".join([*text_of(screen_of(pilot).core_view), *told])
        assert not any(ord(char) < 32 and char != "\n" for char in drawn)
        widths = {strip.cell_length for strip in screen_of(pilot).core_view._strips}
        assert widths == {80}


async def test_where_nothing_was_sampled_it_says_so(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", pid=PID)
    story.process(PID).thread("MainThread", tid=PID, main=True)
    story.write()
    app = app_over(opened(story))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("c")
        await pilot.pause()
        assert "nothing has been seen of the cores" in text_of(screen_of(pilot).core_view)[0]


# -- pictures ------------------------------------------------------------------------------------------------


async def moved(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.press("0", "c")
    await at(pilot, 1, 1220)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("palette", ["concviz-dark", "concviz-light"])
def test_picture(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], palette: str) -> None:
    app = app_over(opened(machine(tmp_path / "session")), palette=palette)
    assert snap_compare(app, terminal_size=size, run_before=moved)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_picture_in_russian(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    language.use("ru")
    app = app_over(opened(machine(tmp_path / "session")))
    assert snap_compare(app, terminal_size=size, run_before=moved)


def test_picture_no_color(snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(opened(machine(tmp_path / "session")), palette=None)
    assert snap_compare(app, terminal_size=(80, 24), run_before=moved)
