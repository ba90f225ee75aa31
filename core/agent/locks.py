"""Waits for locks and queues: ``threading.Lock``, ``RLock``, ``Condition`` and ``queue.SimpleQueue``.

Everything else in ``threading`` and ``queue`` is made of these. A lock is tried first: one that is free
costs no clock and leaves no record. Locks made before ``threading`` was hooked stay as they are.
"""

from __future__ import annotations

import sys
from _thread import LockType, allocate_lock, get_ident

from . import layout as L
from . import waits
from .imports import when_imported
from .patches import Patches

_getframe = sys._getframe
_enter, _leave, _hide, _inside = waits.enter, waits.leave, waits.hide, waits.inside
_LOCK, _QUEUE = L.OP_LOCK, L.OP_QUEUE
_locks = Patches("hook locks")
_queues = Patches("hook queues")


def _wait(acquire, arguments, frame, obj):
    """Acquire a lock that is not free (or whose arguments are unusual); the record of it, once."""
    if get_ident() in _inside:
        return acquire(*arguments)
    begun = _enter(_LOCK, obj, frame)
    try:
        return acquire(*arguments)
    finally:
        _leave(begun, _LOCK, obj)


class _LooksLikeLock(type):
    """``isinstance(x, threading.Lock)`` (3.13 and later) holds for the locks of before, too."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, LockType)

    def __repr__(cls):
        return repr(_original_lock)


_original_lock = allocate_lock  # what threading.Lock was; set when threading is there


class Lock(metaclass=_LooksLikeLock):
    """``threading.Lock``, observed. The slots hold the real lock's own methods: ``with`` leaves through C."""

    __slots__ = ("__exit__", "__weakref__", "_try", "locked", "release")

    def __init__(self, new=allocate_lock):
        lock = new()
        self._try = lock.acquire
        self.release = lock.release
        self.__exit__ = lock.__exit__
        self.locked = lock.locked

    def __init_subclass__(cls):
        raise TypeError("type '_thread.lock' is not an acceptable base type")

    def __enter__(self):
        if self._try(False):
            return True
        try:
            return _wait(self._try, (), _getframe(1), id(self) >> 4)
        except BaseException as error:
            _hide_both(error)
            raise

    def acquire(self, blocking=True, timeout=-1):
        """As ``lock.acquire``."""
        try:
            if timeout == -1:
                if self._try(False):
                    return True
                if not blocking:
                    return False
            elif blocking and type(timeout) in (int, float) and 0 <= timeout < 1e6 and self._try(False):
                return True
            return _wait(self._try, (blocking, timeout), _getframe(1), id(self) >> 4)
        except BaseException as error:
            _hide_both(error)
            raise

    def __getattr__(self, name):  # acquire_lock, _at_fork_reinit, …
        if name in Lock.__slots__:
            raise AttributeError(name)
        return getattr(self._try.__self__, name)

    @property  # type: ignore[misc]
    def __class__(self):
        return LockType

    def __repr__(self):
        return repr(self._try.__self__)

    def __reduce_ex__(self, protocol):
        return self._try.__self__.__reduce_ex__(protocol)


def _hide_both(error):
    """Take our frames (this wrapper's, and ``_wait``'s) off the traceback."""
    _hide(error)
    ours = error.__traceback__
    if ours is not None and ours.tb_frame.f_code is _wait.__code__:
        error.__traceback__ = ours.tb_next


def _observed_rlock(real):
    """A subclass of C's ``RLock`` that tries first."""
    acquire = real.acquire

    class RLock(real):
        __slots__ = ()

        def __enter__(self):
            if acquire(self, False):
                return True
            try:
                return _wait(acquire, (self,), _getframe(1), id(self) >> 4)
            except BaseException as error:
                _hide_both(error)
                raise

        def acquire(self, blocking=True, timeout=-1):
            try:
                if timeout == -1:
                    if acquire(self, False):
                        return True
                    if not blocking:
                        return False
                return _wait(acquire, (self, blocking, timeout), _getframe(1), id(self) >> 4)
            except BaseException as error:
                _hide_both(error)
                raise

        @property  # type: ignore[misc]
        def __class__(self):
            return real

        def __repr__(self):
            return real.__repr__(self).replace(" RLock ", " _thread.RLock ", 1)

        def __reduce_ex__(self, protocol):
            raise TypeError("cannot pickle '_thread.RLock' object")

    waits.dress(RLock.acquire, acquire)
    _look_like(RLock, real)
    return RLock


def _observed_queue(real, empty):
    """A subclass of C's ``SimpleQueue`` whose ``get`` tries first."""
    take = real.get

    class SimpleQueue(real):
        __slots__ = ()

        def get(self, block=True, timeout=None):
            begun = None
            try:
                try:
                    return take(self, False)
                except empty:
                    if not block:
                        raise
                if get_ident() not in _inside:
                    begun = _enter(_QUEUE, id(self) >> 4, _getframe(1))
                return take(self, block, timeout)
            except BaseException as error:
                _hide(error)
                raise
            finally:
                if begun is not None:
                    _leave(begun, _QUEUE, id(self) >> 4)

        def __reduce_ex__(self, protocol):
            raise TypeError("cannot pickle '_queue.SimpleQueue' object")

    waits.dress(SimpleQueue.get, take)
    _look_like(SimpleQueue, real)
    return SimpleQueue


def _look_like(cls, real):
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(cls, name, getattr(real, name))


def _number(args):
    return id(args[0]) >> 4


def _hook_threading(threading):
    global _original_lock
    _original_lock = threading.Lock
    waits.dress(Lock.acquire, LockType.acquire)
    _look_like(Lock, LockType)
    Lock.__module__, Lock.__qualname__ = "threading", "Lock"  # where pickle finds the class
    _locks.put(threading, "Lock", Lock)
    if threading._CRLock is not None:
        _locks.put(threading, "_CRLock", _observed_rlock(threading._CRLock))
    condition = threading.Condition
    _locks.put(condition, "wait", waits.whole(condition.wait, _LOCK, _number))


def _hook_queue(queue):
    real = queue.SimpleQueue
    if real is not getattr(queue, "_PySimpleQueue", None):
        observed = _observed_queue(real, queue.Empty)
        for place in (queue, sys.modules[real.__module__]):  # pickle looks where it says it lives
            _queues.put(place, "SimpleQueue", observed)


def install():
    """Hook ``threading`` and ``queue`` where the program has imported them, or as soon as it does."""
    when_imported("threading", _hook_threading)
    when_imported("queue", _hook_queue)
