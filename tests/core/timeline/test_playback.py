"""Playing: where the instant stands at each time of a clock that the test sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.timeline.playback import SPEEDS, Playback

S = 1_000_000_000


def played(speed: int = 100, *, backwards: bool = False, at: int = 0) -> Playback:
    """Playing since the clock's 5 s, over a history from 0 to 100 s."""
    playback = Playback()
    playback.speed, playback.backwards = speed, backwards
    playback.play(5 * S, at, 0, 100 * S)
    return playback


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("backwards", [False, True])
def test_it_moves_by_the_clock_times_the_speed(speed: int, backwards: bool) -> None:
    playback = played(speed, backwards=backwards, at=50 * S)
    moved = S // 2 * speed // 100
    assert playback.advance(5 * S + S // 2, 0, 100 * S) == 50 * S + (-moved if backwards else moved)


def test_nothing_is_lost_over_many_ticks() -> None:
    playback = played(1)
    for now in range(5 * S, 6 * S, 7):
        if now > 5 * S + 70_000:
            break
        playback.advance(now, 0, 100 * S)
    assert playback.advance(6 * S, 0, 100 * S) == S // 100


@pytest.mark.parametrize(("backwards", "end"), [(False, 100 * S), (True, 0)])
def test_it_pauses_at_the_ends_and_plays_from_the_begin_then(backwards: bool, end: int) -> None:
    playback = played(10_000, backwards=backwards, at=50 * S)
    assert playback.advance(9 * S, 0, 100 * S) == end
    assert not playback.playing
    assert playback.advance(99 * S, 0, 100 * S) == end
    playback.play(100 * S, end, 0, 100 * S)
    assert (playback.playing, playback.backwards, playback.at_ns) == (True, False, 0)
    assert playback.advance(100 * S + S // 2, 0, 100 * S) == 50 * S


def test_paused_it_stands_still() -> None:
    playback = played()
    assert playback.advance(6 * S, 0, 100 * S) == S
    playback.pause()
    assert playback.advance(60 * S, 0, 100 * S) == S


def test_another_speed_holds_from_now_on() -> None:
    playback = played()
    playback.advance(6 * S, 0, 100 * S)
    playback.hasten(1, 6 * S)
    assert (playback.speed, playback.advance(7 * S, 0, 100 * S)) == (200, 3 * S)
    playback.hasten(-2, 7 * S)
    assert (playback.speed, playback.advance(9 * S, 0, 100 * S)) == (50, 4 * S)


def test_there_is_a_fastest_and_a_slowest() -> None:
    playback = played()
    playback.hasten(99, 5 * S)
    assert (playback.speed, playback.words) == (10_000, "▶ ×100")
    playback.hasten(-99, 5 * S)
    assert (playback.speed, playback.words) == (1, "▶ ×0.01")


def test_turned_it_goes_back_the_way_it_came() -> None:
    playback = played(200)
    playback.advance(8 * S, 0, 100 * S)
    playback.turn(8 * S)
    assert (playback.words, playback.advance(9 * S, 0, 100 * S)) == ("◀ ×2", 4 * S)


@given(st.lists(st.tuples(st.sampled_from(("tick", "faster", "slower", "turn", "move")), st.integers(0, S))))
def test_whatever_is_done_it_stays_in_the_history(acts: list[tuple[str, int]]) -> None:
    playback, now = played(at=50 * S), 5 * S
    for act, step in acts:
        now += step
        if act == "turn":
            playback.turn(now)
        elif act == "move":
            playback.move(now, step * 100)
        elif act != "tick":
            playback.hasten(1 if act == "faster" else -1, now)
        assert 0 <= playback.advance(now, 0, 100 * S) <= 100 * S
