"""``R``: what is recorded of the screen, what is left out, and how it ends."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from concviz.tui.app import ConcvizApp
from concviz.tui.drawing import CELL_W, svg
from concviz.tui.film import AFTER_KEY_NS, PERIOD_NS, Film
from tests.core.export.drawn import NAUGHTY
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, hostile, opened
from tests.tui.steps import screen_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def filmed(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    app = app_over(opened(crawl(tmp_path / "session")), shots=tmp_path / "shots")
    now = [START_NS]
    app.clock = lambda: now[0]
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        while screen_of(pilot).moments.advance():  # what is found later would change the screen
            pass
        screen_of(pilot).redraw()
        await pilot.pause()
        pilot.now = now  # type: ignore[attr-defined]
        yield pilot


def app_of(pilot: Pilot[int]) -> ConcvizApp:
    assert isinstance(pilot.app, ConcvizApp)
    return pilot.app


async def later(pilot: Pilot[int], ns: int = PERIOD_NS) -> None:
    """Time goes on, and the application ticks."""
    pilot.now[0] += ns  # type: ignore[attr-defined]
    app_of(pilot).tick()
    await pilot.pause()


async def stopped(pilot: Pilot[int]) -> None:
    """Press R and wait until all is written."""
    app = app_of(pilot)
    writing = app._writing
    await pilot.press("R")
    assert writing is not None
    await writing
    app.tick()
    await pilot.pause()


def listed(folder: Path) -> list[tuple[Any, ...]]:
    """The lines of frames.js: the call and its arguments."""
    found = []
    for line in (folder / "frames.js").read_text("ascii").splitlines():
        call = re.fullmatch(r"(\w+)\((.*)\);", line)
        assert call
        found.append((call[1], *json.loads(f"[{call[2]}]")))
    return found


async def test_frames_of_what_changed_and_the_keys_that_changed_it(
    filmed: Pilot[int], tmp_path: Path,
) -> None:
    await filmed.press("R")
    app_of(filmed).clear_notifications()
    await filmed.pause()
    await later(filmed)
    await later(filmed)  # nothing has changed
    await filmed.press("j", "w")
    await later(filmed)
    await stopped(filmed)
    folder = tmp_path / "shots" / "session-20261122-100000"
    assert [line[0] for line in listed(folder)] == ["title", "frame", "frame", "end"]
    assert listed(folder)[1:] == [
        ("frame", "00001.svg", 250, []), ("frame", "00002.svg", 750, ["j", "w"]), ("end", 750),
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "00001.svg", "00002.svg", "frames.js", "index.html",
    ]
    for number in (1, 2):
        root = ET.parse(folder / f"0000{number}.svg").getroot()
        shown = "".join(text.text or "" for text in root.iter(f"{SVG}text"))
        assert "◉ REC" in shown
        assert "spinner_0" in shown
    assert "recorded 2 frames" in str(next(iter(app_of(filmed)._notifications)).message)


async def test_a_key_is_looked_at_sooner_than_what_changes_by_itself(filmed: Pilot[int]) -> None:
    await filmed.press("R")
    await later(filmed)
    film = app_of(filmed).film
    assert film is not None
    assert not film.due(filmed.now[0] + AFTER_KEY_NS)  # type: ignore[attr-defined]
    await filmed.press("j")
    assert film.due(filmed.now[0] + AFTER_KEY_NS)  # type: ignore[attr-defined]
    await stopped(filmed)


async def test_the_header_says_so_only_while_it_records(filmed: Pilot[int]) -> None:
    def header() -> str:
        return "".join(strip.text for strip in app_of(filmed).cells()[:1])

    assert "REC" not in header()
    await filmed.press("R")
    assert "◉ REC" in header()
    await stopped(filmed)
    assert "REC" not in header()


async def test_quitting_ends_the_recording_whole(tmp_path: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "session")), shots=tmp_path / "shots")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("R")
        app.tick()
        await pilot.press("q")
    (folder,) = (tmp_path / "shots").iterdir()
    assert [line[0] for line in listed(folder)] == ["title", "frame", "end"]


async def test_a_second_recording_has_a_folder_of_its_own(filmed: Pilot[int], tmp_path: Path) -> None:
    for _ in range(2):
        await filmed.press("R")
        await later(filmed)
        await stopped(filmed)
    names = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert names == ["session-20261122-100000", "session-20261122-100000-2"]


async def test_what_cannot_be_written_is_said_in_one_line(
    filmed: Pilot[int], tmp_path: Path,
) -> None:
    (tmp_path / "shots").write_text("a file is in the way")
    await filmed.press("R")
    writing = app_of(filmed)._writing
    assert writing is not None
    await writing
    app_of(filmed).clear_notifications()
    await later(filmed)
    (told,) = [note.message for note in app_of(filmed)._notifications]
    assert re.fullmatch(r"nothing is recorded: (Not a directory|File exists): .*/shots/.*", str(told))
    assert app_of(filmed).film is None


async def test_a_full_disk_ends_it_and_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = Film(tmp_path / "film", "app", 0)
    film.take([Strip([Segment("one")])], 1)
    film.stop(2)

    async def full(frame: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film, "_write", full)
    await film.run()
    assert film.trouble == f"No space left on device: {tmp_path / 'film'}"
    assert (tmp_path / "film" / "index.html").exists()


async def test_a_slow_disk_makes_it_leave_out_frames_and_count_them(tmp_path: Path) -> None:
    film = Film(tmp_path / "film", "app", 0)
    for n in range(20):
        film.take([Strip([Segment(str(n))])], n * PERIOD_NS)
    assert film.missed == 12
    film.stop(20 * PERIOD_NS)
    await film.run()
    assert film.written == 8


async def test_text_that_is_typed_is_not_listed_key_by_key(filmed: Pilot[int], tmp_path: Path) -> None:
    await filmed.press("slash")
    await filmed.pause()
    app = app_of(filmed)
    app.action_film()
    await filmed.press("s", "p")
    await later(filmed)
    await filmed.press("escape")
    await filmed.pause()
    await stopped(filmed)
    (folder,) = (tmp_path / "shots").iterdir()
    assert listed(folder)[1][3] == ["…", "…"]


# -- drawing -----------------------------------------------------------------------------------------------


def drawn(*segments: Segment) -> ET.Element:
    return ET.fromstring(svg([Strip(list(segments))], "title"))


def test_wide_characters_keep_their_cells() -> None:
    texts = drawn(Segment("ab漢字é🎉c")).findall(f"{SVG}text")
    places = [(text.text, int(text.get("x", "")), int(text.get("textLength", ""))) for text in texts]
    assert places == [
        ("ab", 0, 2 * CELL_W), ("漢", 2 * CELL_W, 2 * CELL_W), ("字", 4 * CELL_W, 2 * CELL_W),
        ("é", 6 * CELL_W, CELL_W), ("🎉", 7 * CELL_W, 2 * CELL_W), ("c", 9 * CELL_W, CELL_W),
    ]


def test_one_background_is_one_box() -> None:
    red = Style(bgcolor="#ff0000")
    root = drawn(Segment("a", red), Segment("b", red + Style(bold=True)), Segment("c"))
    boxes = [box.attrib for box in root.iter(f"{SVG}rect")][1:]
    assert [(box["x"], box["width"], box["fill"]) for box in boxes] == [("0", str(2 * CELL_W), "#ff0000")]


@pytest.mark.parametrize(("text", "d"), [
    ("██▄a", "M0 0h20v20h-20zM20 10h10v10h-10z"),
    (" ▁", "M10 17.5h10v2.5h-10z"),
    ("漢▀", "M20 0h10v10h-10z"),
    ("▌▌▕", "M0 0h5v20h-5zM10 0h5v20h-5zM28.75 0h1.25v20h-1.25z"),
    ("▚▟", "M0 0h5v10h-5zM5 10h5v10h-5zM15 0h5v10h-5zM10 10h5v10h-5zM15 10h5v10h-5z"),
])
def test_bars_fill_their_cells_whatever_the_font(text: str, d: str) -> None:
    root = drawn(Segment(text, Style(color="#123456")))
    (bars,) = root.iter(f"{SVG}path")
    assert bars.get("d") == d
    (style,) = (style.text or "" for style in root.iter(f"{SVG}style"))
    assert f".{bars.get('class')}{{fill:#123456}}" in style
    words = "".join(words.text or "" for words in root.iter(f"{SVG}text"))
    assert words == re.sub("[▀-▟]", "", text).strip()


def test_reverse_swaps_the_colours() -> None:
    root = drawn(Segment("a", Style(color="#111111", bgcolor="#222222", reverse=True)))
    assert [box.get("fill") for box in root.iter(f"{SVG}rect")][1:] == ["#111111"]
    assert "fill:#222222" in "".join(style.text or "" for style in root.iter(f"{SVG}style"))


@pytest.mark.parametrize("text", NAUGHTY)
def test_no_text_breaks_a_picture(text: str) -> None:
    root = drawn(Segment(text[:5000]))
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "style", "g", "rect", "text")
    }


async def test_home_can_be_recorded_too(tmp_path: Path) -> None:
    app = app_over(None, shots=tmp_path / "shots")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("R")
        app.tick()
        await pilot.pause()
        await stopped(pilot)
    (folder,) = (tmp_path / "shots").iterdir()
    assert folder.name == "concviz-20261122-100000"
    assert [line[0] for line in listed(folder)] == ["title", "frame", "end"]


async def test_no_name_breaks_out_of_a_frame(tmp_path: Path) -> None:
    app = app_over(opened(hostile(tmp_path / "session")))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        text = svg(app.cells(), "</title><script>alert(1)</script>")
    assert not re.search("url|@font-face|@import|href", text), "it needs nothing from the network"
    root = ET.fromstring(text)
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "style", "g", "rect", "text", "path")
    }
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


async def test_taking_the_screen_leaves_to_the_terminal_what_is_due(filmed: Pilot[int]) -> None:
    compositor = app_of(filmed).screen._compositor
    before = {*compositor._dirty_regions}
    app_of(filmed).cells()
    assert {*compositor._dirty_regions} >= before
