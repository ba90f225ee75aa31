"""How workers end that end badly: with an exception, with an exit code, by a signal; and that as moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import Cause
from concviz.core.language import N_, _
from concviz.core.model import Kind as WorkerKind
from concviz.core.model import Outcome, Worker
from concviz.core.timeline.lane import Lane

_TOGETHER_NS = 20_000_000
"""Siblings that end alike and no further apart than this are told of together."""
_ASKED_TO_END = "SIGTERM"
"""How a pool ends its processes: nothing has gone wrong with them."""
_EXIT = "exit code "
_SAID = (N_("became another program"), N_("how it ended is not known"), N_("its process ended"))


def exception(worker: Worker | Lane) -> str:
    """The type of the exception that ended a task or a thread; '' where none did, or which is not known."""
    failed = worker.outcome is Outcome.FAILED and worker.kind is not WorkerKind.PROCESS
    return worker.detail if failed and not worker.detail.startswith(_EXIT) else ""


def said_how(detail: str) -> str:
    """What a worker's ``detail`` says, in the language that is spoken."""
    if detail.startswith(_EXIT):
        return _("exit code {code}").format(code=detail.removeprefix(_EXIT))
    return _(detail) if detail in _SAID else detail


def find(lanes: Iterable[Lane]) -> Iterator[tuple[Cause, Moment]]:
    """The moments in which workers fall, of those that have ended, and what they have in common."""
    fallen = sorted(filter(_fell, lanes), key=lambda lane: (_alike(lane), lane.end_ns, lane.index))
    first = 0
    for place, (before, lane) in enumerate(pairwise(fallen), start=1):
        if _alike(before) != _alike(lane) or (lane.end_ns or 0) - (before.end_ns or 0) > _TOGETHER_NS:
            yield _cause(before), _moment(fallen[first:place])
            first = place
    if fallen:
        yield _cause(fallen[-1]), _moment(fallen[first:])


def _fell(lane: Lane) -> bool:
    """Did it end badly, and by itself? The main thread's end is its process's, which is told of."""
    if lane.kind is not WorkerKind.PROCESS:
        return bool(exception(lane))
    pools = lane.parent is not None and lane.detail == _ASKED_TO_END
    return lane.outcome in (Outcome.FAILED, Outcome.KILLED) and not pools


def _alike(lane: Lane) -> tuple[int, str, str, str]:
    return -1 if lane.parent is None else lane.parent, lane.kind, lane.outcome, lane.detail


def _cause(lane: Lane) -> Cause:
    parent, *how = _alike(lane)
    return Kind.FAILED, parent, tuple(how)


def _moment(fallen: list[Lane]) -> Moment:
    """It begins in the last instant of the first one's life: there the lane still says where it stands."""
    first, last = fallen[0], fallen[-1]
    other = fallen[1].index if len(fallen) > 1 else None
    t0_ns, t1_ns = max((first.end_ns or 0) - 1, first.start_ns), last.end_ns or 0
    return Moment(Kind.FAILED, t0_ns, t1_ns, first.index, other, len(fallen))
