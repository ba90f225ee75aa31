"""Processes while held: a forked child's first turn, and one job of a pool at a time.

A worker of a pool waits for its turn after it has taken a job out of its queue. While it takes one it holds
the lock that the queue's readers share between processes, and to wait in there would stop all of them. For
the same reason a queue of ``multiprocessing`` is one call, in which nothing waits for a turn.

The controller decides who gets which job, and in a replay decides as it did when recorded. How soon a worker
comes does not matter, because

- something is in a queue if and only if a decision has put it there: what feeds a queue is waited for
  (``hold_feeders``), in the order of the decisions;
- as long as something is in it, all who wait for that come to a gate, sooner or later, and stay there. One
  that is let go takes a job. One that finds nothing, because another was let go first, waits again; that is
  no decision, and in a replay it is not let go. A worker that the replay expects is waited for;
- a worker that takes the message that tells it to end says nothing any more, but has made its step;
- a process is over, for whoever asks, once it was killed (``hold_ends``), or once its main thread has made
  its last step (``Processes.over``);
- processes are named by the order in which they were started.
"""

from __future__ import annotations

import os
import sys

from . import executors, gates, gates_process, gates_worker, hold_feeders, log, sites, spawns, waits
from . import layout as L
from .hold_io import Switch
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold processes")
_SPAWNED = "multiprocessing.spawn"  # in the command of a process that was spawned


def _held_fork(fork):
    def held_fork():
        gates_process.forks += 1
        serves = log.control is log.FREE  # a fork server, whose children wait at their first gate
        if log.control[0]:
            gates_process.spawning()
        try:
            pid = fork()
            if not pid and log.control[0] and not serves:
                gates.at("begin", log.thread()[0] >> L.THREAD_SHIFT, sys._getframe(2))
            return pid
        except BaseException as error:
            hide(error)
            raise

    return waits.Plain(held_fork, fork)


def _held_spawn(spawn):
    """Starting a process under "spawn". (The helpers that are started in the same way say no hello.)"""

    def spawnv_passfds(path, args, passfds):
        try:
            if log.control[0] and any(_SPAWNED in str(word) for word in args):
                me = gates.worker()
                if me is None:
                    gates_process.spawning()
                else:
                    me.spawns()
            return spawn(path, args, passfds)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(spawnv_passfds, spawn)


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
        item = _take(me, self._queue, site, self._queue.get, args, kwargs)
        if item is not None:
            me.ask("at", "job", 0, site, self._name_of(item))
        return item

    def __getattr__(self, name):
        return getattr(self._queue, name)


def _take(me, queue, site, get, args, kwargs):
    """``get(*args, **kwargs)`` in a turn, when there is something to take.

    The kernel would give it to whoever of several comes first, which is not the same in every run. Here all
    of them have a turn when there is something, and who finds nothing goes on waiting (see the module).
    """
    try:
        there = queue._reader.fileno()
    except (AttributeError, OSError):  # a queue of another kind, or closed: it says so itself
        return get(*args, **kwargs)
    while True:
        me.leave("queue", 0, site)
        try:
            gates_worker.until_readable(there, L.OP_QUEUE, site)
        finally:
            me.busy = False
        me.back("queue", 0, site)
        if not log.control[0] or gates_worker.readable(there):
            return gates.in_turn(me, "queue", 0, site, get, args, kwargs)


def _name_of_call(item):
    return executors._name(item.fn, item.args)


def _name_of_task(task):
    return executors._name(task[2], task[3])


def _held_worker(worker, name_of):
    """A worker's main function; ``pickle`` finds it by the original's name."""

    def held_worker(queue, /, *args, **kwargs):
        return worker(_Jobs(queue, name_of), *args, **kwargs)

    return waits.dress(held_worker, worker)


def _held_get(method):
    """``get`` of a queue that processes share: a turn before it, and one when there is something to take."""

    def get(self, *args, **kwargs):
        try:
            me = gates.worker()
            if me is None:
                return method(self, *args, **kwargs)
            frame = sys._getframe(1)
            if args or kwargs:  # it may wait for some time only
                return gates.outside("queue", 0, frame, method, (self, *args), kwargs)
            site = sites.of(frame)
            if me.ask("at", "queue", 0, site, "")[0] != "go":
                return method(self)
            return _take(me, self, site, method, (self,), {})
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(get, method)


def _held_put(method):
    """``put`` of a queue without a thread of its own, in one turn."""

    def put(self, *args, **kwargs):
        try:
            me = gates.worker()
            if me is None:
                return method(self, *args, **kwargs)
            site = sites.of(sys._getframe(1))
            if me.ask("at", "queue", 0, site, "")[0] != "go":
                return method(self, *args, **kwargs)
            return gates.in_turn(me, "queue", 0, site, method, (self, *args), kwargs)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(put, method)


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


def _fed_put(put):
    """``put`` of a queue that has a feeder: it is over when that has written."""

    def held_put(self, *args, **kwargs):
        try:
            put(self, *args, **kwargs)
            me = gates.worker()
            if me is not None:
                me.settles()
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_put, put)


def _hook_queues(queues):
    for cls in (queues.SimpleQueue, queues.Queue):
        _patches.put(cls, "get", _held_get(vars(cls)["get"]))
    _patches.put(queues.SimpleQueue, "put", _held_put(vars(queues.SimpleQueue)["put"]))
    for cls in (queues.Queue, queues.JoinableQueue):
        put = vars(cls)["put"]
        _patches.put(cls, "put", Switch(put, _fed_put(put)))
    _patches.put(queues.Queue, "_feed", staticmethod(hold_feeders.fed(queues.Queue._feed)))


def _hook_process_pool(module):
    _patches.put(module, "_process_worker", _held_worker(module._process_worker, _name_of_call))


def _hook_pool(module):
    _patches.put(module, "worker", _held_worker(module.worker, _name_of_task))


def _hook_util(util):
    _patches.put(util, "spawnv_passfds", _held_spawn(util.spawnv_passfds))


def install():
    """Hook ``os.fork`` and what is imported; the rest as soon as the program imports it."""
    spawns.put_builtin("fork", _held_fork(os.fork), _patches)
    when_imported("multiprocessing.util", _hook_util)
    when_imported("multiprocessing.synchronize", _hook_synchronize)
    when_imported("multiprocessing.queues", _hook_queues)
    when_imported("multiprocessing.pool", _hook_pool)
    when_imported("concurrent.futures.process", _hook_process_pool)
