"""``queue.SimpleQueue`` while held: ``get`` takes turns like a lock. (``queue.Queue`` is made of locks.)"""

from __future__ import annotations

import sys
from types import FunctionType

from . import gates, gates_worker, hold_locks, sites, waits
from .hold_io import Switch
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold queues")


def _holdable(observed):
    """A subclass of the observed ``SimpleQueue`` that can be told from others."""

    class SimpleQueue(observed):
        __slots__ = ("_concviz_number",)

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(SimpleQueue, name, getattr(observed, name))
    return SimpleQueue


def _get(observed_get, empty):
    def get(self, block=True, timeout=None):
        try:
            if not block:
                return observed_get(self, False)
            return _held_get(self, timeout, observed_get, empty, sys._getframe(1))
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(get, observed_get)


def _held_get(queue, timeout, get, empty, frame):
    """``get`` while held; a queue that was filled is given back like a lock, before the next gate."""
    me = gates.worker()
    number, site = _number(queue), sites.of(frame)
    if me is None or me.ask("at", "queue", number, site, "")[0] != "go":
        return get(queue, True, timeout)
    while True:
        try:
            return get(queue, False)
        except empty:
            pass
        if timeout is not None:
            return _get_before(timeout, lambda s: get(queue, True, s), empty, me, number, site)
        hold_locks.taken[number] = queue.empty, 0
        if me.ask("blocked", number, site)[0] != "go":
            return get(queue, True)


def _get_before(timeout, get, empty, me, number, site):
    """Get an item before so many seconds are over, without a turn; time that stands still does not count."""
    items: list = []
    me.leave("queue", number, site, "timeout")
    try:
        for seconds in gates_worker.slices(timeout):
            try:
                items.append(get(seconds))
                break
            except empty:
                pass
    except BaseException:
        me.busy = False
        raise
    me.back("queue", number, site)
    if not items:
        raise empty
    return items[0]


def _number(queue):
    try:
        return queue._concviz_number
    except AttributeError:
        number = queue._concviz_number = hold_locks.new_number()
        return number


def _hook(queue):
    observed = queue.SimpleQueue
    if observed is getattr(queue, "_PySimpleQueue", None):
        return
    get = vars(observed).get("get")
    if type(get) is not FunctionType:  # what observes queues is switched off
        return
    _patches.put(observed, "get", Switch(get, _get(get, queue.Empty)))
    holdable = _holdable(observed)
    for place in (queue, sys.modules[observed.__module__]):  # pickle looks where it says it lives
        _patches.put(place, "SimpleQueue", holdable)


def install():
    """Hook ``queue`` as soon as the program imports it, behind what observes it."""
    when_imported("queue", _hook)
