"""The moments that matter in a timeline, found a window at a time from what was measured alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from concviz.core.insight import endings, moments_program, moments_tasks, moments_threads
from concviz.core.insight.alone import CROWDED
from concviz.core.insight.crowd import Window
from concviz.core.insight.episodes import Episodes
from concviz.core.insight.kin import Kin
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.outline import Outline
from concviz.core.insight.recurring import Cause, Recurring, Topic, line_of
from concviz.core.insight.stalls import Stalls
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
_NEVER_NS = 1 << 62
_HELPERS = ("resource_tracker", "forkserver", "semaphore_tracker")
"""What multiprocessing starts for itself; it waits for as long as the program lives."""


class Moments:
    """Finds them; ``advance`` goes on from where it stopped."""

    def __init__(self, timeline: Timeline, looked_for: Sequence[Kind] = ()) -> None:
        """Begin at the timeline's start.

        Args:
            looked_for: kinds that are told before others where several happen at once, the first one first.
        """
        self._timeline = timeline
        self._looked_for = looked_for
        self._until = timeline.start_ns
        self._seen = 0
        self._living: list[Lane] = []
        self._unended: list[Lane] = []  # a process's end may turn out when what came after it is looked at
        self._family: dict[int, set[int]] = {}  # process → worker processes that it has, or had
        self._window_ns = _WINDOW_NS
        self.looked_at = 0
        """Changes looked at so far: what this has cost."""
        self._episodes = Episodes(Kin(timeline.lanes))
        self._stalls = Stalls(timeline, self._episodes)
        self._told: list[Recurring] = []
        self._retold = 0
        self._outline = Outline((), looked_for, self._until, self._until)
        self._outlined: tuple[object, ...] = ()

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

    def outline(self, as_of_ns: int | None = None) -> Outline:
        """What can be told: of all that was found, or of what began by an instant."""
        state = (self._episodes.revision, self._retold, self._until, as_of_ns)
        if self._outlined != state:
            until_ns = self._until if as_of_ns is None else min(as_of_ns, self._until)
            limit_ns = _NEVER_NS if as_of_ns is None else as_of_ns
            told = (topic for like in self._told if (topic := like.topic(limit_ns)) is not None)
            found = (topic for topic in self._episodes.topics(limit_ns) if self._explains(topic.like))
            topics = (*filter(self._is_news, found), *told)
            self._outlined = state
            self._outline = Outline(topics, self._looked_for, self._timeline.start_ns, until_ns)
        return self._outline

    def _explains(self, like: Recurring) -> bool:
        """Does it explain anything? On a busy machine every program is without a core now and then.

        That is judged by all that is known, not as of an instant: a program that starts always competes with
        who starts it.
        """
        lasted_ns = self._until - self._timeline.start_ns
        return like.cause[0] is not Kind.NO_CORE or like.spent_ns >= CROWDED * lasted_ns

    def _is_news(self, topic: Topic) -> bool:
        """Is it none of the circles that somebody else has found, too?"""
        if topic.moment.kind is not Kind.DEADLOCK:
            return True
        known = {each.worker for like in self._told for each in like.moments if each.kind is Kind.DEADLOCK}
        return known.isdisjoint((topic.moment.worker, topic.moment.other))

    @property
    def all(self) -> list[Moment]:
        """Each that was found, in the order of their begins."""
        found = [moment for topic in self.outline().topics for moment in topic.like.moments]
        return sorted(found, key=lambda moment: (moment.t0_ns, moment.kind))

    @property
    def until_ns(self) -> int:
        """Everything before this instant was looked at."""
        return self._until

    def tell(self, moments: Sequence[Moment]) -> bool:
        """Add moments that somebody else has found, instead of those before; True if they are others."""
        if moments == [moment for like in self._told for moment in like.moments]:
            return False
        told: dict[Cause, Recurring] = {}
        for moment in moments:
            cause = moment.kind, moment.worker, line_of(moment.site)
            told.setdefault(cause, Recurring(cause)).add(moment)
        self._told = list(told.values())
        self._retold += 1
        return True

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
        threads, tasks, outsiders = self._sorted(t1)
        self._remember(threads)
        insiders = (*threads.values(), *tasks.values(), *self._family.values())
        together = [*(i for some in insiders for i in some), *outsiders]
        window, episodes = Window(self._timeline, together, t0, t1), self._episodes
        workers: list[int] = []
        for process, inside in threads.items():
            if self._timeline.lanes[process].name in _HELPERS:
                continue
            alone = [thread for thread in inside if thread not in tasks]
            moments_threads.find(window, episodes, process, inside, alone)
            for loop in (thread for thread in inside if thread in tasks):
                moments_tasks.find(window, episodes, loop, tasks[loop], inside)
                self._stalls.find(window, loop, tasks[loop])
                workers += tasks[loop]
            workers += alone
        moments_program.find(window, episodes, workers, threads.values(), outsiders, self._starting(t1))
        for parent, children in self._family.items():
            moments_program.find_alone(window, episodes, parent, sorted(children))
            moments_program.find_starved(window, episodes, parent, sorted(children))
        self._stalls.go_on(t1)
        episodes.pass_by(t1)
        self._end(t1)
        return window.changes

    def _sorted(self, t1: int) -> tuple[dict[int, list[int]], dict[int, list[int]], list[int]]:
        """Threads by process, tasks by their loop's thread, and threads that are only seen from outside."""
        threads: dict[int, list[int]] = {}
        tasks: dict[int, list[int]] = {}
        outsiders: list[int] = []
        for lane in self._living:
            kind, parent = lane.kind, lane.parent
            if parent is None or lane.start_ns >= t1:
                continue
            if kind is WorkerKind.TASK:  # there are most of these
                tasks.setdefault(parent, []).append(lane.index)
            elif kind is WorkerKind.THREAD and lane.known is Known.EXACT:
                threads.setdefault(parent, []).append(lane.index)
            elif kind is WorkerKind.THREAD:
                outsiders.append(lane.index)
        return threads, tasks, outsiders

    def _starting(self, t1: int) -> list[int]:
        """Since when processes live of which nothing has been seen yet."""
        return [
            lane.start_ns for lane in self._living
            if lane.kind is WorkerKind.PROCESS and not lane.children and lane.start_ns < t1
        ]

    def _remember(self, processes: Iterable[int]) -> None:
        """Worker processes, by who started them."""
        for index in processes:
            parent = self._timeline.lanes[index].parent
            if parent is not None:
                self._family.setdefault(parent, set()).add(index)
