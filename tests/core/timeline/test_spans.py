"""The sums of a worker's spans, asked for at any time, against adding them up one by one."""

from __future__ import annotations

import itertools

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
