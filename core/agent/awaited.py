"""What a step waits for, how a task ended, and what a callback is an effect of, as references."""

from __future__ import annotations

from . import layout as L
from . import log

READY = L.REF_READY << L.REF_SHIFT
_LOW = (1 << L.REF_SHIFT) - 1
FUTURE = L.REF_FUTURE << L.REF_SHIFT
_GATHER = L.REF_GATHER << L.REF_SHIFT
_CALLBACK = L.REF_CALLBACK << L.REF_SHIFT
_ENDED = L.REF_ENDED << L.REF_SHIFT
_FAILED = L.REF_FAILED << L.REF_SHIFT
_CANCELLED = L.REF_CANCELLED << L.REF_SHIFT


def future(waited_for):
    """Reference to a future that is no task known to us."""
    return _GATHER if type(waited_for).__name__ == "_GatheringFuture" else FUTURE


def ended(task):
    """How a finished task ended. (``exception()`` would mark its exception as retrieved.)"""
    if task.cancelled():
        return _CANCELLED
    error = task._exception
    if error is None:
        return _ENDED
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = "%s.%s" % (kind.__module__, name)
    return _FAILED | log.text(name) & _LOW


def callback(handle):
    """Reference to a callback that is the effect of nothing we know, by its name."""
    function = handle._callback
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return _CALLBACK | log.text(name) & _LOW
