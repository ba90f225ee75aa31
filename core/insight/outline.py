"""What can be told of a session at an instant: a topic for each cause, and which of them matters when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from concviz.core.insight.moment import Kind
from concviz.core.insight.recurring import Topic

_WEIGHTS = {
    Kind.FAILED: 10, Kind.HELD_UP: 9, Kind.EXECUTOR_FULL: 8, Kind.LOCK_QUEUE: 7, Kind.LEFT_ALONE: 6,
    Kind.STARVED: 6, Kind.GIL_KEPT: 9, Kind.GIL_PASSES: 5, Kind.PARALLEL: 4, Kind.NO_CORE: 2,
    Kind.THREADS_WAIT: 3, Kind.TASKS_WAIT: 3, Kind.ONE_WAITS: 1, Kind.DEADLOCK: 30, Kind.STUCK: 20,
}
"""Which of several that happen at once is told of: the one that weighs most."""
_LOOKED_FOR = 20
"""What the first kind weighs that is looked for in a session; those after it weigh one less each."""
_GRAVE = (Kind.FAILED, Kind.DEADLOCK, Kind.STUCK)
"""Trouble however short it is."""
_TROUBLES = (*_GRAVE, Kind.HELD_UP, Kind.GIL_KEPT, Kind.EXECUTOR_FULL, Kind.LOCK_QUEUE)
_MUCH_NS, _MUCH = 1_000_000_000, 0.1
"""So long in all, or such a share of the session, is much trouble."""
_OFTEN, _STILL_NS = 3, 2_000_000_000
"""Trouble that has come so often is still told of for so long: what is fine between two times is not."""


class Outline:
    """The topics of a session up to an instant, in the order of the moments that show them best."""

    def __init__(
        self, topics: Iterable[Topic], looked_for: Sequence[Kind], start_ns: int, until_ns: int,
    ) -> None:
        """Lay them in order.

        Args:
            looked_for: kinds that matter more than others in this session, the first one most.
            start_ns, until_ns: what is known begins and ends there.
        """
        self.topics = sorted(topics, key=lambda topic: (topic.moment.t0_ns, topic.moment.kind))
        self._begins = [topic.moment.t0_ns for topic in self.topics]
        self._start_ns, self._until_ns = start_ns, until_ns
        self._looked_for = {kind: _LOOKED_FOR - place for place, kind in enumerate(looked_for)}
        self.troubled = any(map(self._is_trouble, self.topics))
        """Something is wrong, and for long: this is no session to praise."""

    def at(self, t_ns: int) -> Topic | None:
        """The one to tell of at an instant: what happens then, or else what happened last.

        Where it is said what to look for, what was of these kinds is told until there is more of them. Where
        nothing more is known, trouble is told of rather than what happened last.
        """
        at_the_end = t_ns >= self._until_ns
        t_ns = min(t_ns, self._until_ns)
        begun = [(topic, place) for topic in self.topics if (place := topic.like.last(t_ns)) >= 0]
        now = [each for each in begun if self._goes_on(*each, t_ns)]
        if now:
            return max(now, key=lambda each: (self._weight(each[0]), each[0].like.begins[each[1]]))[0]

        def matters(each: tuple[Topic, int]) -> tuple[bool, bool, int]:
            topic, place = each
            trouble = at_the_end and self._is_trouble(topic)
            return topic.moment.kind in self._looked_for, trouble, topic.like.until_ns(place)

        return max(begun, key=matters)[0] if begun else None

    def after(self, t_ns: int) -> Topic | None:
        """The next one after an instant."""
        place = bisect_right(self._begins, t_ns)
        return self.topics[place] if place < len(self.topics) else None

    def before(self, t_ns: int) -> Topic | None:
        """The last one before an instant."""
        place = bisect_left(self._begins, t_ns)
        return self.topics[place - 1] if place else None

    def begins(self, t0_ns: int, t1_ns: int) -> list[int]:
        """Where those begin that do so from ``t0_ns`` on and before ``t1_ns``."""
        return self._begins[bisect_left(self._begins, t0_ns) : bisect_left(self._begins, t1_ns)]

    def place(self, topic: Topic) -> int:
        """Which of all it is."""
        causes = (place for place, each in enumerate(self.topics) if each.like is topic.like)
        return next(causes, 0)

    def _goes_on(self, topic: Topic, place: int, t_ns: int) -> bool:
        """Does it happen at an instant, or has it just, and keeps coming?"""
        until_ns = topic.like.until_ns(place)
        still = place + 1 >= _OFTEN and topic.moment.kind in _TROUBLES and t_ns - until_ns <= _STILL_NS
        return t_ns < until_ns or still

    def _is_trouble(self, topic: Topic) -> bool:
        kind, spent_ns = topic.moment.kind, topic.spent_ns
        long = spent_ns >= min(_MUCH_NS, _MUCH * (self._until_ns - self._start_ns))
        return kind in _GRAVE or (kind in _TROUBLES and long)

    def _weight(self, topic: Topic) -> int:
        kind = topic.moment.kind
        return self._looked_for.get(kind, _WEIGHTS[kind])
