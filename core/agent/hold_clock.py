"""The clock of an event loop that is held: a timeout is not used up by somebody who thinks."""

from __future__ import annotations

import time
from _io import FileIO
from collections import deque

from . import log

LONG_S = 10e-3  # a handle that takes so long has blocked its loop: then what it took passes
_BLOCKS = 16  # of the last so many it is known when they were
ordinary_time = None  # type: ignore[var-annotated]  # ``time`` of asyncio's own loops


def busy_s(clock):
    """Seconds by a clock, less those for which the calling thread could have run and was given no core.

    (proc(5), schedstat; 0 elsewhere.) On a busy machine a handle would else seem to block its loop at times.
    """
    starved_ns = 0
    try:
        with FileIO("/proc/thread-self/schedstat") as file:
            starved_ns = int(file.read(99).split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return clock() - starved_ns / 1e9


class Clock:
    """``loop.time`` of a loop that was held: without the time in which it was.

    While it is held, time passes where the loop idles or is blocked, and a fixed little for any other handle;
    not as fast as this machine happens to be now. So timers come due in the same order in every run, and a
    program that does nothing but wait for them can be repeated.
    """

    def __init__(self, real):
        self.real = real
        self._held = 0.0  # seconds
        self._stopped = None  # type: float | None
        self._blocked = deque(maxlen=_BLOCKS)  # ends (s by this clock, ns) and durations (s)

    def __call__(self):
        """Seconds, as ``loop.time`` has them."""
        if self._stopped is not None and not log.control[0]:
            self._held += self.real() - self._stopped
            self._stopped = None
        return (self.real() if self._stopped is None else self._stopped) - self._held

    def stop(self):
        """Stand still, until the program is not held any more."""
        if self._stopped is None:
            self._stopped = self.real()

    def passes(self, seconds):
        """While it stands still: so much is over all the same."""
        if self._stopped is not None:
            self._stopped += seconds

    def blocked(self, seconds):
        """A handle that is over now has blocked the loop for so long."""
        self.passes(seconds)
        self._blocked.append((self(), time.perf_counter_ns(), seconds))

    def late_since(self, when):
        """When a timer came due while a handle blocked the loop, in ns as the log has them; 0: it did not."""
        for end, end_ns, seconds in self._blocked if when is not None else ():
            if end - seconds <= when <= end:
                return end_ns - int((end - when) * 1e9)
        return 0


def clock_of(loop):
    """The loop's clock, put in place when it is held for the first time; it goes on without a jump."""
    clock = vars(loop).get("time")
    if not isinstance(clock, Clock):
        ordinary = type(loop).time is ordinary_time
        clock = loop.time = Clock(time.monotonic if ordinary else loop.time)
    return clock
