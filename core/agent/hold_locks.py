"""Locks and conditions while held: whoever wants a lock waits for a turn, tries, and says how that went.

(A library's own lock that is free is taken without a turn: see ``hold_steps``.)

The real lock keeps the state, so that the program can be held and let go at any instant, and code in C can
share it. While the program runs free everything goes the way of ``locks.py``: ``with`` enters and leaves
through C, so that no signal handler runs between the acquisition and the body.

Nothing happens where a lock is released: only its owner runs then, and it says so before it next waits.
"""

from __future__ import annotations

import itertools
import sys
from _thread import allocate_lock, get_ident
from itertools import starmap
from types import MethodType

from . import gates, gates_process, gates_worker, hold_forks, locks, log, sites, waits
from . import hold_steps as steps
from .imports import when_imported
from .patches import Patches
from .waits import hide

_getframe = sys._getframe
_patches = Patches("hold locks")
new_number = itertools.count(1).__next__
_AT_ONCE = ((False,),)
_SOON = ((True, 0.25),)  # s: less than after which somebody looks why a worker that was let go says nothing

taken: dict = {}
"""Number → (still taken?, by whom): what the controller was told and has not been told otherwise."""


class _Real:
    """What a gate knows of a lock. (Not the lock's wrapper, which refers to it.)"""

    __slots__ = ("acquire", "number", "recursive", "still")

    def __init__(self, acquire, still, recursive=False):
        self.acquire = acquire
        self.still = still  # is it taken? Of a recursive one only its owner can tell
        self.recursive = recursive
        self.number = 0


def number_of(real):
    """The number by which the controller knows the lock."""
    if not real.number:
        real.number = new_number()
    return real.number


def given_back():
    """Numbers of what was taken and is not any more, once each."""
    me = get_ident()
    for number, (still, owner) in list(taken.items()):
        if owner in (0, me) and not still() and taken.pop(number, None) is not None:
            yield number


def _took(me, real, site):
    taken[number_of(real)] = real.still, get_ident() if real.recursive else 0
    me.tell("got", number_of(real), site)


def hold(real, timeout, frame, kind="acquire"):
    """Acquire while held: True, or False when the time was over; None: the program is free, do it as ever.

    Args:
        timeout: seconds, -1 for no limit. kind: of the gate before, '' for none, and then nobody is told
            that it was acquired.
    """
    me = gates.worker()
    if me is None or (real.recursive and real.still()):
        return None
    got: list = []
    me.busy = True  # what traces the program has no turn in the midst of this
    try:
        site = sites.of(frame)
        passes = (1,) if kind and not steps.begins(frame) else ()
        if kind and not passes and me.ask("at", kind, number_of(real), site, "")[0] != "go":
            return None
        soon = passes if timeout < 0 else ()
        while True:
            _try(real, soon, got)
            if got[0]:
                if kind:
                    _took(me, real, site)
                return True
            if timeout >= 0:
                return _before(timeout, me, real, site, got)
            soon = ()
            if me.ask("blocked", number_of(real), site, *passes)[0] != "go":
                return None
    except BaseException:
        _undo(real, got)
        raise
    finally:
        me.busy = False


def _try(real, soon, got):
    """Acquire a lock that is free; ``soon``: or that somebody gives back who needs no turn for that.

    Who feeds a queue has its lock for an instant. If a step stopped there, the others would go on in its
    midst, in one run and not in the next.
    """
    got[:] = starmap(real.acquire, _AT_ONCE)
    if soon and not got[0]:
        got[:] = starmap(real.acquire, _SOON)


def _before(timeout, me, real, site, got):
    """Acquire before so many seconds are over, without a turn; time that stands still does not count."""
    me.leave("acquire", number_of(real), site, "timeout")
    for seconds in gates_worker.slices(timeout):
        got[:] = starmap(real.acquire, ((True, seconds),))
        if got[0]:
            _took(me, real, site)
            break
    me.back("acquire", number_of(real), site)
    return got[0]


def _undo(real, got):
    """An exception comes out of an acquisition: whoever it reaches does not have the lock."""
    if got and got[0]:
        real.acquire.__self__.release()


def _for_real(real, acquire, arguments, frame):
    """Acquire while the program is free; who comes back when it is held waits for a turn."""
    got: list = []
    try:
        got.extend(starmap(acquire, (arguments,)))
        me = gates.worker() if got[0] and log.control[0] else None
        if me is not None:
            site = sites.of(frame)
            _took(me, real, site)
            me.back("acquire", real.number, site)
        return got[0]
    except BaseException:
        _undo(real, got)
        raise


def _turn(real):
    """``with`` while held: was it acquired?"""
    try:
        return bool(hold(real, -1, _getframe(1)))
    except BaseException as error:
        hide(error)
        raise


def _wait(real):
    """``with`` where the lock is not free."""
    try:
        return _for_real(real, locks._wait, (real.acquire, (), 2), _getframe(1))
    except BaseException as error:
        hide(error)
        raise


def _entering(real):
    """As in ``locks.py``, with one thing before: ``any((all((held, turn)), acquire(False), wait))``, in C."""
    gate, turn, at_once, later = (locks._Attempt() for _ in range(4))
    turn.__bool__ = MethodType(_turn, real)  # type: ignore[attr-defined]
    gate.__bool__ = MethodType(all, (gates_process.held, turn))  # type: ignore[attr-defined]
    at_once.__bool__ = MethodType(real.acquire, False)  # type: ignore[attr-defined]
    later.__bool__ = MethodType(_wait, real)  # type: ignore[attr-defined]
    return MethodType(any, (gate, at_once, later))


def _is_limit(timeout):
    return type(timeout) in (int, float) and 0 <= timeout < 1e6


def _acquire(self, blocking=True, timeout=-1):
    """As ``lock.acquire``."""
    try:
        if log.control[0] and blocking and (timeout == -1 or _is_limit(timeout)):
            acquired = hold(self._real, timeout, _getframe(1))
            if acquired is not None:
                return acquired
        elif timeout == -1 and self._acquire(False):
            return True
        return _for_real(self._real, locks._Observed.acquire, (self, blocking, timeout), _getframe(1))
    except BaseException as error:
        hide(error)
        raise


class Lock(locks._Observed):
    """``threading.Lock`` that can be held."""

    __slots__ = ("_real",)
    _type = _original = locks.Lock._type

    def __init__(self):
        lock = allocate_lock()
        self._acquire = lock.acquire
        self.release = lock.release
        self.__exit__ = lock.__exit__
        self._real = _Real(lock.acquire, lock.locked)
        self.__enter__ = _entering(self._real)

    __init_subclass__ = locks.Lock.__init_subclass__
    acquire = _acquire


def _holdable_rlock(observed):
    """A subclass of the observed ``RLock`` that can be held."""

    class RLock(observed):
        __slots__ = ("_real",)
        _type, _original = observed._type, observed._original

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self._real = _Real(self._acquire, self._acquire.__self__._is_owned, True)
            self.__enter__ = _entering(self._real)

        acquire = _acquire

    locks._look_like(RLock, observed)
    return RLock


class Waiter:
    """What ``Condition.wait`` makes and takes, and then waits for until somebody releases it."""

    __slots__ = ("_acquire", "_real", "release")

    def __init__(self):
        lock = allocate_lock()
        self._acquire = lock.acquire
        self.release = lock.release
        self._real = None

    def acquire(self, blocking=True, timeout=-1):
        """As ``lock.acquire``: the first one takes the lock, the next waits to be notified."""
        try:
            if self._real is None:
                self._real = _Real(self._acquire, self._acquire.__self__.locked)
                return self._acquire(blocking, timeout)
            if self._acquire(False):
                return True
            notified = self._notified(timeout, _getframe(1)) if blocking and log.control[0] else None
            if notified is None:
                notified = self._acquire(blocking, timeout)
            if log.control[0]:
                _wait_for_lock_of(_getframe(1))
            return notified
        except BaseException as error:
            hide(error)
            raise

    def _notified(self, timeout, frame):
        """Wait while held, as ``hold`` does. (For the controller the lock is its own waiter's.)"""
        me = gates.worker()
        if me is None:
            return None
        _took(me, self._real, sites.of(frame))
        notified = hold(self._real, timeout, frame, "")
        taken.pop(self._real.number, None)
        return notified


def _wait_for_lock_of(frame):
    """``Condition.wait`` is about to take its lock again, in C: come back when that will not block.

    (Nobody else runs in between. A ``Lock`` is taken in Python and needs no help.)
    """
    real = getattr(frame.f_locals["self"]._lock, "_real", None)
    if isinstance(real, _Real) and real.recursive and hold(real, -1, frame):
        real.acquire.__self__.release()


def _allocator(wait):
    """``threading._allocate_lock``: whoever calls it but ``Condition.wait`` (``_RLock``, say) gets a lock."""
    code = getattr(wait, "__wrapped__", wait).__code__

    def _allocate_lock():
        return Waiter() if _getframe(1).f_code is code else Lock()

    return _allocate_lock


def _held_wait(wait):
    """``Condition.wait`` with a turn before it."""

    def held_wait(self, timeout=None):
        try:
            if gates.worker() is not None:
                real = getattr(self._lock, "_real", None)
                gates.at("wait", number_of(real) if isinstance(real, _Real) else 0, _getframe(1))
            return wait(self, timeout)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_wait, wait)


def _hook(threading):
    waits.dress(_acquire, locks._Observed.acquire)
    locks._look_like(Lock, locks.Lock)
    Lock._original = locks.Lock._original
    if threading.Lock is not locks.Lock:  # what observes locks is switched off
        return
    _patches.put(threading, "Lock", Lock)
    _patches.put(threading, "_CRLock", _holdable_rlock(threading._CRLock))
    _patches.put(threading, "_allocate_lock", _allocator(threading.Condition.wait))
    _patches.put(threading.Condition, "wait", _held_wait(threading.Condition.wait))
    hold_forks.keep_own_locks(threading)


def install():
    """Hook ``threading`` as soon as the program imports it, behind what observes it."""
    gates_worker.given_back = given_back
    when_imported("threading", _hook)


def after_fork():
    """In a forked child: no lock of it is known to the controller, and ``threading`` is not in order yet."""
    taken.clear()
    hold_forks.begins()
