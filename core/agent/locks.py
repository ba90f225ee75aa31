"""Waits for locks: ``threading.Lock``, ``RLock`` and ``Condition``; ``queue`` and the rest are made of these.

A lock is tried first: one that is free costs no clock and leaves no record. Locks made before
``threading`` was hooked stay as they are.
"""

from __future__ import annotations

import sys
from _thread import LockType, allocate_lock, get_ident
from itertools import starmap

from . import layout as L
from . import queues, waits
from .imports import when_imported
from .patches import Patches

_getframe = sys._getframe
MethodType = type(Patches("").put)  # (``types`` may not be there yet)
_enter, _leave, _hide, _inside = waits.enter, waits.leave, waits.hide, waits.inside
_locks = Patches("hook locks")


def _wait(acquire, arguments=(), depth=1):
    """Acquire a lock that is not free (or whose arguments are unusual); the record of it, once.

    A signal handler may raise after any call of ours, and an interrupted wait must not keep the lock.
    ``extend`` notes that it was acquired before anything else can run. (On Python 3.9 a handler can also
    run at the end of the ``try``, one instruction that nothing guards.)
    """
    got: list = []
    begun = None
    try:
        if get_ident() not in _inside:
            begun = _enter(L.OP_LOCK, id(acquire.__self__) >> 4, waits.above(depth))
        try:
            got.extend(starmap(acquire, (arguments,)))
        finally:
            _leave(begun, L.OP_LOCK, id(acquire.__self__) >> 4)
    except BaseException as error:
        if got and got[0]:
            acquire.__self__.release()
        _hide(error)
        raise
    return got[0]


class _Attempt:
    """A call whose result is its truth."""

    __slots__ = ("__bool__",)


def _entering(acquire):
    """What ``with`` calls: ``any((acquire(False), _wait(acquire)))``, where the second is not called in vain.

    While the lock is free that is all in C, as it was: no signal handler can run between the acquisition
    and the body of the ``with``, and the stack is as deep as ever.
    """
    at_once, later = _Attempt(), _Attempt()
    at_once.__bool__ = MethodType(acquire, False)  # type: ignore[attr-defined]
    later.__bool__ = MethodType(_wait, acquire)  # type: ignore[attr-defined]
    return MethodType(any, (at_once, later))


def _of_class(name):
    """What ``cls.name`` is: a function that takes the lock. (``with`` finds the slot, and C in it.)"""

    def call(lock, /, *args):
        try:
            if type.__instancecheck__(_Observed, lock):
                return getattr(lock, name)(*args)
            return getattr(LockType, name)(lock, *args)  # what is no lock is told so
        except BaseException as error:
            _hide(error)
            raise

    call.__name__ = name
    return property(lambda cls: call)


class _LooksLikeLock(type):
    """``isinstance(x, threading.Lock)`` (3.13 and later) holds for the locks of before, too."""

    __enter__, __exit__, release = _of_class("__enter__"), _of_class("__exit__"), _of_class("release")

    def __instancecheck__(cls, instance):
        if "_type" in vars(cls):
            return isinstance(instance, cls._type)
        return type.__instancecheck__(cls, instance)  # the program's own class, made of ours

    def __repr__(cls):
        return repr(cls._original) if "_type" in vars(cls) else type.__repr__(cls)


class _Observed(metaclass=_LooksLikeLock):
    """A lock, observed. The slots hold the real lock's own methods: ``with`` enters and leaves through C."""

    __slots__ = ("__enter__", "__exit__", "__weakref__", "_acquire", "release")
    _type = _original = LockType  # the real lock's type; what its name in ``threading`` stood for

    def acquire(self, blocking=True, timeout=-1):
        """As ``lock.acquire``."""
        try:
            if timeout == -1:
                if self._acquire(False):
                    return True
                if not blocking:
                    return False
            elif blocking and type(timeout) in (int, float) and 0 <= timeout < 1e6 and self._acquire(False):
                return True
            return _wait(self._acquire, (blocking, timeout), 2)
        except BaseException as error:
            _hide(error)
            raise

    locked = property(lambda self: self._acquire.__self__.locked)

    def __getattr__(self, name):  # acquire_lock, _at_fork_reinit, …
        if name in _Observed.__slots__:
            raise AttributeError(name)
        return getattr(self._acquire.__self__, name)

    @property  # type: ignore[misc]
    def __class__(self):
        cls = type(self)
        return cls._type if "_type" in vars(cls) else cls

    def __repr__(self):
        cls, lock = type(self), self._acquire.__self__
        if "_type" in vars(cls):
            return repr(lock)
        return repr(lock).replace("_thread.RLock", cls.__name__, 1).replace(hex(id(lock)), hex(id(self)))

    def __reduce_ex__(self, protocol):
        return self._acquire.__self__.__reduce_ex__(protocol)


class Lock(_Observed):
    """``threading.Lock``, observed."""

    __slots__ = ()
    _type = _original = LockType

    def __init__(self):
        lock = allocate_lock()
        self._acquire = acquire = lock.acquire
        self.release = lock.release
        self.__exit__ = lock.__exit__
        self.__enter__ = _entering(acquire)

    def __init_subclass__(cls):
        raise TypeError("type '_thread.lock' is not an acceptable base type")


def _observed_rlock(real):
    """A class for C's ``RLock``, observed."""

    class RLock(_Observed):
        __slots__ = ()
        _type = _original = real

        def __init__(self, *args, **kwargs):
            lock = real(*args, **kwargs)
            self._acquire = acquire = lock.acquire
            self.release = lock.release
            self.__exit__ = lock.__exit__
            self.__enter__ = _entering(acquire)

        # Condition asks for these
        _is_owned = property(lambda self: self._acquire.__self__._is_owned)
        _release_save = property(lambda self: self._acquire.__self__._release_save)
        _acquire_restore = property(lambda self: self._acquire.__self__._acquire_restore)

    _look_like(RLock, real)
    return RLock


def _look_like(cls, real):
    """Give a class the name of the one that it stands for."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(cls, name, getattr(real, name))


def _number(args):
    return id(args[0]) >> 4


def _hook_threading(threading):
    Lock._original = threading.Lock
    waits.dress(_Observed.acquire, LockType.acquire)
    _look_like(Lock, LockType)
    Lock.__module__, Lock.__qualname__ = "threading", "Lock"  # where pickle finds the class
    _locks.put(threading, "Lock", Lock)
    if threading._CRLock is not None:
        _locks.put(threading, "_CRLock", _observed_rlock(threading._CRLock))
    condition = threading.Condition
    _locks.put(condition, "wait", waits.whole(condition.wait, L.OP_LOCK, _number))


def install():
    """Hook ``threading`` and ``queue`` where the program has imported them, or as soon as it does."""
    waits.hooks.append(_locks)
    when_imported("threading", _hook_threading)
    queues.install()
