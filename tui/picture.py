"""What the lanes show: one image for each visible row, compared with the last frame's.

A row is repainted when its image changed. The cells of the past are painted once and kept while the view
moves on; only the tail, where records may still arrive, is asked for again on every frame, and every row
in full a few times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from concviz.core.model import Kind, Known, Outcome, Reason, State, Worker
from concviz.tui import glyphs
from concviz.tui.palette import EMPTY, REST, ink
from concviz.tui.rows import Row, ended
from concviz.tui.strips import Painted, paint
from concviz.tui.units import short, unnamed
from concviz.tui.viewport import Viewport

if TYPE_CHECKING:
    from concviz.core.timeline.timeline import Timeline

TAIL_NS = 300_000_000
FULL_EVERY = 16
CROWD_INK = ink(Reason.NONE, REST)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a lane."""

    depth: int
    fold: bool | None
    kind: Kind | None
    name: str
    about: str = ""
    known: Known = Known.EXACT
    state: State | None = None
    reason: Reason = Reason.NONE
    outcome: Outcome = Outcome.RUNNING


@dataclass(frozen=True, slots=True)
class Image:
    """All that decides how one row looks."""

    head: Head
    painted: Painted
    chosen: bool
    cursor: int | None


class _Lane:
    """The painted cells of one lane."""

    __slots__ = ("cell_ns", "covers", "first", "painted", "seen")

    def __init__(self) -> None:
        self.cell_ns, self.first, self.seen = 0, 0, 0
        self.covers = (0, 0, 0)
        self.painted = Painted()

    def take_over(self, cell_ns: int, first: int, columns: int) -> int:
        """Keep what is still in sight; returns how many leading columns that is."""
        kept, shift = self.painted, first - self.first
        if cell_ns != self.cell_ns or not 0 <= shift < len(kept.inks):
            self.painted = Painted()
        elif shift or len(kept.inks) > columns:
            end = shift + columns
            self.painted = Painted(kept.glyphs[shift:end], kept.inks[shift:end])
        self.cell_ns, self.first = cell_ns, first
        return len(self.painted.inks)

    def put(self, column: int, tail: Painted) -> None:
        """Replace everything from ``column`` on."""
        now = self.painted
        self.painted = Painted(now.glyphs[:column] + tail.glyphs, now.inks[:column] + tail.inks)


class Lanes:
    """Painted lanes of the workers in sight."""

    def __init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}
        self._crowds: dict[int, tuple[tuple[int | None, ...], Painted]] = {}
        self.frame = 0

    def forget(self) -> None:
        """Paint everything anew."""
        self._lanes.clear()
        self._crowds.clear()

    def next_frame(self) -> None:
        """Begin a frame; lanes that were not looked at for a while are let go."""
        self.frame += 1
        if self.frame % 64 == 0:
            self._lanes = {key: lane for key, lane in self._lanes.items() if self.frame - lane.seen < 64}

    def of(self, worker: Worker, timeline: Timeline, view: Viewport) -> Painted:
        """The cells of a worker in the window, up to the instant the view may show."""
        cell_ns, t0_ns = view.cell_ns, view.t0_ns
        columns = min(view.columns, max(0, -((t0_ns - view.limit_ns) // cell_ns)))
        lane = self._lanes.get(worker.index)
        if lane is None:
            lane = self._lanes[worker.index] = _Lane()
        lane.seen = self.frame
        whole = (cell_ns, view.first, columns)
        if lane.covers == whole and (self.frame + worker.index) % FULL_EVERY:
            return lane.painted
        lane.covers = whole
        kept = lane.take_over(cell_ns, view.first, columns)
        if view.following and not view.ended:
            kept = self._settled(worker, kept, t0_ns, cell_ns)
        if kept < columns:
            answer = timeline.cells(worker.index, t0_ns + kept * cell_ns, cell_ns, columns - kept)
            lane.put(kept, paint(answer, cell_ns))
        return lane.painted

    def of_group(self, parent: int, timeline: Timeline, view: Viewport) -> Painted:
        """The ended children of a worker taken together; counted anew a few times a second at most."""
        now = self.frame // FULL_EVERY if view.following and not view.ended else view.as_of_ns
        key = (view.level, view.first, view.columns, now)
        if view.following and not view.ended:
            key = (view.level, 0, view.columns, now)
        kept = self._crowds.get(parent)
        if kept is None or kept[0] != key:
            kept = self._crowds[parent] = (key, crowd(timeline.workers, parent, view))
        return kept[1]

    def _settled(self, worker: Worker, kept: int, t0_ns: int, cell_ns: int) -> int:
        """Leading columns that no late record is expected to change."""
        if (self.frame + worker.index) % FULL_EVERY == 0:
            return 0
        if worker.end_ns is not None and worker.end_ns + TAIL_NS < t0_ns + kept * cell_ns:
            return kept
        return max(0, kept - 1 - TAIL_NS // cell_ns)


def head_of(row: Row, timeline: Timeline, t_ns: int, live: bool) -> Head:
    """The head of a row: name and fold, and the state at ``t_ns``."""
    if row.group:
        return Head(row.depth, row.opened, None, row.title)
    worker = timeline.workers[row.worker]
    state, reason = state_at(worker, timeline, t_ns, live)
    return Head(
        row.depth, row.opened if row.count else None, worker.kind, short(worker.name),
        about=_about(worker),
        known=worker.known, state=state, reason=reason,
        outcome=worker.outcome if state is State.ENDED else Outcome.RUNNING,
    )


def _about(worker: Worker) -> str:
    """What a name alone leaves open: which process it is, and what a task does that nobody has named."""
    if worker.kind is Kind.PROCESS:
        return str(worker.pid)
    return unnamed(worker.name, worker.about) if worker.kind is Kind.TASK else ""


def state_at(worker: Worker, timeline: Timeline, t_ns: int, live: bool) -> tuple[State | None, Reason]:
    """What a worker was doing; ENDED after its end, None before its begin."""
    if worker.end_ns is not None and (t_ns >= worker.end_ns or live):
        return State.ENDED, Reason.NONE
    if t_ns < worker.start_ns:
        return None, Reason.NONE
    span = timeline.span_at(worker.index, t_ns)
    return (None, Reason.NONE) if span is None else (span.state, span.reason)


def crowd(workers: Sequence[Worker], parent: int, view: Viewport) -> Painted:
    """How many ended children of ``parent`` were alive in each cell, as bars scaled to the most."""
    changes = [0] * (view.columns + 1)
    above = None if parent < 0 else parent
    for worker in workers:
        if worker.parent == above and worker.end_ns is not None and ended(worker, view.as_of_ns):
            first = max(0, (worker.start_ns - view.t0_ns) // view.cell_ns)
            last = min(view.columns - 1, (worker.end_ns - view.t0_ns) // view.cell_ns)
            if first <= last:
                changes[first] += 1
                changes[last + 1] -= 1
    alive = list(accumulate(changes[: view.columns]))
    top = max([1, *alive])
    bars = [glyphs.BARS[max(1, glyphs.FULL * number // top)] if number else " " for number in alive]
    return Painted(bars, [CROWD_INK if number else EMPTY for number in alive])
