"""Handles: every callback of a loop knows when it was scheduled, and as an effect of what.

That is since when a step is ready, and who woke its task.
"""

from __future__ import annotations

import functools
from _thread import get_ident
from contextvars import copy_context
from time import perf_counter_ns as now

from . import layout as L
from . import log
from .running import places
from .waits import hide

_THREAD = L.REF_THREAD << L.REF_SHIFT
_TIMER = L.REF_TIMER << L.REF_SHIFT


def cause_now():
    """What a handle created now by this thread is an effect of."""
    place = places.get(get_ident())
    return place.cause if place is not None else _THREAD | log.thread()[0] >> L.THREAD_SHIFT


def handle_class(base):
    """A subclass of a class of handles that knows when a handle was created, and as an effect of what."""
    begin = base.__init__

    class Handle(base):  # type: ignore[misc, valid-type]
        __slots__ = ("_concviz_at", "_concviz_by")

        def __init__(self, callback, args, loop, context=None):
            begin(self, callback, args, loop, context)
            if self._source_traceback:  # debug mode: without our frame
                del self._source_traceback[-1]
            self._concviz_at = now()
            try:
                self._concviz_by = places[get_ident()].cause
            except KeyError:  # a thread without a loop, or before its loop runs
                self._concviz_by = cause_now()

    _dress(Handle, base)
    Handle.__init__.__wrapped__ = begin  # type: ignore[attr-defined]
    return Handle


# What the code refers to that our call_soon stands for: CPython 3.9 to 3.14 agree on it.
_SCHEDULING = {
    "call_soon": ("_check_closed", "_debug", "_check_thread", "_check_callback", "_call_soon",
                  "_source_traceback"),
    "_call_soon": ("events", "Handle", "_source_traceback", "_ready", "append"),
    "_check_closed": ("_closed", "RuntimeError"),
    "get_debug": ("_debug",),
}
_CREATION = ("contextvars", "copy_context", "_context", "_loop", "_callback", "_args", "_cancelled", "_repr",
             "get_debug", "format_helpers", "extract_stack", "sys", "_getframe", "_source_traceback")


def is_known(loop_class, base):
    """Whether loops and handles of these classes schedule as :func:`call_soon` does it."""
    try:
        return base.__init__.__code__.co_names == _CREATION and all(
            getattr(loop_class, name).__code__.co_names == names for name, names in _SCHEDULING.items()
        )
    except AttributeError:  # somebody's own, compiled or wrapped
        return False


def call_soon(original, base, handle, failed):
    """``BaseEventLoop.call_soon``, by which all but a few handles are made.

    While the loop runs, and outside debug mode, it does by itself what the original does through four more
    calls (see ``is_known``): that pays for the clock it reads.

    Args:
        base: asyncio's class of handles. handle: ours. failed: called inside an ``except``.
    """

    class Handle(handle):  # type: ignore[misc, valid-type]
        __slots__ = ()
        __init__ = object.__init__  # call_soon fills it in

    _dress(Handle, base)

    copy, clock = copy_context, now  # (nearer than globals)

    @functools.wraps(original)
    def wrapper(self, callback, *args, context=None):
        try:
            place = self._concviz
            if place is not None and not self._debug:
                handle = Handle()
                handle._context = copy() if context is None else context
                handle._loop = self
                handle._callback = callback
                handle._args = args
                handle._cancelled = False
                handle._repr = handle._source_traceback = None
                handle._concviz_by = place.cause
                handle._concviz_at = clock()
                self._ready.append(handle)
                return handle
        except Exception:
            failed()
        try:
            handle = original(self, callback, *args, context=context)
        except BaseException as error:
            hide(error)
            raise
        if handle._source_traceback:  # debug mode: without our frame
            del handle._source_traceback[-1]
        return handle

    return wrapper


def late(timer, run):
    """Run a timer's callback. Whom it wakes was ready since it was due, though the loop was busy then.

    (Not since before the loop last idled: a selector may sleep a millisecond longer than it was asked to.)
    """
    ready, before, since = (), 0, 0
    try:
        loop = timer._loop
        ready, before = loop._ready, len(loop._ready)
        since = max(now() - int((loop.time() - timer._when) * 1e9), loop._concviz.awake)
    except Exception:  # a loop of somebody else's
        pass
    try:
        run(timer)
    except BaseException as error:
        hide(error)
        raise
    finally:
        try:
            for i in range(before, len(ready)):
                if ready[i]._concviz_by == _TIMER and 0 < since < ready[i]._concviz_at:
                    ready[i]._concviz_at = since
        except Exception:
            pass


def _dress(cls, base):
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(cls, name, getattr(base, name))
