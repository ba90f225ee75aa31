"""Processes while held: a forked child's first turn, and one job of a pool at a time.

A worker of a pool waits for its turn after it has taken a job out of its queue: before, it holds the lock
that the queue's readers share between processes, and whoever waits in there stops all of them. For the
same reason a queue of ``multiprocessing`` is one call, in which nothing waits for a turn.
"""

from __future__ import annotations

import os
import sys

from . import executors, gates, gates_process, log, sites, spawns, waits
from . import layout as L
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold processes")


def _held_fork(fork):
    def held_fork():
        if log.control[0]:
            gates_process.spawning()
        try:
            pid = fork()
            if not pid and log.control[0]:
                gates.at("begin", log.thread()[0] >> L.THREAD_SHIFT, sys._getframe(2))
            return pid
        except BaseException as error:
            hide(error)
            raise

    return waits.Plain(held_fork, fork)


class _Jobs:
    """A pool worker's queue of calls."""

    def __init__(self, queue, name_of):
        self._queue = queue
        self._name_of = name_of

    def get(self, *args, **kwargs):
        me = gates.worker()
        if me is None:
            return self._queue.get(*args, **kwargs)
        site = sites.of(sys._getframe(1))
        me.leave("queue", 0, site)
        try:
            item = self._queue.get(*args, **kwargs)
        finally:
            me.busy = False
        if item is not None:
            me.ask("at", "job", 0, site, self._name_of(item))
        return item

    def __getattr__(self, name):
        return getattr(self._queue, name)


def _name_of_call(item):
    return executors._name(item.fn, item.args)


def _name_of_task(task):
    return executors._name(task[2], task[3])


def _held_worker(worker, name_of):
    """A worker's main function; ``pickle`` finds it by the original's name."""

    def held_worker(queue, /, *args, **kwargs):
        return worker(_Jobs(queue, name_of), *args, **kwargs)

    return waits.dress(held_worker, worker)


def _whole(method):
    """A queue's method as one call that may block."""

    def held_method(self, *args, **kwargs):
        try:
            if log.control[0]:
                return gates.outside("queue", 0, sys._getframe(1), method, (self, *args), kwargs)
            return method(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_method, method)


def _without_gates(function):
    """The main function of a thread that serves the program, and waits for no turn."""

    def servant(*args, **kwargs):
        me = gates.worker()
        if me is not None:
            me.leave("queue", 0, 0)
        with gates.aside():
            return function(*args, **kwargs)

    return waits.dress(servant, function)


def _held_semaphore(acquire):
    """``acquire`` of a semaphore that processes share."""

    def held_acquire(block=True, timeout=None):
        try:
            if not log.control[0] or not block:
                return acquire(block, timeout)
            frame = sys._getframe(1)
            gates.at("acquire", 0, frame)
            if acquire(False):
                return True
            limited = timeout is not None
            return gates.away("acquire", 0, sites.of(frame), acquire, (True, timeout), {}, limited)
        except BaseException as error:
            hide(error)
            raise

    return held_acquire


def _hook_synchronize(synchronize):
    cls = synchronize.SemLock
    original = cls._make_methods

    def _make_methods(self):
        original(self)
        self.acquire = _held_semaphore(self.acquire)

    _patches.put(cls, "_make_methods", waits.dress(_make_methods, original))


def _hook_queues(queues):
    for cls, names in ((queues.SimpleQueue, ("get", "put")), (queues.Queue, ("get",))):
        for name in names:
            _patches.put(cls, name, _whole(vars(cls)[name]))
    _patches.put(queues.Queue, "_feed", staticmethod(_without_gates(queues.Queue._feed)))


def _hook_process_pool(module):
    _patches.put(module, "_process_worker", _held_worker(module._process_worker, _name_of_call))


def _hook_pool(module):
    _patches.put(module, "worker", _held_worker(module.worker, _name_of_task))


def install():
    """Hook ``os.fork`` and what is imported; the rest as soon as the program imports it."""
    if log.control is not log.FREE:  # (a fork server forks for others; its children wait at their first gate)
        spawns.put_builtin("fork", _held_fork(os.fork), _patches)
    when_imported("multiprocessing.synchronize", _hook_synchronize)
    when_imported("multiprocessing.queues", _hook_queues)
    when_imported("multiprocessing.pool", _hook_pool)
    when_imported("concurrent.futures.process", _hook_process_pool)
