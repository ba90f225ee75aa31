"""Where a test program stands: lines are found by a marker in a comment, never counted by hand."""

from __future__ import annotations

import textwrap

# In a program: ``when_waiting("here", action)`` calls ``action`` once the main thread stands in the line
# marked ``# here``. A timer's signal looks where it stands, so that a wait without end can be ended.
WHEN_WAITING = """
import signal

def when_waiting(marker, action):
    with open(__file__) as f:
        line = [n for n, text in enumerate(f, 1) if text.rstrip().endswith("# " + marker)][0]

    def look(number, frame):
        while frame is not None and frame.f_code.co_filename != __file__:
            frame = frame.f_back
        if frame is not None and frame.f_lineno == line:
            signal.setitimer(signal.ITIMER_REAL, 0)
            action()

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
"""


def program(source: str) -> str:
    """A program that may use ``when_waiting``."""
    return WHEN_WAITING + textwrap.dedent(source)


def line(source: str, marker: str) -> int:
    """The line of ``source`` that ends with the comment ``# marker``."""
    (found,) = [n for n, text in enumerate(source.splitlines(), 1) if text.rstrip().endswith("# " + marker)]
    return found
