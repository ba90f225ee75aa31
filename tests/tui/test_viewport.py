from __future__ import annotations

import pytest

from concviz.tui.viewport import Mode, Viewport, cell_width, level_for

S = 1_000_000_000
MS = 1_000_000


def grown(seconds: float, *, columns: int = 100, ended: bool = False, start: int = 5 * S) -> Viewport:
    view = Viewport(columns=columns)
    view.advance(start, start, False)
    view.advance(start, start + round(seconds * S), ended)
    return view


def test_cell_widths_are_powers_of_two_with_three_steps_between() -> None:
    assert [cell_width(level) for level in range(32, 37)] == [256, 320, 384, 448, 512]


def test_level_for_is_the_finest_that_fits() -> None:
    level = level_for(1 * S, 100)
    assert cell_width(level) * 100 >= 1 * S
    assert cell_width(level - 1) * 100 < 1 * S


def test_a_live_view_follows_the_end_by_whole_cells() -> None:
    view = grown(60)
    cell, first = view.cell_ns, view.first
    view.advance(5 * S, 65 * S + 7 * cell, False)
    assert view.cell_ns == cell
    assert view.first == first + 7
    assert view.limit_ns == view.t0_ns + 100 * cell
    assert view.mode is Mode.LIVE


def test_a_young_session_fills_from_the_left() -> None:
    view = grown(0.2)
    assert view.first == 0
    assert view.t0_ns == 5 * S
    assert view.columns * view.cell_ns >= 1 * S


def test_pausing_holds_still_and_tells_how_far_behind_it_is() -> None:
    view = grown(10)
    view.pause()
    before = (view.first, view.level, view.limit_ns)
    view.advance(5 * S, 5 * S + 13 * S, False)
    assert (view.first, view.level, view.limit_ns) == before
    assert view.behind_ns == 18 * S - before[2]
    assert view.mode is Mode.PAUSED
    view.resume()
    assert view.behind_ns == 0
    assert view.mode is Mode.LIVE


def test_a_paused_view_stays_paused_when_the_program_ends() -> None:
    view = grown(10)
    view.pause()
    view.advance(5 * S, 5 * S + 13 * S, True)
    assert view.mode is Mode.PAUSED
    view.resume()
    assert view.mode is Mode.ENDED


def test_an_untouched_view_shows_the_whole_session_once_it_ended() -> None:
    view = grown(60)
    view.advance(5 * S, 65 * S, True)
    assert view.first == 0
    assert view.t1_ns >= 65 * S
    assert view.mode is Mode.ENDED


@pytest.mark.parametrize("column", [0, 30, 99])
def test_zooming_keeps_the_cursor_in_its_column(column: int) -> None:
    view = grown(60, ended=True)
    view.fit(25 * S, 45 * S)
    view.move_cursor(view.time_at(column))
    cell = view.cell_ns
    view.zoom(1)
    assert view.cell_ns == cell // 2
    assert view.cursor_column == column
    view.zoom(-1)
    assert view.cell_ns == cell
    assert view.cursor_column == column


def test_zooming_while_following_keeps_following() -> None:
    view = grown(10)
    view.zoom(1)
    assert view.mode is Mode.LIVE
    assert view.first + view.columns >= (view.limit_ns - view.start_ns) // view.cell_ns


def test_zooming_at_the_pointer_pauses_there() -> None:
    view = grown(10)
    at = view.time_at(20)
    view.zoom(1, at)
    assert view.mode is Mode.PAUSED
    assert (at - view.t0_ns) // view.cell_ns == 20


def test_zoom_has_ends() -> None:
    view = grown(10, ended=True)
    view.zoom(100)
    assert view.cell_ns == 256
    view.zoom(-1000)
    assert view.cell_ns == cell_width(46 * 4)


def test_panning_moves_the_window_and_the_cursor_with_it() -> None:
    view = grown(60, ended=True)
    view.fit(25 * S, 45 * S)
    view.move_cursor(view.time_at(50))
    first = view.first
    view.pan(12)
    assert view.first == first + 12
    assert view.cursor_column == 50


def test_panning_beyond_the_border_moves_the_cursor_alone() -> None:
    view = grown(60, ended=True)
    view.home()
    view.move_cursor(view.time_at(50))
    view.pan(-12)
    assert view.first == 0
    assert view.cursor_column == 38


def test_the_cursor_never_leaves_what_may_be_shown() -> None:
    view = grown(10)
    view.pause()
    view.move_cursor(100 * S)
    assert view.cursor_ns == view.limit_ns
    view.move_cursor(0)
    assert view.cursor_ns == 5 * S


def test_revealing_brings_an_instant_into_sight() -> None:
    view = grown(60, ended=True)
    view.fit(25 * S, 26 * S)
    view.move_cursor(50 * S)
    assert view.cursor_column is not None
    view.move_cursor(6 * S)
    assert view.cursor_column is not None


def test_fit_shows_the_span_nearly_as_large_as_possible() -> None:
    view = grown(60, ended=True)
    view.fit(25 * S, 26 * S)
    assert view.t0_ns <= 25 * S
    assert view.t1_ns >= 26 * S
    assert view.columns * view.cell_ns < 1.4 * S


def test_whole_keeps_showing_everything_while_it_grows() -> None:
    view = grown(10)
    view.whole()
    view.advance(5 * S, 105 * S, False)
    assert view.first == 0
    assert view.limit_ns > 100 * S
    assert view.mode is Mode.LIVE


def test_whole_leaves_the_cursor_of_what_is_over_at_its_instant() -> None:
    view = grown(60, ended=True)
    view.fit(25 * S, 26 * S)
    view.move_cursor(25 * S + 7)
    view.whole()
    assert (view.first, view.cursor_ns, view.mode) == (0, 25 * S + 7, Mode.ENDED)
    assert view.t1_ns >= 65 * S
    view.resize(37)
    assert (view.first, view.cursor_ns) == (0, 25 * S + 7)
    assert view.t1_ns >= 65 * S


def test_another_width_keeps_an_ended_session_whole() -> None:
    view = grown(60, ended=True)
    view.resize(37)
    assert view.first == 0
    assert view.t1_ns >= 65 * S
