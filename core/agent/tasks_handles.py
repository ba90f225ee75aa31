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
from .blame import pass_on
from .running import places
from .waits import hide

_THREAD = L.REF_THREAD << L.REF_SHIFT
TIMER = L.REF_TIMER << L.REF_SHIFT


def cause_now():
    """What a handle created now by this thread is an effect of."""
    place = places.get(get_ident())
    return place.mark.ref if place is not None else _THREAD | log.thread()[0] >> L.THREAD_SHIFT


def handle_class(base):
    """A subclass of a class of handles that knows when a handle was created, and as an effect of what."""
    begin = base.__init__

    class Handle(base):  # type: ignore[misc, valid-type]
        __slots__ = ("_concviz_at", "_concviz_by")

        def __init__(self, callback, args, loop, context=None):
            begin(self, callback, args, loop, context)
            if self._source_traceback:  # debug mode: without our frame
                del self._source_traceback[-1]
            at = self._concviz_at = now()
            try:
                mark = places[get_ident()].mark
                self._concviz_by = mark.ref
                mark.last = at
            except KeyError:  # a thread without a loop, or before its loop runs
                self._concviz_by = cause_now()

    _dress(Handle, base)
    Handle.__init__.__wrapped__ = begin  # type: ignore[attr-defined]
    return Handle


# What the functions refer to that our call_soon stands for: CPython 3.9 to 3.14 agree on it.
_INIT = """contextvars copy_context _context _loop _callback _args _cancelled _repr get_debug format_helpers
    extract_stack sys _getframe _source_traceback"""
_CALL_SOON = "_check_closed _debug _check_thread _check_callback _call_soon _source_traceback"
_CALLED = {
    "_call_soon": "events Handle _source_traceback _ready append",
    "_check_closed": "_closed RuntimeError",
    "get_debug": "_debug",
}


def is_known(handle, loop_class):
    """Whether these classes, as yet unpatched, schedule in the way that :func:`call_soon` does it."""
    return (
        refers_to(handle.__init__, _INIT) and refers_to(loop_class.call_soon, _CALL_SOON)
        and is_ordinary(loop_class)
    )


def is_ordinary(loop_class):
    """Whether a loop's class, maybe the program's own, leaves alone what ``call_soon`` calls."""
    return all(refers_to(getattr(loop_class, name, None), names) for name, names in _CALLED.items())


def refers_to(function, names):
    """Whether a function is written in Python and refers to these names, in this order."""
    code = getattr(function, "__code__", None)  # None for what is compiled
    return code is not None and code.co_names == tuple(names.split())


class _NoneAtFirst:
    """A slot that need not be filled in: it is None until it is set."""

    def __init__(self, slot):
        self._slot = slot

    def __get__(self, handle, owner):
        try:
            return self._slot.__get__(handle, owner)
        except AttributeError:
            return None

    def __set__(self, handle, value):
        self._slot.__set__(handle, value)


_original = _failed = _Handle = _Quick = None  # type: ignore[var-annotated]  # globals: cheaper than a closure's
arm = None  # type: ignore[var-annotated]  # to be called when the program is held, where it may be


def call_soon(original, base, handle, failed):
    """``BaseEventLoop.call_soon``, by which all but a few handles are made.

    While an ordinary loop runs (which can't be closed then) and knows its place, which it does not in debug
    mode, it does by itself what the original does through four more calls, which pays for most of what a step
    costs. A call from another thread, which is not allowed, is taken for one of the loop's own.

    Args:
        base: asyncio's class of handles. handle: ours. failed: called inside an ``except``.
    """
    global _original, _failed, _Handle, _Quick

    class Handle(handle):  # type: ignore[misc, valid-type]
        __slots__ = ()
        __init__ = object.__init__  # call_soon fills it in
        _repr, _source_traceback = _NoneAtFirst(base._repr), _NoneAtFirst(base._source_traceback)

    _dress(Handle, base)
    _original, _failed, _Handle, _Quick = original, failed, handle, Handle
    return functools.wraps(original)(_call_soon)


def alike(handle):
    """Give a handle the class of those from ``call_soon``: attributes of one class are found faster."""
    if type(handle) is _Handle:
        handle.__class__ = _Quick


def is_in_place(loop_class):
    """Whether ``call_soon`` of a class of loops is ours."""
    return getattr(loop_class.call_soon, "__code__", None) is _call_soon.__code__


def set_debug(original):
    """``BaseEventLoop.set_debug``: in debug mode a loop does not know its place, until it runs anew."""

    @functools.wraps(original)
    def wrapper(self, enabled):
        try:
            original(self, enabled)
        except BaseException as error:
            hide(error)
            raise
        if enabled:
            self._concviz = None

    return wrapper


def _call_soon(self, callback, *args, context=None):
    try:
        if arm is not None and log.control[0]:
            arm()
        place = self._concviz
        if place is not None:
            handle = _Quick()
            handle._context = copy_context() if context is None else context
            handle._loop = self
            handle._callback = callback
            handle._args = args
            handle._cancelled = False
            mark = place.mark
            handle._concviz_by = mark.ref
            handle._concviz_at = mark.last = mark.awake or now()
            self._ready.append(handle)
            return handle
    except Exception:
        _failed()
    try:
        handle = _original(self, callback, *args, context=context)
    except BaseException as error:
        hide(error)
        raise
    if handle._source_traceback:  # debug mode: without our frame
        del handle._source_traceback[-1]
    return handle


def late(timer, run):
    """Run a timer's callback. Whom it wakes was ready since it was due, though the loop was busy then.

    (Not since before the loop last idled: a selector may sleep a millisecond longer than it was asked to.)
    """
    ready, before, since = (), 0, 0
    try:
        loop = timer._loop
        ready, before = loop._ready, len(loop._ready)
        since = max(now() - int((loop.time() - timer._when) * 1e9), places[get_ident()].awake)
    except Exception as error:  # a loop of somebody else's
        pass_on(error)
    try:
        run(timer)
    except BaseException as error:
        hide(error)
        raise
    finally:
        try:
            for i in range(before, len(ready)):
                if ready[i]._concviz_by == TIMER and 0 < since < ready[i]._concviz_at:
                    ready[i]._concviz_at = since
        except Exception as error:
            pass_on(error)
        timer = None  # a traceback may lead to this frame


def _dress(cls, base):
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(cls, name, getattr(base, name))
