"""The sums of a worker's spans, asked for at any time, against adding them up one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.model import State
from concviz.core.timeline.spans import BLOCK, Spans, code_of

STATES = (State.RUNNING, State.READY, State.WAITING)
lengths = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(STATES)), max_size=4 * BLOCK)


def one_by_one(spans: list[tuple[int, State]], edges: list[int]) -> list[list[int]]:
    """Nanoseconds of each state between each two edges."""
    result = []
    for begin, end in itertools.pairwise(edges):
        at, sums = 0, [0, 0, 0]
        for length, state in spans:
            sums[state] += max(min(at + length, end) - max(at, begin), 0)
            at += length
        result.append(sums)
    return result


@given(st.lists(st.tuples(lengths, st.booleans(), st.booleans()), max_size=5), st.integers(1, 40))
def test_whatever_is_appended_and_asked_the_sums_are_right(
    parts: list[tuple[list[tuple[int, State]], bool, bool]], cell: int
) -> None:
    spans, settled, end = Spans(), [(1, State.READY)], 1
    spans.begin(0, code_of(State.READY))
    for part, is_tail, asked in parts:
        starts = np.cumsum([end, *(length for length, _ in part)])
        codes = [code_of(state) for _, state in part]
        (spans.set_tail if is_tail else spans.append)(starts[:-1], codes)
        if not is_tail:
            settled, end = settled + part, int(starts[-1])
        if asked:
            shown = settled + part if is_tail else settled
            cells = spans.cells(0, cell, 30, int(starts[-1]))
            assert cells.ns.tolist() == one_by_one(shown, [cell * i for i in range(31)])


class _Counted(np.ndarray[Any, Any]):
    """An array that counts how often parts of it are asked for."""

    looks = 0

    def __getitem__(self, key: Any) -> Any:
        _Counted.looks += isinstance(key, slice)
        return super().__getitem__(key)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from((-1, -1, -1, -1, 3))), max_size=500))
def test_the_last_wake_up_is_found_wherever_it_is(told: list[tuple[State, int]]) -> None:
    spans = Spans()
    spans.append(
        np.arange(len(told)), np.array([code_of(state) for state, _ in told], np.uint8), -1,
        np.array([peer for _, peer in told], np.int32),
    )
    woken = [i for i, (state, peer) in enumerate(told) if state is not State.WAITING and peer != -1]
    for stop in {0, len(told) // 2, len(told)}:
        assert spans.woken_before(stop) == max((i for i in woken if i < stop), default=None)


def test_a_million_spans_without_a_wake_up_are_looked_through_at_once() -> None:
    spans, many = Spans(), 1_000_000
    spans.append(np.arange(many), np.full(many, code_of(State.RUNNING), np.uint8))
    spans.rest, _Counted.looks = spans.rest.view(_Counted), 0
    assert spans.woken_before(many) is None
    assert 0 < _Counted.looks < 100
