"""Waits for ``queue.SimpleQueue``. (``queue.Queue`` is made of locks.)"""

from __future__ import annotations

import sys
from _thread import get_ident

from . import layout as L
from . import waits
from .governor import Governor
from .imports import when_imported
from .patches import Patches

_getframe = sys._getframe
_enter, _leave, _hide, _inside = waits.enter, waits.leave, waits.hide, waits.inside
_queues = Patches("hook queues")


def _observed_queue(real):
    """A subclass of C's ``SimpleQueue``, to which ``get`` can be added."""

    class SimpleQueue(real):
        __slots__ = ()

        def __reduce_ex__(self, protocol):
            raise TypeError("cannot pickle '_queue.SimpleQueue' object")

        if sys.version_info < (3, 11):  # C refuses arguments then for its own class alone

            def __new__(cls, *args, **kwargs):
                if cls is SimpleQueue and (args or kwargs):
                    return real(*args, **kwargs)  # which raises
                return real.__new__(cls, *args, **kwargs)

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(SimpleQueue, name, getattr(real, name))
    return SimpleQueue


def _observed_get(take, empty, governor):
    """``SimpleQueue.get`` that tries first."""

    def get(self, block=True, timeout=None):
        begun = None
        try:
            governor.left = left = governor.left - 1
            if left < 0:
                governor.look()
            try:
                return take(self, False)
            except empty:
                if not block:
                    raise
            if get_ident() not in _inside:
                begun = _enter(L.OP_QUEUE, id(self) >> 4, waits.above(1))
            return take(self, block, timeout)
        except BaseException as error:
            _hide(error)
            raise
        finally:
            if begun is not None:
                _leave(begun, L.OP_QUEUE, id(self) >> 4)

    return waits.dress(get, take)


def _hook_queue(queue):
    real = queue.SimpleQueue
    if real is getattr(queue, "_PySimpleQueue", None):
        return
    observed = _observed_queue(real)
    for place in (queue, sys.modules[real.__module__]):  # pickle looks where it says it lives
        _queues.put(place, "SimpleQueue", observed)
    calls = Patches("hook queues")
    calls.put(observed, "get", _observed_get(real.get, queue.Empty, Governor(calls, "queues")))
    waits.hooks.append(calls)


def install():
    """Hook ``queue`` where the program has imported it, or as soon as it does."""
    waits.hooks.append(_queues)
    when_imported("queue", _hook_queue)
