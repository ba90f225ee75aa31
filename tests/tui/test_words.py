"""Text on its way to the screen: cut by cells, never interpreted; output and source lines."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from rich.style import Style

from concviz.core.session import source
from concviz.tui.commands import COMMANDS
from concviz.tui.lines import cut, cut_name, fitted, line, wrapped
from concviz.tui.shots import file_name, save
from concviz.tui.units import signal_name
from concviz.tui.viewport import Viewport
from concviz.tui.widgets.output import Printed, last_rows, lines_words
from concviz.tui.widgets.ruler import axis, tick_step, ticks

PLAIN = Style()


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 10, "short"),
        ("much too long", 8, "much to…"),
        ("漢字漢字", 5, "漢字…"),
        ("x", 0, ""),
        ("xy", 1, "…"),
    ],
)
def test_cut_counts_cells(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("ThreadPoolExecutor-0_1", 13, "ThreadPo…-0_1"),
        ("ForkPoolWorker-12", 12, "ForkPool…-12"),
        ("漢字漢字漢字漢字-7", 9, "漢字漢…-7"),
        ("worker_12", 9, "worker_12"),
        ("fetch_asyncio.py", 10, "fetch_asy…"),
        ("123456789012", 8, "1234567…"),
    ],
)
def test_a_name_that_is_cut_keeps_its_number(name: str, width: int, shown: str) -> None:
    assert cut_name(name, width) == shown


def test_a_word_that_is_longer_than_a_line_is_broken() -> None:
    assert wrapped("kept in /state/concviz/sessions/mixed-1 now", 12) == [
        "kept in", "/state/concv", "iz/sessions/", "mixed-1 now",
    ]
    assert wrapped("漢字漢字漢", 5) == ["漢字", "漢字", "漢"]


def test_fitted_is_exactly_as_wide() -> None:
    assert fitted("漢字漢", 4) == "漢… "


@pytest.mark.parametrize("width", [1, 5, 12, 40])
def test_a_line_is_exactly_as_wide_whatever_it_holds(width: int) -> None:
    made = line([("[bold]漢字", PLAIN), (" and more", PLAIN)], width, PLAIN, [("右 right", PLAIN)])
    assert made.cell_length == sum(segment.cell_length for segment in made) == width


def test_wrapped() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]


def test_output_arrives_in_pieces() -> None:
    printed = Printed()
    for piece in (b"caf\xc3", b"\xa9\nprogress 1 %\rprog", b"ress 2 %\n\x1b[1;31mred\x1b[0m \x1b[2J\nopen"):
        printed.feed(piece)
    assert printed.lines == ["café", "progress 2 %", "red \u241b[2J", "open"]


def test_an_endless_line_and_endless_output_stay_bounded() -> None:
    printed = Printed()
    printed.feed(b"x" * 1_000_000)
    printed.feed(b"\n" * 20_000)
    assert len(printed.lines) == 5000
    assert printed.total == 20_000


def test_the_output_says_how_much_of_it_is_kept() -> None:
    said = [lines_words(*pair) for pair in ((0, 0), (1, 1), (1, 0), (5000, 100_001))]
    assert said == ["0 lines", "1 line", "1 line", "last 5 000 of 100 001 lines"]


def test_long_lines_wrap() -> None:
    lines = ["first", "x" * 10, "漢字漢", ""]
    assert last_rows(lines, 5, 99) == ["first", "xxxxx", "xxxxx", "漢字", "漢", ""]
    assert last_rows(lines, 5, 2)[-2:] == ["漢", ""]


def test_signals_by_name() -> None:
    assert [signal_name(number) for number in (2, 9, 250)] == ["SIGINT", "SIGKILL", "signal 250"]


def test_source_lines(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("first\n    second = '\x1b[31m'\n")
    assert source.line(str(file), 2) == "second = '\u241b[31m'"
    assert [source.line(str(file), number) for number in (0, -1, 99)] == ["", "", ""]


def test_only_regular_files_of_a_sane_size_are_read(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe.py", tmp_path / "large.py"
    os.mkfifo(pipe)
    large.write_bytes(b"x\n" * 2_000_000)
    for path in (str(pipe), str(large), str(tmp_path), "relative.py", "/dev/zero", "<string>", "/a\0b"):
        assert source.line(path, 1) == ""


def test_ticks_are_round_numbers_apart() -> None:
    assert [tick_step(cell) for cell in (1, 1000, 33_554_432)] == [20, 20_000, 500_000_000]


def test_the_axis_shows_cursor_and_marks() -> None:
    view = Viewport(columns=60)
    view.advance(0, 10_000_000_000, True)
    view.move_cursor(view.time_at(30))
    text, special = axis(view, [view.time_at(10)])
    assert special == {10: "1", 30: "▼"}
    assert text.startswith("╵0 s")
    assert len(text) == 60


def test_the_cursor_hides_no_digit_of_a_label() -> None:
    view = Viewport(columns=60)
    view.advance(0, 100_000_000_000, True)
    column = next(column for column, label in ticks(view) if label == "50 s")
    view.move_cursor(view.time_at(column))
    assert "50 s" in axis(view, [])[0], "in the place of the tick it leaves the label whole"
    view.move_cursor(view.time_at(column + 1))
    assert "50 s" not in axis(view, [])[0], "▼0 s would be another instant"


def test_a_mark_never_stands_beside_a_label() -> None:
    view = Viewport(columns=60)
    view.advance(0, 10_000_000_000, True)
    text, special = axis(view, [0])
    assert special[0] == "1"
    assert text.startswith(" " * 8)
    assert "╵" in text


def test_names_of_screenshots(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 9, 5, 3)
    assert file_name("crawl.py", now) == "crawl.py-20261122-090503"
    assert file_name("../../etc/passwd\x1b", now) == "etc_passwd-20261122-090503"
    assert [save("<svg/>", tmp_path / "a" / "b", "x", now).name for _ in range(3)] == [
        "x-20261122-090503.svg",
        "x-20261122-090503-2.svg",
        "x-20261122-090503-3.svg",
    ]


def test_no_key_means_two_things() -> None:
    keys = [key for command in COMMANDS for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
