"""The lab's bugs by keys alone, as its texts tell them, on programs that really run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from concviz.core.control.view import Choice, State, View
from concviz.core.model import Reason
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.stepping import AT_REST
from concviz.tui.widgets.moment import MomentLine
from tests.tui.steps import until

SECOND_LOCK = 23


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConcvizApp]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = ConcvizApp(None, screenshots=tmp_path, frames_per_s=0, palette="concviz-dark")
    yield app
    if app.recording is not None:  # a test that failed half way leaves nothing running
        app.recording.end(grace_ms=0)
        app.recording.detach()


class Stepped:
    """An experiment that was started from home, held, and is stepped by keys."""

    def __init__(self, pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, ConcvizApp)
        self.pilot, self.app = pilot, pilot.app

    @classmethod
    async def started(cls, pilot: Pilot[int], key: str) -> Stepped:
        await pilot.pause()
        choices = pilot.app.screen.query_one("#choices", OptionList)
        choices.highlighted = choices.get_option_index(f"lab:{key}")
        await pilot.press("enter")
        stepped = cls(pilot)
        await stepped.rest()
        return stepped

    @property
    def screen(self) -> TimelineScreen:
        screen = self.app.watching
        assert screen is not None
        return screen

    @property
    def view(self) -> View:
        stepper = self.app.watching.stepper if self.app.watching is not None else None
        return stepper.view if stepper is not None else View(State.FREE)

    async def rest(self) -> View:
        """Wait until nobody runs."""
        await until(self.pilot, lambda: self.view.state in (*AT_REST, State.OVER) and not self.view.replaying)
        return self.view

    async def step(self, key: str) -> View:
        """Press a key and wait until its step is over."""
        before = self.view.step
        await self.pilot.press(key)
        await until(self.pilot, lambda: self.view.step > before or self.view.state is State.DEADLOCK)
        return await self.rest()

    async def steps_until(self, key: str, reached: Callable[[View], bool]) -> None:
        """Press a key again and again."""
        for _ in range(60):
            if reached(self.view):
                return
            await self.step(key)
        raise AssertionError("it never came")

    def digit(self, choice: Choice) -> str:
        assert self.screen.stepper is not None
        return str(self.screen.stepper.situation(0, "").digits[choice.id])

    async def back(self, *keys: str) -> None:
        """One step back a key: another process, and the screen over it."""
        screen, wanted = self.screen, self.view.step - len(keys)
        await self.pilot.press(*keys)
        await until(self.pilot, lambda: self.app.watching is not screen and self.view.step == wanted)
        await self.rest()

    async def outcome(self) -> str:
        """Let it run to its end, and return what it printed last."""
        await self.pilot.press("space")
        await until(self.pilot, lambda: not self.screen.view.session.info.running)
        data, _ = self.screen.view.session.output(0)
        return data.decode().splitlines()[-1]


def at_second_lock(view: View) -> list[Choice]:
    return [c for c in view.ready if c.kind == "acquire" and c.site and c.site.line == SECOND_LOCK]


async def _both_at_their_second_lock(stepped: Stepped) -> None:
    """As the lab's texts say: n until one is there, then the digit of the other until it is there, too."""
    await stepped.steps_until("n", lambda view: bool(at_second_lock(view)))
    (first,) = at_second_lock(stepped.view)
    while len(at_second_lock(stepped.view)) < 2:
        others = [c for c in stepped.view.ready if c.key != first.key and c.name != "MainThread"]
        await stepped.step(stepped.digit(others[0]) if others else "n")


async def test_a_lost_update_of_threads(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_threads")
        await _both_at_their_second_lock(stepped)
        assert await stepped.outcome() == "paid in 200, balance 100: 100 LOST"


async def test_who_waits_to_be_chosen_is_held_on_the_lanes_too(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_threads")
        await stepped.steps_until("n", lambda view: bool(at_second_lock(view)))
        (first,) = at_second_lock(stepped.view)
        timeline = stepped.screen.view.timeline

        def reason() -> Reason | None:
            lane = next((w.index for w in timeline.workers if w.name == first.name), None)
            span = None if lane is None else timeline.span_at(lane, timeline.end_ns)
            return span.reason if span is not None else None

        await until(pilot, lambda: reason() is Reason.HELD)
        await stepped.outcome()
        lane = next(worker.index for worker in timeline.workers if worker.name == first.name)
        assert timeline.totals(lane).reasons[Reason.HELD] > 0


async def test_a_payer_that_is_through_before_the_other_begins_loses_nothing(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_threads")
        await stepped.steps_until("n", lambda view: bool(at_second_lock(view)))
        (first,) = at_second_lock(stepped.view)
        await stepped.step(stepped.digit(first))
        assert await stepped.outcome() == "paid in 200, balance 200: nothing is lost"


async def test_a_lost_update_of_tasks_and_the_way_back_to_where_nothing_is_lost(app: ConcvizApp) -> None:
    def payers(view: View) -> list[Choice]:
        return [choice for choice in view.ready if choice.name.startswith("payer")]

    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_asyncio")
        await stepped.steps_until("n", lambda view: len(payers(view)) == 2)
        await stepped.step("n")
        await stepped.step("n")
        assert stepped.view.fifo
        digits = {choice.key: stepped.digit(choice) for choice in payers(stepped.view)}
        await stepped.back("u", "u")
        first = payers(stepped.view)[0]
        assert {choice.key: stepped.digit(choice) for choice in payers(stepped.view)} == digits
        await stepped.step(stepped.digit(first))
        again = next(choice for choice in stepped.view.ready if choice.key == first.key)
        await stepped.step(stepped.digit(again))
        assert not stepped.view.fifo  # the loop itself would have taken the other one
        assert await stepped.outcome() == "paid in 200, balance 200: nothing is lost"


async def test_tasks_in_the_loops_own_order_lose_an_update(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_asyncio")
        await stepped.steps_until("n", lambda view: "payer 2" in [choice.name for choice in view.ready])
        assert await stepped.outcome() == "paid in 200, balance 100: 100 LOST"


async def test_a_deadlock_and_the_way_out(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lock_order")
        await _both_at_their_second_lock(stepped)
        await stepped.steps_until("n", lambda view: view.state is State.DEADLOCK)
        lines = [stepped.screen.panel.render_line(y).text for y in range(6)]
        assert "DEADLOCK" in lines[0]
        circle = " ".join(lines)
        for name in ("left to right", "right to left"):
            assert f"▶ {name}  holds" in circle
            assert f"held by {name}" in circle
        assert circle.count(f"lock_order.py:{SECOND_LOCK}") >= 2
        assert circle.count(f"lock_order.py:{SECOND_LOCK - 1}") == 2
        await pilot.press("h")
        await until(pilot, lambda: stepped.view.state is State.FREE)
        line = stepped.screen.query_one("#moment", MomentLine)
        await until(pilot, lambda: "deadlock: left to right waits" in line.render_line(0).text)
        await pilot.press("h")
        await until(pilot, lambda: stepped.view.state is State.DEADLOCK)
        again = " ".join(stepped.screen.panel.render_line(y).text for y in range(6))
        assert again.count("holds lock") == again.count("waits for lock") == 2
        await stepped.back("u")
        assert stepped.view.state is State.HELD
        await pilot.press("ctrl+c", "ctrl+c")
        await until(pilot, lambda: app.status != 0)
        assert app.status == 128 + 15
        panel = stepped.screen.panel
        await until(pilot, lambda: "ended: SIGTERM" in panel.render_line(0).text)
        await until(pilot, lambda: "ending the program" not in panel.render_line(1).text)


async def test_every_n_of_a_burst_makes_a_step(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lost_update_threads")
        for _ in range(4):
            stepped.screen.panel.action_next()
        await until(pilot, lambda: stepped.view.step == 4 and stepped.view.state is State.HELD)


async def test_a_program_that_is_killed_while_held_says_so(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stepped = await Stepped.started(pilot, "lock_order")
        assert app.recording is not None
        app.recording.end(grace_ms=0)
        await until(pilot, lambda: stepped.view.state is State.OVER)
        await until(pilot, lambda: "ended: SIG" in stepped.screen.panel.render_line(0).text)


FORKS = """
import os
child = os.fork()
if not child:
    print("child", flush=True)
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


async def test_a_fork_while_held_is_held_from_its_first_step(app: ConcvizApp, tmp_path: Path) -> None:
    program = tmp_path / "forks.py"
    program.write_text(FORKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)], held=True)
        stepped = Stepped(pilot)
        await stepped.rest()
        await stepped.steps_until("n", lambda view: len({choice.pid for choice in view.ready}) == 2)
        assert await stepped.outcome() == "3"
