"""How a lane is cut for drawing: spans that are wide enough one by one, the stretches between as columns.

A column tells the exact share of each state in its slice of time (``Timeline.cells_between``), so a million
spans cost no more shapes than there are pixels, and none of them is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from concviz.core.model import READY_REASONS, Known, Reason, State
from concviz.core.timeline.answers import Cells, Columns
from concviz.core.timeline.timeline import Timeline


class Piece(NamedTuple):
    """A span (``spans`` 1, ``first`` its place in the columns), or a stretch of several too short to see."""

    t0_ns: int
    t1_ns: int
    first: int
    spans: int
    wide: bool
    """To be drawn as a span; else in columns."""


def cut(columns: Columns, from_ns: int, to_ns: int, least_ns: float) -> Iterator[Piece]:
    """The pieces of a lane in a window, in order; spans of at least ``least_ns`` are wide."""
    t0, t1 = columns.t0_ns.clip(from_ns, to_ns), columns.t1_ns.clip(from_ns, to_ns)
    wide = (t1 - t0 >= least_ns).nonzero()[0].tolist()
    begins, ends, next_one = t0.tolist(), t1.tolist(), 0
    for i in [*wide, len(columns)]:
        if i > next_one:
            yield Piece(begins[next_one], ends[i - 1], next_one, i - next_one, False)
        if i < len(columns):
            yield Piece(begins[i], ends[i], i, 1, True)
        next_one = i + 1


def count_wide(columns: Columns, from_ns: int, to_ns: int, least_ns: float) -> int:
    """How many spans in a window are wide."""
    t0, t1 = columns.t0_ns.clip(from_ns, to_ns), columns.t1_ns.clip(from_ns, to_ns)
    return int((t1 - t0 >= least_ns).sum())


@dataclass(frozen=True, slots=True)
class Cell:
    """One column: nanoseconds in each state, and what can be said about all of it."""

    t0_ns: int
    t1_ns: int
    running_ns: int
    ready_ns: int
    waiting_ns: int
    reason: Reason
    known: Known

    @property
    def alive_ns(self) -> int:
        """How much of the column the worker was alive."""
        return self.running_ns + self.ready_ns + self.waiting_ns

    @property
    def ready_reason(self) -> Reason:
        """Of the part in which it was ready."""
        return self.reason if self.reason in READY_REASONS else Reason.NONE

    @property
    def state(self) -> State:
        """The state that took most of it."""
        most = max(self.running_ns, self.ready_ns, self.waiting_ns)
        if most == self.running_ns:
            return State.RUNNING
        return State.READY if most == self.ready_ns else State.WAITING


@dataclass(frozen=True, slots=True)
class Stretch:
    """Spans too short to be seen one by one."""

    piece: Piece
    whole: Cell
    columns: list[Cell]
    """None where it is too narrow to be cut."""


def stretches(
    timeline: Timeline, worker: int, pieces: Sequence[Piece], from_ns: int, cell_ns: int, least_ns: float
) -> list[Stretch]:
    """The pieces that are not wide, in columns; the timeline is asked twice for a lane, not for each.

    Args:
        pieces: of one lane, in order; from_ns, cell_ns: columns are cut at multiples of ``cell_ns`` after
            ``from_ns``; least_ns: shorter pieces are not cut.
    """
    narrow = [piece for piece in pieces if not piece.wide]
    wholes = _asked(timeline, worker, [[piece.t0_ns, piece.t1_ns] for piece in narrow])
    columns = _asked(timeline, worker, [
        _edges(piece, from_ns, cell_ns) if piece.t1_ns - piece.t0_ns >= least_ns else [] for piece in narrow
    ])
    return [Stretch(piece, whole, cut) for piece, (whole,), cut in zip(narrow, wholes, columns)]


def _edges(piece: Piece, from_ns: int, cell_ns: int) -> list[int]:
    first = (piece.t0_ns - from_ns) // cell_ns + 1
    last = -((from_ns - piece.t1_ns) // cell_ns)
    return [piece.t0_ns, *(from_ns + k * cell_ns for k in range(first, last)), piece.t1_ns]


def _asked(timeline: Timeline, worker: int, groups: Sequence[list[int]]) -> Iterator[list[Cell]]:
    """The cells between the edges of each group; no group begins before the one before it ends."""
    edges = [t for group in groups for t in group]
    cells = list(cells_of(edges, timeline.cells_between(worker, edges))) if edges else []
    at = 0
    for group in groups:
        yield cells[at : at + max(0, len(group) - 1)]
        at += len(group)  # what lies between two groups is left out


def cells_of(edges: list[int], answer: Cells) -> Iterator[Cell]:
    """What the timeline answered, column by column."""
    rows = zip(edges, edges[1:], answer.ns.tolist(), answer.reason.tolist(), answer.known.tolist())
    for t0, t1, (running, ready, waiting), reason, known in rows:
        yield Cell(t0, t1, running, ready, waiting, Reason(reason), Known(known))
