"""Tasks that nothing is left to wake: in a circle of awaits, or all of a loop that has idled for long.

A circle is exact: every task in it awaits the next one. That nothing is left is inferred, from what was seen
of the loop's thread while it idled: no timer ends its wait, it watches no descriptor but its own, the process
handles no signal, has no other thread that does anything, and no task waits for anything from outside. Who
holds a lock that tasks wait for is not recorded, so it is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from signal import Signals

from concviz.core.insight import crowd as c
from concviz.core.insight.crowd import Window
from concviz.core.insight.episodes import Episodes
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.recurring import Cause, line_of
from concviz.core.model import Kind as WorkerKind
from concviz.core.model import Known, Reason, Span, State, Turn
from concviz.core.timeline.timeline import Timeline

_CIRCLE_NS = 1_000_000_000
"""A circle that lasts for less may be broken by who has made it: a timeout, a cancellation."""
_IDLE_NS = 2_000_000_000
"""For so long a loop has to have idled."""
_AWAIT = c.waiting(Reason.AWAIT)
_INSIDE = (Reason.LOCK, Reason.QUEUE, Reason.AWAIT)
"""What only somebody in the program can end; those that wait for a lock are told of first."""
_FOR_ANYTHING = 2
_WATCHED = 3
"""Whose wait is asked whether it goes on, of many."""
_OWN = 1
"""Descriptors that an idle loop watches for itself: that by which other threads wake it."""
_HARMLESS = sum(1 << signal - 1 for signal in (
    Signals.SIGINT, Signals.SIGSEGV, Signals.SIGFPE, Signals.SIGABRT, Signals.SIGBUS, Signals.SIGILL,
))
"""Signals that Python, asyncio or faulthandler handle as a rule: they end the program."""


@dataclass(slots=True)
class _Open:
    """Who waits, and since when: it lasts while all of them do."""

    moment: Moment
    waits: list[tuple[int, int]]


class Stalls:
    """Finds them, window by window."""

    def __init__(self, timeline: Timeline, episodes: Episodes) -> None:
        """Begin with none; what is found goes into ``episodes``."""
        self._timeline, self._episodes = timeline, episodes
        self._open: dict[Cause, _Open] = {}

    def find(self, window: Window, loop: int, tasks: Sequence[int]) -> None:
        """Find those of a loop in a window.

        Args:
            loop: its thread. tasks: its tasks, those that ended before are left out.
        """
        theirs = window.crowd(tasks)
        if theirs.has(_AWAIT):
            self._find_circles(window, loop, tasks)
        for span in self._long_idle(loop, window.t0_ns, window.t1_ns):
            self._find_stuck(span, tasks)

    def go_on(self, t_ns: int) -> None:
        """All windows up to an instant were looked at: what is open has lasted until then, or has ended."""
        for cause, each in list(self._open.items()):
            ends = [span.t1_ns for span in self._spans(each.waits) if not span.open]
            until_ns = min((t_ns, *ends))
            begin_ns = each.moment.t0_ns
            self._episodes.go_on(cause, replace(each.moment, t1_ns=until_ns, spent_ns=until_ns - begin_ns))
            if until_ns < t_ns:
                del self._open[cause]

    def _spans(self, waits: Sequence[tuple[int, int]]) -> Iterator[Span]:
        return (span for lane, t_ns in waits if (span := self._timeline.span_at(lane, t_ns)) is not None)

    def _find_circles(self, window: Window, loop: int, tasks: Sequence[int]) -> None:
        """Each wait is asked once where it leads to: when it has become long."""
        theirs = window.crowd(tasks)
        places, whole = theirs.spans(_AWAIT)
        aged = whole.since + _CIRCLE_NS
        found = ((aged > window.t0_ns) & (aged <= window.t1_ns) & (aged <= whole.until)).nonzero()[0]
        for place in found.tolist():
            circle = self._circle(int(theirs.lane[places[place]]), int(aged[place]))
            if circle:
                first, site = circle[0], circle[0].site
                begin_ns, other = max(span.t0_ns for span in circle), circle[1 % len(circle)].worker
                self._begin((Kind.DEADLOCK, loop, line_of(site) or ""), circle, Moment(
                    Kind.DEADLOCK, begin_ns, begin_ns, first.worker, other, len(circle), site=site))

    def _circle(self, lane: int, t_ns: int) -> list[Span]:
        """The waits that lead from a task to itself, all of them long at an instant, the oldest task's first.

        None of them where they lead elsewhere.
        """
        found: dict[int, Span] = {}
        while lane not in found:
            span = self._timeline.span_at(lane, t_ns)
            if span is None or span.state is not State.WAITING or span.reason is not Reason.AWAIT:
                return []
            awaited = span.awaits
            if awaited is None or self._timeline.lanes[awaited].kind is not WorkerKind.TASK:
                return []
            found[lane], lane = span, awaited
        circle = list(found.values())
        if circle[0].worker != lane or t_ns - max(span.t0_ns for span in circle) < _CIRCLE_NS:
            return []  # it leads into a circle; or the one who has closed it has not waited for long
        oldest = circle.index(min(circle, key=lambda span: span.worker))
        return circle[oldest:] + circle[:oldest]

    def _begin(self, cause: Cause, waits: Sequence[Span], moment: Moment) -> None:
        if cause not in self._open:
            self._open[cause] = _Open(moment, [(span.worker, span.t0_ns) for span in waits])

    def _long_idle(self, loop: int, t0_ns: int, t1_ns: int) -> Iterator[Span]:
        """The waits of a loop's thread, in its selector or elsewhere, that become long in a window."""
        spans = self._timeline.lanes[loop].spans
        starts = spans.starts[: spans.total]
        first, stop = starts.searchsorted((t0_ns - _IDLE_NS + 1, t1_ns - _IDLE_NS + 1)).tolist()
        for start in starts[first:stop].tolist() if stop > first else ():
            span = self._timeline.span_at(loop, start)
            if span is not None and span.duration_ns >= _IDLE_NS and span.state is State.WAITING:
                yield span

    def _find_stuck(self, idle: Span, tasks: Sequence[int]) -> None:
        """All tasks of a loop that idles wait for each other, and nothing else could wake one."""
        loop, lanes = idle.worker, self._timeline.lanes
        thread, t_ns = lanes[loop], idle.t0_ns + _IDLE_NS
        look = self._timeline.idles.of(thread.pid, thread.tid, idle.t0_ns, idle.t1_ns)
        if look is None or look.watched > _OWN or look.signals & ~_HARMLESS:
            return
        if any(cause[:2] == (Kind.DEADLOCK, loop) for cause in self._open):
            return  # that says more
        found = (self._timeline.span_at(task, t_ns) for task in tasks)
        waits = [span for span in found if span is not None]
        if not all(map(_is_for_inside, waits)) or not self._is_alone(loop, t_ns):
            return
        if any(span.t0_ns > look.t_ns for span in waits):
            return  # it has run since: the loop has idled more than once
        waits.sort(key=_rank)
        if not waits or (len(waits) == 1 and _rank(waits[0])[0] >= _FOR_ANYTHING):
            return  # nobody, or one that waits to be told to end
        first, site = waits[0], waits[0].site
        other = waits[1].worker if len(waits) > 1 else None
        self._begin((Kind.STUCK, loop, line_of(site) or ""), [idle, *waits[:_WATCHED]], Moment(
            Kind.STUCK, idle.t0_ns, idle.t0_ns, first.worker, other, len(waits), site=site,
            known=Known.INFERRED))

    def _is_alone(self, loop: int, t_ns: int) -> bool:
        """Has the process of a loop's thread no other one, but for pool threads without work?"""
        lanes = self._timeline.lanes
        process = lanes[loop].parent
        for lane in (lanes[child] for child in (lanes[process].children if process is not None else ())):
            if lane.kind is not WorkerKind.THREAD or lane.index == loop:
                continue
            span = self._timeline.span_at(lane.index, t_ns)
            rests = lane.known is Known.EXACT and "pool" in lane.about
            if span is not None and not (rests and span.reason is Reason.QUEUE):
                return False
        return True


def _is_for_inside(span: Span) -> bool:
    return span.state is State.WAITING and span.reason in _INSIDE and span.known is Known.EXACT


def _rank(span: Span) -> tuple[int, int]:
    """Which to tell of first: who waits for a lock, for a queue, for anything, for another task."""
    if span.reason is Reason.QUEUE:
        return 1, span.worker
    if span.reason is Reason.LOCK and not (span.site is not None and span.site.turn is Turn.SIGNAL):
        return 0, span.worker
    return _FOR_ANYTHING + (span.awaits is not None), span.worker
