"""How workers end that end badly: with an exception, with an exit code, by a signal; and that as moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
_SAID = (
    N_("became another program"), N_("how it ended is not known"), N_("its process ended"),
    N_("outlived the recording"),
)


def exception(worker: Worker | Lane) -> str:
    """The type of the exception that ended a task or a thread; '' where none did, or which is not known."""
    failed = worker.outcome is Outcome.FAILED and worker.kind is not WorkerKind.PROCESS
    return worker.detail if failed and not worker.detail.startswith(_EXIT) else ""


def said_how(detail: str) -> str:
    """What a worker's ``detail`` says, in the language that is spoken."""
    if detail.startswith(_EXIT):
        return _("exit code {code}").format(code=detail.removeprefix(_EXIT))
    return _(detail) if detail in _SAID else detail


def uncaught(lane: Lane, lanes: Sequence[Lane]) -> str:
    """As ``exception``; of a process, what ended its main thread."""
    of = _main_thread(lane, lanes) if lane.kind is WorkerKind.PROCESS else lane
    return exception(of) if of is not None else ""


def _main_thread(process: Lane, lanes: Sequence[Lane]) -> Lane | None:
    """The main thread of a process, where one was seen; it is the first."""
    children = (lanes[index] for index in process.children)
    return next((lane for lane in children if lane.kind is WorkerKind.THREAD), None)


def _is_main(lane: Lane, lanes: Sequence[Lane]) -> bool:
    """Is it a process's main thread?"""
    if lane.kind is not WorkerKind.THREAD or lane.parent is None:
        return False  # of a loop's many tasks nobody has to look for a thread among them
    return _main_thread(lanes[lane.parent], lanes) is lane


def find(ended: Iterable[Lane], lanes: Sequence[Lane]) -> Iterator[tuple[Cause, Moment]]:
    """The moments in which workers fall, of those that have ended, and what they have in common.

    Args:
        lanes: all there are.
    """
    fell = [lane for lane in ended if _fell(lane, lanes)]
    kinds = {lane.index: _alike(lane, lanes) for lane in fell}
    fallen = sorted(fell, key=lambda lane: (kinds[lane.index], lane.end_ns, lane.index))
    first = 0
    for place, (before, lane) in enumerate(pairwise(fallen), start=1):
        later_ns = (lane.end_ns or 0) - (before.end_ns or 0)
        if kinds[before.index] != kinds[lane.index] or later_ns > _TOGETHER_NS:
            yield _cause(kinds[before.index]), _moment(fallen[first:place])
            first = place
    if fallen:
        yield _cause(kinds[fallen[-1].index]), _moment(fallen[first:])


def _fell(lane: Lane, lanes: Sequence[Lane]) -> bool:
    """Did it end badly, and by itself? The main thread's end is its process's, which is told of."""
    if lane.kind is not WorkerKind.PROCESS:
        return bool(exception(lane)) and not _is_main(lane, lanes)
    pools = lane.parent is not None and lane.detail == _ASKED_TO_END
    return lane.outcome in (Outcome.FAILED, Outcome.KILLED) and not pools


def _alike(lane: Lane, lanes: Sequence[Lane]) -> tuple[int, str, str, str]:
    how = uncaught(lane, lanes) or lane.detail
    return -1 if lane.parent is None else lane.parent, lane.kind, lane.outcome, how


def _cause(kind: tuple[int, str, str, str]) -> Cause:
    parent, *how = kind
    return Kind.FAILED, parent, tuple(how)


def _moment(fallen: list[Lane]) -> Moment:
    """It begins in the last instant of the first one's life: there the lane still says where it stands."""
    first, last = fallen[0], fallen[-1]
    other = fallen[1].index if len(fallen) > 1 else None
    t0_ns, t1_ns = max((first.end_ns or 0) - 1, first.start_ns), last.end_ns or 0
    return Moment(Kind.FAILED, t0_ns, t1_ns, first.index, other, len(fallen))
