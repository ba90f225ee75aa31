"""Playing a history: an instant that moves at a chosen speed, either way, by a clock that is passed in."""

from __future__ import annotations

SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Hundredths: from a hundredth of the real speed to a hundred times it."""


class Playback:
    """Where it stands. All instants are nanoseconds: ``now_ns`` of the clock, the others of the history."""

    def __init__(self) -> None:
        """Begin paused, to play forwards at the real speed."""
        self.playing = False
        self.backwards = False
        self.speed = 100
        """One of ``SPEEDS``."""
        self.at_ns = 0
        """Where it stood when it was last told the time."""
        self._since_ns = 0
        self._from_ns = 0

    def play(self, now_ns: int, at_ns: int, start_ns: int, end_ns: int) -> None:
        """Play from ``at_ns`` on; at the end from the begin, and at the begin forwards in any case."""
        if at_ns <= start_ns:
            self.backwards = False
        elif not self.backwards and at_ns >= end_ns:
            at_ns = start_ns
        self.playing = True
        self.move(now_ns, at_ns)

    def pause(self) -> None:
        """Stand still."""
        self.playing = False

    def move(self, now_ns: int, at_ns: int) -> None:
        """Go on from another instant."""
        self._since_ns, self._from_ns, self.at_ns = now_ns, at_ns, at_ns

    def advance(self, now_ns: int, start_ns: int, end_ns: int) -> int:
        """Move on to where it stands now, and return that; at either end of the history it pauses."""
        if not self.playing:
            return self.at_ns
        passed = max(now_ns - self._since_ns, 0) * self.speed // 100
        at_ns = self._from_ns - passed if self.backwards else self._from_ns + passed
        self.at_ns = min(max(at_ns, start_ns), end_ns)
        if self.at_ns != at_ns or self.at_ns == (start_ns if self.backwards else end_ns):
            self.playing = False
        return self.at_ns

    def hasten(self, by: int, now_ns: int) -> None:
        """Play so many speeds faster, or slower where ``by`` is negative."""
        self.move(now_ns, self.at_ns)
        place = min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)
        self.speed = SPEEDS[place]

    def turn(self, now_ns: int) -> None:
        """Play the other way."""
        self.move(now_ns, self.at_ns)
        self.backwards = not self.backwards

    @property
    def words(self) -> str:
        """The way and the speed: ``▶ ×2``, ``◀ ×0.05``."""
        return f"{'◀' if self.backwards else '▶'} ×{self.speed / 100:g}"
