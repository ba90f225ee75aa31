"""The step function behind concurrency and parallelism, against adding up by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.timeline.series import Series

changes = st.lists(st.tuples(st.integers(0, 60), st.sampled_from((-1, 1, 2))), max_size=12)


def column(pairs: list[tuple[int, int]], place: int) -> np.ndarray:
    return np.array([pair[place] for pair in pairs], np.int64)


def value(pairs: list[tuple[int, int]], t: int) -> int:
    return sum(change for at, change in pairs if at <= t)


@given(st.lists(st.tuples(changes, changes), max_size=5), st.integers(0, 60), st.integers(1, 60))
def test_it_is_what_adding_up_gives(rounds: list[tuple[list, list]], begin: int, length: int) -> None:
    series, settled = Series(), []
    for news, tail in rounds:
        series.add(column(news, 0), column(news, 1))
        series.set_tail(column(tail, 0), column(tail, 1))
        settled += news
        now = settled + tail
        values = [value(now, t) for t in range(begin, begin + length)]
        assert [series.at(t) for t in range(begin, begin + length)] == values
        assert series.mean(begin, begin + length) == sum(values) / length
        assert series.peak(begin, begin + length) == max(values)


def test_nothing_is_zero() -> None:
    series = Series()
    assert (series.at(5), series.mean(0, 10), series.peak(0, 10)) == (0, 0.0, 0)


def test_a_hand_over_at_one_instant_is_no_peak() -> None:
    series = Series()
    series.add(np.array([0, 10, 10, 20]), np.array([1, 1, -1, -1]))
    assert series.peak(0, 30) == 1
