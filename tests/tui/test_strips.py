from __future__ import annotations

import numpy as np
import pytest

from concviz.core.model import READY_REASONS, WAITING_REASONS, Known, Reason, State
from concviz.core.timeline.answers import Cells
from concviz.tui import glyphs
from concviz.tui.lines import width_of
from concviz.tui.palette import EMPTY, PART, REST, Ink, Palette, ink, ink_of
from concviz.tui.palettes import DARK, MONO, PALETTES
from concviz.tui.strips import Painted, in_shapes, labelled, least_known, paint, paint_cell, segments
from concviz.tui.widgets.legend import legend


def cells(*columns: tuple[int, int, int, Reason, int]) -> Cells:
    return Cells(
        np.array([c[:3] for c in columns], np.int64).reshape(-1, 3),
        np.array([c[3] for c in columns], np.uint8),
        np.array([c[4] for c in columns], np.int32),
        np.zeros(len(columns), np.uint8),
    )


@pytest.mark.parametrize(
    ("running", "glyph"),
    [
        (1, "▁"),
        (142, "▁"),
        (214, "▁"),
        (215, "▂"),
        (500, "▄"),
        (700, "▅"),
        (928, "▆"),
        (929, "▇"),
        (1000, "▇"),
    ],
)
def test_the_bar_is_the_share_of_running_and_never_nothing(running: int, glyph: str) -> None:
    assert paint_cell(running, 0, 1000 - running, Reason.IO, 0, 1000)[0] == glyph


def test_nothing_alive_is_blank() -> None:
    assert paint_cell(0, 0, 0, 0, 0, 1000) == (" ", EMPTY)


@pytest.mark.parametrize(
    "reason", [r for r in Reason if r is not Reason.NONE and r not in READY_REASONS]
)
def test_every_wait_has_its_own_stroke_and_ink(reason: Reason) -> None:
    assert paint_cell(0, 0, 1000, reason, 1, 1000) == (glyphs.WAITING[reason], ink(reason, REST))


def test_shapes_alone_tell_states_and_reasons_apart() -> None:
    shapes = [glyphs.RUNNING]
    shapes += [glyphs.of(State.READY, r) for r in READY_REASONS]
    shapes += [glyphs.of(State.WAITING, r) for r in Reason if r not in READY_REASONS]
    assert len(set(shapes)) == len(shapes)


def test_the_ground_is_what_it_did_with_the_rest() -> None:
    assert paint_cell(500, 500, 0, Reason.GIL, 1, 1000) == ("▄", ink(Reason.GIL, PART))
    assert paint_cell(500, 0, 500, Reason.IO, 1, 1000) == ("▄", ink(Reason.IO, PART))


def test_many_switches_are_marked() -> None:
    assert paint_cell(500, 0, 500, Reason.IO, 8, 1000)[1] == ink(Reason.IO, PART, True)
    assert DARK.inks[ink(Reason.IO, PART, True)].underline
    assert not DARK.inks[ink(Reason.IO, PART)].underline


def test_paint_a_lane() -> None:
    painted = paint(
        cells(
            (0, 0, 0, Reason.NONE, 0),
            (0, 50, 50, Reason.LOOP, 2),
            (100, 0, 0, Reason.NONE, 1),
            (0, 0, 100, Reason.LOCK, 1),
        ),
        100,
    )
    assert "".join(painted.glyphs) == " ░▇═"


def test_a_brief_run_shows_at_any_zoom() -> None:
    assert paint_cell(1, 0, 10**12, Reason.AWAIT, 2, 10**12 + 1)[0] == "▁"


def test_long_waits_carry_their_reason() -> None:
    wait = ink(Reason.IO, REST)
    assert labelled("~" * 10, wait) == "~~ io ~~~~"
    assert labelled("~" * 8, wait) == "~" * 8
    assert labelled("▇" * 10, ink(Reason.NONE, PART)) == "▇" * 10
    assert [s.text for s in segments(Painted(["~"] * 10, [wait] * 10), DARK, 3)] == ["~~ ", "i", "o ~~~~"]


@pytest.mark.parametrize("reason", Reason)
def test_a_word_never_needs_more_than_its_span(reason: Reason) -> None:
    for length in range(1, 20):
        shown = labelled("~" * length, ink(reason, REST))
        assert len(shown) == length
        assert glyphs.REASON_WORDS[reason] in shown or length < 12


def test_runs_of_one_ink_are_one_segment_whatever_their_glyphs() -> None:
    run, wait = ink(Reason.IO, PART), ink(Reason.LOCK, REST)
    made = segments(Painted(["▁", "▅", "▂", "═", "═"], [run, run, run, wait, wait]), DARK)
    assert [(s.text, s.style) for s in made] == [("▁▅▂", DARK.inks[run]), ("══", DARK.inks[wait])]


def test_the_cursor_is_a_line_through_the_lane() -> None:
    wait = ink(Reason.LOCK, REST)
    made = segments(Painted(["═"] * 4, [wait] * 4), DARK, 1)
    assert [s.text for s in made] == ["═", "│", "══"]


def test_the_cursor_leaves_a_word_to_be_read() -> None:
    wait = ink(Reason.AWAIT, REST)
    painted = Painted(["─"] * 20, [wait] * 20)
    made = segments(painted, DARK, 4)
    assert [s.text for s in made] == ["── a", "w", "ait ───────────"]
    assert made[1].style == DARK.crossed[wait]
    assert [s.text for s in segments(painted, DARK, 2)] == ["──", "│", "await ───────────"]


def test_a_palette_without_colour_has_no_tints() -> None:
    grounds = {style.bgcolor.name for style in MONO.inks if style.bgcolor}
    assert grounds == {"#000000"}


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_words_can_be_read_in_every_palette(palette: Palette) -> None:
    least = {"concviz-contrast": 7.0, "concviz-16": 3.0}.get(
        palette.name, 4.5
    )  # pure red is what 16 colours have
    for color in (
        palette.foreground,
        palette.muted,
        palette.accent,
        palette.good,
        palette.bad,
        palette.ready,
    ):
        assert contrast(color, palette.background) >= least, color
    for reason in Reason:
        assert contrast(palette.reason(reason), palette.tint(reason)) >= 3, reason


def test_without_colour_a_cell_shows_the_state_that_took_most_of_it() -> None:
    painted = paint(
        cells(
            (1, 0, 999, Reason.AWAIT, 1),
            (300, 600, 100, Reason.GIL, 1),
            (500, 500, 0, Reason.GIL, 1),
            (300, 0, 0, Reason.NONE, 1),
        ),
        1000,
    )
    shown = in_shapes(painted)
    assert "".join(shown.glyphs) == "─▒▄▂"
    assert [MONO.inks[number].underline for number in shown.inks] == [True, True, None, None]
    assert "".join(s.text for s in segments(painted, MONO)) == "─▒▄▂"
    assert "".join(s.text for s in segments(painted, DARK)) == "".join(painted.glyphs)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_what_is_not_exact_has_faded_and_can_still_be_seen(palette: Palette) -> None:
    for layer, reasons in ((PART, (Reason.NONE, Reason.GIL)), (REST, tuple(Reason))):
        for reason in reasons:
            styles = [palette.inks[ink(reason, layer, known=known)] for known in Known]
            shades = [style.color.name for style in styles if style.color]
            if palette.name == "concviz-16":
                assert len(set(shades)) == 2 or shades[0] == "#808080"
            else:
                assert len(set(shades)) == 3
            grounds = {style.bgcolor.name for style in styles if style.bgcolor}
            assert len(grounds) == 1
            assert contrast(shades[-1], grounds.pop()) >= 1.5, (reason, layer)


def test_cells_tell_how_they_are_known() -> None:
    told = cells((100, 0, 0, Reason.NONE, 1), (0, 0, 100, Reason.LOCK, 1), (100, 0, 0, Reason.NONE, 1))
    exact = paint(told, 100)
    told.known[:] = (Known.SAMPLED, Known.EXACT, Known.INFERRED)
    painted = paint(told, 100)
    assert painted.glyphs == exact.glyphs
    assert [ink_of(number).known for number in painted.inks] == [Known.SAMPLED, Known.EXACT, Known.INFERRED]
    assert [least_known(p) for p in (exact, painted, Painted(painted.glyphs[1:], painted.inks[1:]))] == [
        Known.EXACT, Known.SAMPLED, Known.INFERRED,
    ]
    without_colour = [s.style for s in segments(painted, MONO)]
    assert len(set(without_colour)) == 3


def test_an_ink_s_number_says_all_of_it() -> None:
    for each in (Ink(Reason.HELD, Known.INFERRED, PART, True), Ink(Reason.NONE, Known.EXACT, EMPTY, False)):
        assert ink_of(ink(each.reason, each.layer, each.busy, each.known)) == each


@pytest.mark.parametrize("width", [80, 100, 120, 160, 300])
def test_the_legend_fits_and_tells_what_is_sampled(width: int) -> None:
    assert width_of(legend(DARK, width)) <= width
    parts = legend(DARK, width, held=True)
    assert width_of(parts) <= width
    words = "".join(text for text, _ in parts)
    assert all(glyphs.of(State.WAITING, reason) in words for reason in WAITING_REASONS)
    assert all(glyphs.of(State.READY, reason) in words for reason in READY_REASONS)
    assert glyphs.of(State.READY, Reason.HELD) not in "".join(text for text, _ in legend(DARK, width))
    words = "".join(text for text, _ in legend(DARK, width))
    assert "sampled" in words
    assert ("inferred" in words) is (width >= 100)
