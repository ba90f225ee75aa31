"""The screen over programs that really run."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from concviz.core.launch import control, folder, sessions
from concviz.core.launch.recording import Recording
from concviz.core.session.packed import facts as packed_facts
from concviz.core.session.session import Session
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.dialogs import EndingScreen, QuitScreen, RunScreen
from concviz.tui.screens.home import HomeScreen
from concviz.tui.start import left_words
from tests.core.launch.commands import IDLE
from tests.tui.sessions import app_over, crawl, opened
from tests.tui.steps import until


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


@pytest.mark.parametrize(
    ("ending", "shown", "told"),
    [("1 / 0", False, 1), ("1 / 0", True, 0), ("raise SystemExit(0)", False, 0)],
)
async def test_who_ran_what_failed_is_told_where_it_says_why(
    app: ConcvizApp, tmp_path: Path, ending: str, shown: bool, told: int
) -> None:
    program = tmp_path / "fails.py"
    program.write_text(f"print('one line')\ninput()\n{ending}\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: app.watching is not None and "one line" in _printed(app))
        if shown:
            await pilot.press("o")
        assert app.recording is not None
        app.recording.send_input(b"\n")
        screen = app.watching
        assert screen is not None
        await until(pilot, lambda: not screen.view.session.info.running and screen.view.session.caught_up)
        for _ in range(12):
            app.tick()
        await pilot.pause()
        words = [notice.message for notice in app._notifications]
        assert words.count("it failed: o shows what it printed") == told


@pytest.mark.parametrize("hidden", [False, True])
async def test_the_line_closes_when_nobody_reads_it_any_more(
    app: ConcvizApp, tmp_path: Path, hidden: bool
) -> None:
    program = tmp_path / "ask.py"
    program.write_text("input('name? ')\nprint('that is all')\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: "name? " in _printed(app))
        screen = app.watching
        assert screen is not None
        while screen.output.display is hidden:
            await pilot.press("o")
            await pilot.pause()
        await pilot.press("i", "enter", "n", "o")
        await until(pilot, lambda: not screen.view.session.info.running)
        await until(pilot, lambda: screen.output.typing is None)
        assert screen.lanes.has_focus
        assert "⏎ sends" not in screen.output.render_line(0).text
        assert screen.output.display  # the answer is there to be read, though it was opened only to type
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("not yet", flush=True))
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("import time\nprint('ready', flush=True)\ntime.sleep(600)\n", 128 + 15),
        (STUBBORN, 128 + 9),
        (
            "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(4))\n"
            f"print('ready', flush=True)\n{IDLE}\n",
            4,
        ),
    ],
    ids=["terminated", "killed", "exits"],
)
async def test_ending_a_program_waits_for_its_status(
    app: ConcvizApp, tmp_path: Path, source: str, status: int
) -> None:
    program = tmp_path / "endless.py"
    program.write_text(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: "ready" in _printed(app))
        await pilot.press("q", "e")
        await pilot.pause()
        assert isinstance(app.screen, EndingScreen)
        assert app.return_value is None
        await pilot.press("ctrl+c", "q", "escape")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == status
    assert app.leaving.left == []


@pytest.mark.parametrize("asked_by", ["q", "Q"])
async def test_a_program_is_ended_and_its_session_packed(
    app: ConcvizApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_by: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    async with app.run_test(size=(80, 24)) as pilot:
        session = (await _endless(app, pilot, tmp_path)).session
        await pilot.press(asked_by, "p")
        await until(pilot, lambda: app.return_value is not None)
    packed = tmp_path / "here" / f"{session.name}.cviz"
    assert app.return_value == 4
    assert [line.rpartition(",")[0] for line in app.leaving.told] == [f"packed into {packed}"]
    assert packed_facts(packed).keys() == {"session.json", "end.json", "sizes.json"}
    assert folder.read_status(session) == 4  # the folder stays in the list of sessions


async def test_what_becomes_one_file_anyway_is_no_question(app: ConcvizApp, tmp_path: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        (await _endless(app, pilot, tmp_path)).becomes = tmp_path / "asked.cviz"
        await pilot.press("Q", "p")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        assert app.ended_with is None
        await pilot.press("e")
        await until(pilot, lambda: app.return_value is not None)
    assert (app.return_value, app.leaving.told) == (4, [])


async def _endless(app: ConcvizApp, pilot: Pilot[int], folder: Path) -> Recording:
    """Watch a program that has printed ready, and exits with 4 when it is told to end."""
    program = folder / "endless.py"
    program.write_text(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(4))\n"
        f"print('ready', flush=True)\n{IDLE}\n")
    await pilot.pause()
    app.start([str(program)])
    await until(pilot, lambda: "ready" in _printed(app))
    assert app.recording is not None
    return app.recording


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (40, 10)])
async def test_typing_opens_a_hidden_output_and_leaving_hides_it(
    app: ConcvizApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    program = tmp_path / "ask.py"
    program.write_text("input('name? ')\n")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: app.watching is not None and "name? " in _printed(app))
        screen = app.watching
        assert screen is not None
        while screen.output.display:
            await pilot.press("o")
            await pilot.pause()
        for key in ("o", "o", "o", "i"):  # faster than styles are applied
            app.post_message(events.Key(key, key))
        await until(pilot, lambda: screen.output.has_focus and screen.output.typing == "")
        await pilot.press("A")
        last = screen.output.region.height - 1
        await until(pilot, lambda: "› A" in screen.output.render_line(last).text)
        assert screen.output.region.bottom <= size[1]
        await pilot.press("escape")
        await until(pilot, lambda: not screen.output.display)
        assert screen.lanes.has_focus


@pytest.mark.parametrize("key", ["ctrl+c", "c"])
async def test_ctrl_c_asks_and_again_reaches_the_program(
    app: ConcvizApp, tmp_path: Path, key: str
) -> None:
    program = tmp_path / "loop.py"
    program.write_text(
        f"try:\n    print('ready', flush=True)\n    {IDLE}\n"
        "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: "ready" in _printed(app))
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)  # who asks to quit twice is not sent back
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is app.watching
        await until(pilot, lambda: "interrupted" in _printed(app))
        await until(pilot, lambda: app.watching is not None and not app.watching.view.session.info.running)
        assert app.status == 0


async def test_leaving_a_program_says_how_to_come_back(app: ConcvizApp, tmp_path: Path) -> None:
    program = tmp_path / "waits here.py"
    program.write_text("input()\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: app.watching is not None and len(app.watching.view.rows) >= 1)
        await pilot.press("q", "l")
        await pilot.pause()
    assert app.return_value == 0
    recording = app.recording
    assert recording is not None
    assert app.leaving.left == [recording.session]
    assert f"concviz replay {shlex.quote(str(recording.session))}" in left_words(recording.session)
    assert recording.exit_status is None
    control.Sender(recording.session).send(control.END, control.GRACE.pack(1000))


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


async def test_what_cannot_be_run_is_told_in_the_dialog(app: ConcvizApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("r", "enter")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        for typed, trouble in (("no_such.py", "no_such.py"), ("a 'b", "cannot read that")):
            app.screen.query_one("#target", Input).value = typed
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(app.screen, RunScreen)
            assert app.screen.query_one("#target", Input).value == typed
            assert trouble in str(app.screen.query_one("#trouble", Static).render())
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
        assert app.recording is None


async def test_home_remembers_what_was_highlighted(app: ConcvizApp, tmp_path: Path) -> None:
    recorded = crawl(sessions.create("before.py")).path
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        home = app.screen
        choices = home.query_one("#choices", OptionList)
        for times, name in ((2, "lab:"), (1, "session:")):
            choices.highlighted = choices.option_count - 1 if name == "session:" else 1 + times
            await pilot.pause()
            option = choices.get_option_at_index(choices.highlighted or 0)
            assert (option.id or "").startswith(name)
            if name == "lab:":
                app.on_home_screen_reopened(HomeScreen.Reopened(recorded))
            else:
                await pilot.press("enter")
            await until(pilot, lambda: app.watching is not None and app.watching.ready)
            newer = crawl(sessions.create("newer.py")).path
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home)
            await pilot.pause()
            again = choices.get_option_at_index(choices.highlighted or 0)
            assert newer in [session.path for session in home.recent]  # type: ignore[attr-defined]
            assert str(again.prompt) == str(option.prompt)


async def test_a_running_session_opened_again_takes_input_and_can_be_ended(
    app: ConcvizApp, tmp_path: Path
) -> None:
    program = tmp_path / "echo.py"
    program.write_text("print('ready', flush=True)\nwhile True: print('got', input(), flush=True)\n")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: "ready" in _printed(app))
        await pilot.press("q", "l")
        await pilot.pause()
    (left,) = app.leaving.left
    again = ConcvizApp(Session.open(left), Recording.join(left), frames_per_s=0, palette="concviz-dark")
    async with again.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "ready" in _printed(again))
        await pilot.press("i", *"hello", "enter")
        await until(pilot, lambda: "got hello" in _printed(again))
        await pilot.press("escape", "q")
        await pilot.pause()
        assert isinstance(again.screen, QuitScreen)
        await pilot.press("e")
        await until(pilot, lambda: again.return_value is not None)
    assert (again.return_value, again.leaving.left) == (0, [])
    assert folder.read_status(left) == -signal.SIGTERM


async def test_a_running_session_is_reached_from_the_home_screen(app: ConcvizApp, tmp_path: Path) -> None:
    program = tmp_path / "waits.py"
    program.write_text("print('ready', flush=True)\ninput()\n")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        app.start([str(program)])
        await until(pilot, lambda: "ready" in _printed(app))
        await pilot.press("escape", "l")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.on_home_screen_reopened(HomeScreen.Reopened(app.leaving.left[0]))
        await until(pilot, lambda: "ready" in _printed(app))
        await pilot.press("i", "enter")
        await until(pilot, lambda: app.watching is not None and not app.watching.view.session.info.running)
        assert app.status == 0


async def test_a_program_of_concviz_record_says_that_it_reads_from_elsewhere(tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session", running=True, until=1000), 1000))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("i")
        await pilot.pause()
        assert [n.message for n in app._notifications] == [
            "it reads from elsewhere: only what concviz run has started reads from here"
        ]
