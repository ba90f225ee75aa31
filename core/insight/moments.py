"""The moments that matter in a timeline, found a window at a time from what was measured alone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from concviz.core.insight import endings, moments_program, moments_tasks, moments_threads
from concviz.core.insight.crowd import Window
from concviz.core.insight.episodes import Episodes, order
from concviz.core.insight.moment import Kind, Moment
from concviz.core.model import Kind as WorkerKind
from concviz.core.model import Known
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.timeline import Timeline

LAG_NS = 600_000_000
"""While a program runs, what is younger than this may still turn out otherwise (samples come late)."""
_WINDOW_NS = 250_000_000
_SHORTEST_NS = 50_000_000
_LANES = 60
"""Workers looked at in a window of that length; where there are more, windows are fewer and longer …"""
_CHANGES = 5000
"""… but not so long that much more than this happens in one."""
_LOOK_BACK = 1000
"""What has begun so many moments before is not asked whether it still goes on."""
_WEIGHTS = {
    Kind.FAILED: 10, Kind.HELD_UP: 9, Kind.EXECUTOR_FULL: 8, Kind.LOCK_QUEUE: 7, Kind.LEFT_ALONE: 6,
    Kind.GIL_PASSES: 5, Kind.PARALLEL: 4, Kind.NO_CORE: 2, Kind.THREADS_WAIT: 3, Kind.TASKS_WAIT: 3,
    Kind.ONE_WAITS: 1, Kind.DEADLOCK: 30,
}


def _begin(moment: Moment) -> int:
    return moment.t0_ns


class Moments:
    """Finds them; ``advance`` goes on from where it stopped."""

    def __init__(self, timeline: Timeline, looked_for: Sequence[Kind] = ()) -> None:
        """Begin at the timeline's start.

        Args:
            looked_for: kinds that are told before others where several happen at once, the first one first.
        """
        self._timeline = timeline
        self._first = {kind: 20 - place for place, kind in enumerate(looked_for)}
        self._until = timeline.start_ns
        self._seen = 0
        self._living: list[Lane] = []
        self._unended: list[Lane] = []  # a process's end may turn out when what came after it is looked at
        self._family: dict[int, set[int]] = {}  # process → worker processes that it has, or had
        self._window_ns = _WINDOW_NS
        self.looked_at = 0
        """Changes looked at so far: what this has cost."""
        self._episodes = Episodes()
        self._list: list[Moment] = []
        self._listed = 0
        self._told: list[Moment] = []

    def advance(self, until_ns: int, *, over: bool = False) -> bool:
        """Look at one more window; True if there is more to look at up to ``until_ns``.

        Args:
            until_ns: everything before it is known. over: and nothing comes after it.
        """
        self._meet()
        end = min(until_ns, self._until + self._window_ns)
        if end - self._until >= self._window_ns or (over and end > self._until):
            changes = self._look(self._until, end)
            self.looked_at += changes
            self._window_ns = self._next_window_ns(end - self._until, changes)
            self._until = end
        if over and self._until >= until_ns:
            self._end(until_ns)
            self._episodes.finish()
            return False
        return until_ns - self._until >= self._window_ns or over

    @property
    def all(self) -> list[Moment]:
        """All that were found, in the order of their begins."""
        if self._listed != self._episodes.revision:
            self._listed = self._episodes.revision
            self._list = sorted([*self._episodes.moments(), *self._told], key=order)
        return self._list

    def tell(self, moments: Sequence[Moment]) -> bool:
        """Add moments that somebody else has found, instead of those before; True if they are others."""
        if moments == self._told:
            return False
        self._told, self._listed = list(moments), -1
        return True

    def between(self, t0_ns: int, t1_ns: int) -> list[Moment]:
        """Those that begin from ``t0_ns`` on and before ``t1_ns``."""
        known = self.all
        return known[bisect_left(known, t0_ns, key=_begin) : bisect_left(known, t1_ns, key=_begin)]

    def at(self, t_ns: int) -> Moment | None:
        """The one to tell of at an instant: what happens then, or else what happened last.

        Where it is said what to look for, what was of these kinds is told until there is more of them.
        """
        place = bisect_right(self.all, t_ns, key=_begin)
        begun = self._list[max(place - _LOOK_BACK, 0) : place]
        now = [moment for moment in begun if moment.holds(t_ns)]
        if now:
            return max(now, key=lambda moment: (self._weight(moment.kind), moment.t0_ns))
        return max(begun, key=lambda moment: (moment.kind in self._first, moment.t1_ns), default=None)

    def after(self, t_ns: int) -> Moment | None:
        """The next one that begins after an instant."""
        place = bisect_right(self.all, t_ns, key=_begin)
        return self._list[place] if place < len(self._list) else None

    def before(self, t_ns: int) -> Moment | None:
        """The last one that began before an instant."""
        place = bisect_left(self.all, t_ns, key=_begin)
        return self._list[place - 1] if place else None

    def _weight(self, kind: Kind) -> int:
        return self._first.get(kind, _WEIGHTS[kind])

    def _meet(self) -> None:
        """Take note of the workers that appeared."""
        lanes = self._timeline.lanes
        self._living += lanes[self._seen :]
        self._unended += lanes[self._seen :]
        self._seen = len(lanes)

    def _end(self, t_ns: int) -> None:
        """Tell of those who have fallen by then."""
        ended = [lane for lane in self._unended if lane.end_ns is not None and lane.end_ns <= t_ns]
        if ended:
            self._unended = [lane for lane in self._unended if lane.end_ns is None or lane.end_ns > t_ns]
            self._episodes.add(endings.find(ended, self._timeline.lanes))

    def _next_window_ns(self, window_ns: int, changes: int) -> int:
        """How long the next window should be, after one of this length with so many changes."""
        by_lanes = _WINDOW_NS * max(1, len(self._living) // _LANES)
        by_changes = window_ns * _CHANGES // max(changes, 1)
        return max(_SHORTEST_NS, min(by_lanes, by_changes, 2 * self._window_ns))

    def _look(self, t0: int, t1: int) -> int:
        """Find what there is between two instants; returns how many changes that took."""
        self._living = [lane for lane in self._living if lane.end_ns is None or lane.end_ns > t0]
        threads, tasks = self._sorted(t1)
        self._remember(threads)
        together = [i for some in (*threads.values(), *tasks.values(), *self._family.values()) for i in some]
        window, episodes = Window(self._timeline, together, t0, t1), self._episodes
        workers: list[int] = []
        for process, inside in threads.items():
            alone = [thread for thread in inside if thread not in tasks]
            moments_threads.find(window, episodes, process, inside, alone)
            for loop in (thread for thread in inside if thread in tasks):
                moments_tasks.find(window, episodes, loop, tasks[loop], inside)
                workers += tasks[loop]
            workers += alone
        moments_program.find(window, episodes, workers, [i for inside in threads.values() for i in inside])
        for parent, children in self._family.items():
            moments_program.find_alone(window, episodes, parent, sorted(children))
        episodes.pass_by(t1)
        self._end(t1)
        return window.changes

    def _sorted(self, t1: int) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Threads by process and tasks by their loop's thread; threads only seen from outside left out."""
        threads: dict[int, list[int]] = {}
        tasks: dict[int, list[int]] = {}
        for lane in self._living:
            if lane.parent is None or lane.start_ns >= t1:
                continue
            if lane.kind is WorkerKind.THREAD and lane.known is Known.EXACT:
                threads.setdefault(lane.parent, []).append(lane.index)
            elif lane.kind is WorkerKind.TASK:
                tasks.setdefault(lane.parent, []).append(lane.index)
        return threads, tasks

    def _remember(self, processes: Iterable[int]) -> None:
        """Worker processes, by who started them."""
        for index in processes:
            parent = self._timeline.lanes[index].parent
            if parent is not None:
                self._family.setdefault(parent, set()).add(index)
