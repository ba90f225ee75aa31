"""Which lock begins a step: a line of the user's makes one, however many locks the library takes for it.

A line that locks, or calls ``queue.Queue.put``, ``threading.Event.set`` and the like, waits for a turn before
the first lock of that call. The locks that follow, and those that a library takes for itself (logging, a
pool), are taken at once if they are free. If one is not, whoever wants it waits as for any other lock.
"""

from __future__ import annotations

import os

from . import sites

_library = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_SYNCHRONISING = (_library + "threading.py", _library + "queue.py")


def _passed(frame, event, argument):
    """Marks the frame of a library's function that was called by the user's line and has made its step.

    It is put where a frame keeps who traces it, for a frame can't be referred to weakly and must not be kept.
    (A tracer that is there calls it for each line, and nothing comes of that.)
    """


def begins(frame):
    """Is a lock that ``frame`` takes the beginning of a step?"""
    outermost = None
    while frame is not None:
        kind = sites.whose(frame.f_code)
        if kind == sites.USER:
            break
        if kind == sites.LIBRARY:
            outermost = frame
        frame = frame.f_back
    if outermost is None:
        return True
    if frame is None or outermost.f_code.co_filename not in _SYNCHRONISING or outermost.f_trace is _passed:
        return False
    if outermost.f_trace is None:
        outermost.f_trace = _passed
    return True
