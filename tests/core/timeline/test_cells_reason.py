"""A cell of many spans has the reason of the state that it spent most of its rest in."""

from __future__ import annotations

import numpy as np

from concviz.core.model import Reason, State
from concviz.core.timeline.spans import Spans, code_of


def test_a_brief_wait_at_the_cells_edges_does_not_colour_it() -> None:
    """Ready for 200, asleep for 50, again and again: a cell of 1000 is ready for most of its time."""
    spans = Spans()
    sleep = code_of(State.WAITING, Reason.SLEEP)
    loop = code_of(State.READY, Reason.LOOP)
    begins = np.arange(400) * 250
    spans.append(np.column_stack([begins, begins + 50]).ravel(), np.array([sleep, loop] * 400, np.uint8))
    for cell_ns in range(1000, 1250, 30):
        cells = spans.cells(0, cell_ns, 80, 100_000)
        assert set(cells.reason.tolist()) == {int(Reason.LOOP)}
