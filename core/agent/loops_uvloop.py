"""uvloop: its loop is compiled, so what the program schedules is wrapped instead of what the loop runs.

``uvloop.Loop`` is a Python subclass of the compiled loop, and tasks and futures schedule through its
methods: every callback is replaced by one that looks the same and records. What libuv calls by itself
(I/O) is not seen; what it makes ready is known to be an effect of I/O, without the file descriptor.
"""

from __future__ import annotations

import functools

from . import layout as L
from . import log, loops, tasks_created, tasks_handles, tasks_steps
from .patches import Patches
from .waits import hide

_IO = L.REF_IO << L.REF_SHIFT


def install(uvloop, task_types):
    """Patch ``uvloop.Loop``; ``task_types`` as in ``tasks_steps.observed``."""
    patches = Patches("uvloop")
    try:
        loop_class = uvloop.Loop
        Callback = _callback_class(task_types, patches.failed)
        patches.put(loop_class, "_concviz", None)
        for name in ("call_soon", "call_soon_threadsafe"):
            patches.put(loop_class, name, _scheduling(getattr(loop_class, name), Callback))
        patches.put(loop_class, "call_later", _timing(loop_class.call_later, Callback))
        patches.put(loop_class, "create_task", tasks_created.observed(loop_class.create_task, patches.failed))
        run_forever = loops.observed(loop_class.run_forever, tasks_handles.is_ordinary)
        patches.put(loop_class, "run_forever", run_forever)
        log.note("uvloop", "when the loop idles, and which descriptor woke a task, can't be seen")
    except Exception:
        patches.failed()


def _callback_class(task_types, failed):
    class Callback:
        """A scheduled callback that records; what others of ours ask of a handle, it answers."""

        __slots__ = ("_callback", "_concviz_at", "_concviz_by", "_loop")
        _args = ()  # uvloop has them

        def __init__(self, callback, loop, at, by):
            self._callback = callback
            self._loop = loop
            self._concviz_at = at
            self._concviz_by = by

        def __call__(self, *args):
            mark = place = None
            try:
                task, mark, place, t0 = tasks_steps.begin(self, task_types)
            except Exception:
                failed()
            try:
                return self._callback(*args)
            except BaseException as error:
                hide(error)
                raise
            finally:
                if mark is not None:
                    tasks_steps.end(self, task, mark, place, t0, failed)
                if place is not None:
                    place.runs(_IO)  # until the next callback it is libuv that acts
                self = task = args = None  # a traceback may lead to this frame

        def __getattr__(self, name):
            return getattr(self._callback, name)

        def __repr__(self):
            return repr(self._callback)

    return Callback


def _scheduling(schedule, Callback):
    @functools.wraps(schedule)
    def wrapper(self, callback, *args, context=None):
        if callable(callback):
            callback = Callback(callback, self, log.now(), tasks_handles.cause_now())
        try:
            return schedule(self, callback, *args, context=context)
        except BaseException as error:
            hide(error)
            raise

    return wrapper


def _timing(call_later, Callback):
    @functools.wraps(call_later)
    def wrapper(self, delay, callback, *args, context=None):
        if callable(callback):
            callback = Callback(callback, self, 0, tasks_handles.TIMER)
        try:
            return call_later(self, delay, callback, *args, context=context)
        except BaseException as error:
            hide(error)
            raise

    return wrapper
