"""Keys for the program and the screen, pressed: output, legend, theme, screenshot, help, quit."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList, Static
from textual.widgets._toast import Toast

from concviz.core import language
from concviz.core.launch import sessions
from concviz.tui.app import ConcvizApp
from concviz.tui.commands import GROUPS
from concviz.tui.palettes import DARK
from concviz.tui.screens.help import HELD_KEYS, HOME_KEYS, HelpScreen, Page, Section
from concviz.tui.screens.timeline import TimelineScreen
from tests.tui.sessions import app_over, crawl, opened, relay
from tests.tui.steps import press, screen_of


async def test_output_small_large_hidden(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "o")
    states = [(screen.output.display, screen.output.size.height)]
    for _ in range(2):
        await press(pilot, "o")
        states.append((screen.output.display, screen.output.size.height))
    shown = [height for display, height in states if display]
    assert len(shown) == 2
    assert max(shown) > min(shown)
    assert screen.output.printed.lines[:3] == ["fetching 8 pages", "ok page 1", "progress 90 %"]
    assert "\x1b" not in "".join(screen.output.printed.lines)


@pytest.mark.parametrize("size", [(100, 40), (140, 40)])
async def test_an_empty_output_is_only_its_title(tmp_path: Path, size: tuple[int, int]) -> None:
    story = crawl(tmp_path / "session")
    story.output = b""
    story.write()
    async with app_over(opened(story)).run_test(size=size) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        heights = []
        for data in (b"", b"hello\n"):
            screen.output.take(data)
            screen.redraw()
            await pilot.pause()
            heights.append(screen.output.size.height)
        assert heights[0] == 1
        assert heights[1] >= 7
        assert "hello" in screen.output.render_line(1).text


async def test_the_output_scrolls_back_and_stays(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "o")
    while not screen.output.display:
        await press(pilot, "o")
    screen.output.focus()
    screen.output.take(b"".join(b"line %d\n" % number for number in range(100)))
    screen.redraw()
    await press(pilot, "pageup")
    top = screen.output.render_line(1).text.strip()
    assert top.startswith("line ")
    screen.output.take(b"more\n" * 5)
    screen.redraw()
    assert screen.output.render_line(1).text.strip() == top
    await press(pilot, "end")
    assert screen.output.render_line(screen.output.size.height - 1).text.strip() == "more"
    await press(pilot, "home")
    assert screen.output.render_line(1).text.strip() == "fetching 8 pages"


async def test_legend_and_theme(pilot: Pilot[int]) -> None:
    screen = await press(pilot, "l")
    assert not screen.query_one("#legend").display
    await press(pilot, "l")
    assert screen.query_one("#legend").display
    themes = []
    for _ in range(3):
        await press(pilot, "t")
        themes.append(screen.palette.name)
    assert themes == ["concviz-light", "concviz-contrast", "concviz-dark"]


async def test_screenshot_says_where(pilot: Pilot[int], tmp_path: Path) -> None:
    await press(pilot, "S", "S")
    names = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert names[0].endswith("-20261122-100000-2.svg")
    assert names[1].endswith("-20261122-100000.svg")
    picture = (tmp_path / "shots" / names[1]).read_text()
    assert picture.startswith("<svg")
    assert "url(http" not in picture.replace('"', "")
    assert any("saved" in n.message for n in pilot.app._notifications)


async def test_a_screenshot_that_cannot_be_written_is_one_line(pilot: Pilot[int], tmp_path: Path) -> None:
    (tmp_path / "shots").write_text("a file")
    await press(pilot, "S")
    messages = [n.message for n in pilot.app._notifications]
    assert len(messages) == 1
    assert messages[0].startswith("no screenshot: ")
    assert "\n" not in messages[0]


async def test_help(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark")
    await pilot.pause()
    assert isinstance(pilot.app.screen, HelpScreen)
    await pilot.press("escape")
    await pilot.pause()
    assert isinstance(pilot.app.screen, TimelineScreen)


def page(pilot: Pilot[int]) -> list[str]:
    """The help page, line by line."""
    return str(pilot.app.screen.query_one("#page Static", Static).content).splitlines()


async def test_what_does_not_fit_on_a_line_of_the_help_goes_on_below_its_begin(pilot: Pilot[int]) -> None:
    await pilot.resize_terminal(50, 24)
    await pilot.press("question_mark")
    await pilot.pause()
    lines = page(pilot)
    at = next(number for number, line in enumerate(lines) if "Pause or resume" in line)
    assert lines[at : at + 2] == [
        "  space  Pause or resume: hold the view", "         still; what is over: play",
    ]
    assert max(map(len, lines)) <= 46


@pytest.mark.parametrize("name", language.LANGUAGES)
@pytest.mark.parametrize("first", [None, HELD_KEYS, HOME_KEYS])
def test_the_help_says_everything_once_and_begins_with_the_keys_of_its_screen(
    first: Section | None, name: str
) -> None:
    language.use(name)
    lines = Page(DARK, 60, first).text.plain.splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[0] == language._(first[0] if first else "Time")
    assert len(heads) == len(set(heads)) == len(GROUPS) + 8


async def test_the_home_screen_asks_for_its_own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "recent", lambda n, **_: [])
    app = ConcvizApp(None, frames_per_s=0, palette="concviz-dark")
    async with app.run_test(size=(80, 24)) as home:
        await home.press("question_mark")
        await home.pause()
        assert page(home)[0] == "On the home screen"


async def offered(pilot: Pilot[int]) -> tuple[str, ...]:
    """The footer, the output's title, the help page and the palette."""
    await press(pilot, "o")
    screen = pilot.app.screen
    assert isinstance(screen, TimelineScreen)
    shown = screen.query_one("#keys").render_line(0).text, screen.output.render_line(0).text
    palette = " ".join(command.title for command in pilot.app.get_system_commands(screen))
    await pilot.press("question_mark")
    await pilot.pause()
    page = str(pilot.app.screen.query_one("#page Static", Static).render())
    return (*shown, page, palette)


@pytest.mark.parametrize("running", [False, True])
async def test_typing_is_offered_while_the_program_runs(tmp_path: Path, running: bool) -> None:
    story = crawl(tmp_path / "session", running=running, until=1000 if running else 9999)
    app = app_over(opened(story, 1000) if running else opened(story), at_ms=1000)
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        app.tick()
        footer, title, page, palette = await offered(pilot)
        assert [word in footer for word in ("q quit", "^p commands")] == [True, True]
        words = "i type input", "i type", "Type input: ", "Type input (i)"
        assert [word in where for word, where in zip(words, (footer, title, page, palette))] == [running] * 4
        assert ("Hold or release: " in page, "Hold or release (h)" in palette) == (running, running)


async def test_quit_leaves_at_once_when_nothing_runs(pilot: Pilot[int]) -> None:
    await pilot.press("q")
    await pilot.pause()
    assert not pilot.app.is_running or pilot.app.return_value == 0


async def test_the_palette_lists_every_command(pilot: Pilot[int]) -> None:
    titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
    assert "Zoom in (w)" in titles
    assert "Quit (q)" in titles


async def test_the_palette_begins_with_what_the_session_can_do(pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+p")
    await pilot.pause()
    assert isinstance(pilot.app.screen, CommandPalette)
    listed = pilot.app.screen.query_one(OptionList)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    first = [str(listed.get_option_at_index(place).prompt) for place in range(3)]
    assert [words.splitlines()[0] for words in first] == ["Pause or resume (space)", "Play faster ())",
                                                         "Play slower (()"]


async def test_esc_leaves_a_session_that_was_opened_by_itself(pilot: Pilot[int]) -> None:
    await pilot.press("escape")
    await pilot.pause()
    assert not pilot.app.is_running or pilot.app.return_value == 0


async def test_output_that_is_not_kept_is_told(tmp_path: Path) -> None:
    story = relay(tmp_path / "session")
    async with app_over(opened(story, 100)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await press(pilot, "o")
        assert screen.output.render_line(0).text.startswith(" output  not kept: only concviz run keeps it")


async def test_messages_do_not_lie_over_the_legend(tmp_path: Path) -> None:
    app = app_over(opened(relay(tmp_path / "session"), 100))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        pilot.app.notify("something to say")
        for _more in range(5):
            await pilot.pause()
        legend = pilot.app.screen.query_one("#legend").region
        assert all(not legend.overlaps(toast.region) for toast in pilot.app.screen.query(Toast))
        assert pilot.app.screen.query(Toast)
