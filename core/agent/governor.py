"""Hooks that step aside while the program makes their calls so often that observing each would slow it.

A call in C that returns within microseconds, made in turns by several threads, pays more for a frame of
Python around it than the frame itself costs: the threads come to wait for the GIL differently. Such calls
are left alone for a while: the original methods are put back, and nothing of ours runs in them. The
sampler still sees the waits. The hooks return when a wait of another kind is recorded.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import perf_counter_ns as now

from . import log
from .blame import pass_on

CALLS = 512  # how many calls are counted before the clock is looked at
MOST_PER_S = 8000  # calls a second, of the whole process, that are worth observing
REST_NS, LONGEST_REST_NS = 1_000_000_000, 64_000_000_000  # how long they are left alone at first, and at most
NOTES = 3  # how often a process says so

resting: list = []  # the governors whose hooks are off


class Governor:
    """Counts the calls of the hooks in ``patches``: each takes 1 from ``left``; below 0 it calls ``look``."""

    __slots__ = (
        "_excess", "_looking", "_most_per_s", "_notes", "_patches", "_rest_ns", "_since", "_spare", "_until",
        "_what", "left",
    )

    def __init__(self, patches, what, most_per_s=lambda: MOST_PER_S, spare=0):
        """``what``: the note's topic; its calls are named so, too ("sockets").

        ``most_per_s()``: how many calls a second are worth observing. ``spare``: that many more are, if they
        come in a burst.
        """
        self._patches = patches
        self._what = what
        self._most_per_s = most_per_s
        self._excess = 0  # calls beyond ``most_per_s`` for which no quieter time has made up
        self._spare = spare
        self.left = CALLS
        self._since = now()
        self._looking = allocate_lock()  # two threads may find none left at once
        self._rest_ns, self._until, self._notes = REST_NS, 0, 0

    def look(self):
        """``CALLS`` calls were made: were they too many in that time? Never raises."""
        if not self._looking.acquire(False):
            return
        try:
            if self.left < 0:
                t, since = now(), self._since
                self._since, self.left = t, CALLS
                self._judge(t, max(1, t - since))
        except Exception:
            self._patches.failed()
        finally:
            self._looking.release()

    def _judge(self, t, took_ns):
        rate, most = CALLS * 1_000_000_000 // took_ns, self._most_per_s()
        self._excess = max(0, self._excess + CALLS - most * took_ns // 1_000_000_000)
        if rate <= most:
            self._rest_ns = REST_NS
        elif self._excess > self._spare and self not in resting:
            self._excess = self._spare  # when they are back nothing more is to spare
            self._patches.suspend()
            self._until = t + self._rest_ns
            self._rest_ns = min(2 * self._rest_ns, LONGEST_REST_NS)
            resting.append(self)
            if self._notes < NOTES:
                self._notes += 1
                log.note(self._what, "called so often (%d times a second) that observing each would slow the "
                         "program; from here on their waits are sampled" % rate)

    def begin_anew(self):
        """In a forked child: whoever was looking is not here, and nobody has said anything here."""
        self._looking = allocate_lock()
        self._since, self.left = now(), CALLS
        self._rest_ns, self._until, self._notes, self._excess = REST_NS, 0, 0, 0
        if self in resting:
            self._return(self._since)

    def _return(self, t):
        if t >= self._until:
            resting.remove(self)
            self._since, self.left = t, CALLS
            self._patches.resume()


def come_back():
    """Put the hooks that have rested long enough back; called where something rare is recorded anyway."""
    try:
        t = now()
        for governor in tuple(resting):
            governor._return(t)
    except ValueError as error:  # another thread was quicker
        pass_on(error)
