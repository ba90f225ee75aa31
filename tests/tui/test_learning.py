"""The home screen and the glossary, used by keys: what is read, what is asked, and what is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from concviz.core import language
from concviz.core.lab.catalog import BY_KEY, EXPERIMENTS
from concviz.core.lab.glossary import TERMS
from concviz.core.launch import sessions
from concviz.core.session.pack import pack
from concviz.tui import app as tui_app
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.adjust import AdjustScreen
from concviz.tui.screens.glossary import GlossaryScreen
from concviz.tui.screens.home import HomeScreen
from concviz.tui.screens.source import SourceScreen
from concviz.tui.widgets.about import About
from concviz.tui.widgets.source import Source
from tests.tui.learners import lesson
from tests.tui.sessions import app_over, opened


class Started(ConcvizApp):
    """Says what it would run."""

    CSS_PATH = Path(tui_app.__file__).with_name("concviz.tcss")
    words: list[str]
    held = False

    def start(self, words: list[str], **more: Any) -> None:
        self.words, self.held = words, bool(more.get("held"))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Started:
    monkeypatch.setattr(sessions, "recent", lambda n, **_: [])
    app = Started(None, frames_per_s=0, palette="concviz-dark")
    app.words = []
    return app


async def choose(pilot: Pilot[Any], key: str) -> HomeScreen:
    """Highlight an experiment."""
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, HomeScreen)
    choices = screen.query_one("#choices", OptionList)
    choices.highlighted = choices.get_option_index(f"lab:{key}")
    await pilot.pause()
    return screen


def about(screen: HomeScreen) -> str:
    widget = screen.query_one("#about", About)
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    return " ".join(" ".join(lines).split())


def code(source: Source) -> str:
    return str(source.query_one(".code", Static).content)


@pytest.mark.parametrize("name", language.LANGUAGES)
async def test_every_experiment_is_listed_and_explained_at_every_size(app: Started, name: str) -> None:
    language.use(name)
    async with app.run_test(size=(80, 24)) as pilot:
        for experiment in EXPERIMENTS:
            screen = await choose(pilot, experiment.key)
            told = about(screen)
            assert " ".join(language._(experiment.explanation).split()) in told, experiment.key
            then = experiment.keys if experiment.held else experiment.look_for
            assert " ".join(language._(then).split()) in told, experiment.key


async def test_on_a_wide_screen_the_source_stands_beside_it(app: Started) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await choose(pilot, "blocking-call")
        source = screen.query_one("#source", Source)
        assert source.display
        assert "── mistake_blocking_call.py" in code(source)
        assert "── spread_asyncio.py" in code(source)
        await pilot.press("v")
        assert source.has_focus
        await pilot.press("escape")
        assert screen.query_one("#choices").has_focus
        await choose(pilot, "lock_order")
        assert "── lock_order.py" in code(source)


async def test_where_it_fits_below_the_source_stands_there_with_its_lines_numbered(app: Started) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await choose(pilot, "blocking-call")
        source = screen.query_one("#source", Source)
        assert source.display
        assert source.region.y >= screen.query_one("#about").region.bottom
        lines = code(source).splitlines()
        assert lines[1].startswith(" 1  ")
        assert any(line.startswith("12  ") for line in lines)


@pytest.mark.parametrize("size", [(20, 5), (80, 8)])
async def test_on_a_screen_of_a_few_lines_the_list_takes_them_all(
    app: Started, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await choose(pilot, "fetch_threads")
        assert screen.query_one("#choices").size == (size[0] - 2, size[1] - 1)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Forty pages by ten threads" in about(screen)


async def test_on_a_narrow_screen_a_key_shows_the_source(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await choose(pilot, "fetch_threads")
        assert not screen.query_one("#source").display
        await pilot.press("v")
        await pilot.pause()
        assert isinstance(app.screen, SourceScreen)
        assert "ThreadPoolExecutor" in code(app.screen.query_one(Source))
        await pilot.press("v")
        await pilot.pause()
        assert app.screen is screen


async def test_enter_starts_it_as_it_is(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await choose(pilot, "lock-convoy")
        await pilot.press("enter")
        await pilot.pause()
        assert app.words[1:] == ["lock-convoy", "threading"]
        await choose(pilot, "lock_order")
        await pilot.press("enter")
        await pilot.pause()
        assert (app.words, app.held) == ([str(BY_KEY["lock_order"].path)], True)


async def test_it_can_be_adjusted_and_remembers_how(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await choose(pilot, "fetch")
        await pilot.press("a", "7", "down", *"0.25", "down", "3", "down", *"thread-pool", "enter")
        await pilot.pause()
        assert app.words[1:] == ["fetch", "thread-pool", "--size", "7", "--latency", "0.25", "--workers", "3"]
        assert "items: 7 · a wait takes 0.25 s · workers: 3 · thread-pool:" in about(screen)
        await pilot.press("a")
        await pilot.pause()
        values = {field.id: field.value for field in app.screen.query(Input)}
        assert values == {"items": "7", "latency": "0.25", "workers": "3", "model": "thread-pool"}
        await pilot.press("escape")
        await pilot.pause()
        app.words = []
        await pilot.press("enter")
        await pilot.pause()
        assert app.words[1:3] == ["fetch", "thread-pool"], "as it was set the last time"


async def test_what_cannot_be_is_said_and_asked_again(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await choose(pilot, "count")
        await pilot.press("a", "0", "enter")
        await pilot.pause()
        assert isinstance(app.screen, AdjustScreen)
        trouble = app.screen.query_one("#trouble", Static)
        assert "items: '0' is no number from 1 to 100,000" in str(trouble.content)
        assert app.words == []
        await pilot.press("backspace", "2", "enter")
        await pilot.pause()
        assert app.words[1:] == ["count", "asyncio", "--size", "2"]


async def test_what_has_nothing_to_set_says_so(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await choose(pilot, "lock_order")
        await pilot.press("a")
        await pilot.pause()
        assert app.screen is screen
        assert [n.message for n in app._notifications] == ["lock_order has nothing to set"]


@pytest.mark.parametrize("name", language.LANGUAGES)
async def test_the_glossary_has_every_word_in_both_languages(app: Started, name: str) -> None:
    language.use(name)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, GlossaryScreen)
        for term in TERMS:
            told = str(screen.query_one("#told", Static).content)
            russian = language.catalogue("ru").gettext(term.word)
            assert term.word in told
            assert russian in told
            assert language._(term.meaning) in told
            assert language._(BY_KEY[term.experiment].title) in told
            await pilot.press("j")
            await pilot.pause()


async def test_a_word_starts_its_experiment(app: Started) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e", "down", "enter")
        await pilot.pause()
        assert app.words == [str(BY_KEY[TERMS[1].experiment].path), "compute", "process-pool"]


async def test_from_a_session_a_word_goes_to_its_experiment(tmp_path: Path) -> None:
    app = Started(opened(lesson(tmp_path / "session")), frames_per_s=0, palette="concviz-dark",
                  clock=app_over(None).clock)
    app.words = []
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e", "enter")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
        assert app.words == [str(BY_KEY[TERMS[0].experiment].path)]


async def test_what_is_damaged_is_told_and_opens_as_far_as_it_can(tmp_path: Path) -> None:
    packed = sessions.default_root() / "cut.cviz"
    packed.parent.mkdir(parents=True)
    pack(lesson(tmp_path / "session").path, packed)
    packed.write_bytes(packed.read_bytes()[:-1])
    (packed.parent / "empty.cviz").touch()
    app = ConcvizApp(None, frames_per_s=0, palette="concviz-dark")
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        home = app.screen
        assert isinstance(home, HomeScreen)
        at = {one.path.name: f"session:{index}" for index, one in enumerate(home.recent)}
        choices = home.query_one("#choices", OptionList)
        told = {}
        for name in ("empty.cviz", "cut.cviz"):
            choices.highlighted = choices.get_option_index(at[name])
            await pilot.pause()
            told[name] = str(choices.get_option(at[name]).prompt).strip(), about(home)
            await pilot.press("enter")
            await pilot.pause()
            if name == "empty.cviz":
                assert app.screen is home
                assert "is no session: a session is a folder" in [n.message for n in app._notifications][-1]
        assert app.watching is not None
        assert told["empty.cviz"][0] == "empty.cviz  unreadable"
        assert "The file is no packed session" in told["empty.cviz"][1]
        assert told["cut.cviz"][0].endswith("exit 0, damaged")
        assert "Part of it is lost" in told["cut.cviz"][1]


async def test_the_next_theme_colors_the_headings_and_leaves_the_choice(app: Started) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await choose(pilot, "blocking-call")
        choices = screen.query_one("#choices", OptionList)
        chosen = choices.highlighted
        heading = choices.get_option_at_index(0).prompt
        assert isinstance(heading, Text)
        assert heading.style == app.palette.muted
        await pilot.press("t")
        await pilot.pause()
        heading = choices.get_option_at_index(0).prompt
        assert app.palette.name == "concviz-light"
        assert isinstance(heading, Text)
        assert heading.style == app.palette.muted
        assert choices.highlighted == chosen
