"""Whether the terminal is still there. Not everybody who loses it is told by a signal.

Who was started with SIGHUP ignored, or on a terminal that does not control its session, would go on and read
the end of a file as fast as it can.
"""

from __future__ import annotations

import os
import select
import signal
import sys


class Terminal:
    """The terminal that keys are read from, if they are read from one."""

    def __init__(self) -> None:
        self._poll: select.poll | None = None
        try:
            keys = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
            if os.isatty(keys):
                self._poll = select.poll()
                self._poll.register(keys, 0)  # that it hung up is told unasked
        except (OSError, ValueError):
            pass  # there is none

    def heed(self) -> None:
        """Once it has hung up, tell this process as the kernel tells who is to be told."""
        if self._poll is None or not any(events & select.POLLHUP for _, events in self._poll.poll(0)):
            return
        self._poll = None
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGHUP)
