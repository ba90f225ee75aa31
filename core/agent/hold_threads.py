"""Threads while held: how they begin and end, and joins.

``Thread.start`` and the new thread shake hands through an Event; there both pass all gates. The new thread
waits for its first turn right after it.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from _weakref import ref
from itertools import count

from . import gates, gates_process, log, sites, threads, waits
from . import layout as L
from .hold_io import Switch
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold threads")
_functions: dict = {}  # id(code) -> (code, its site)
_over: set = set()  # get_ident() of threads that have said that they end, until another has that
_AT_ONCE_S = 5.0  # after which a thread that ends is thought to do something else


def _begin(me, thread):
    """The first turn of a thread, whose site is the function that it is to run."""
    if thread is not None and gates.is_open(me):
        me.ask("at", "begin", log.thread()[0] >> L.THREAD_SHIFT, _function(thread), str(thread._name))


def _function(thread):
    """Site of what a thread runs; 0 where that is no Python function."""
    function = getattr(thread, "_target", None) or type(thread).run
    for _ in range(3):  # partial, method
        function = getattr(function, "func", getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    if code is not None and sites.whose(code) == sites.UNSEEN:  # a hook's
        code = getattr(getattr(function, "__wrapped__", None), "__code__", code)
    if code is None:
        return 0
    known = _functions.get(id(code))
    if known is None or known[0] is not code:
        known = _functions[id(code)] = code, log.site(code.co_filename, code.co_firstlineno, code.co_qualname)
    return known[1]


def _started_class(Event):
    """The class of ``Thread._started`` until it is set, which is what a new thread does first."""

    class Started(Event):
        def set(self):
            with gates.aside() as me:
                thread = _restore(self)
                _over.discard(get_ident())
                self.set()
                _begin(me, thread)

    def _restore(self):
        self.__class__ = Event
        return self.__dict__.pop("_concviz", None)

    Started.__name__ = Started.__qualname__ = Event.__name__
    Started.__module__ = Event.__module__
    Started.restore = staticmethod(_restore)
    return Started


def _is_born(bootstrap, Started):
    """``gates.is_born``: what monitors the program is called in a new thread before that begins."""

    def is_born():
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
        thread = frame.f_locals.get("self") if frame.f_code is bootstrap else None
        return type(getattr(thread, "_started", None)) is not Started

    return is_born


def _held_start(start, Event, Started):
    def held_start(self):
        started = getattr(self, "_started", None)
        try:
            if type(started) is not Event or started.is_set():  # it will not say that it begins
                return start(self)
            started._concviz = self
            started.__class__ = Started
            return _start(gates.worker(), start, self, sys._getframe(1))
        except BaseException as error:
            hide(error)
            raise
        finally:
            if type(started) is Started:  # it has not begun
                Started.restore(started)
                gates_process.unborn()

    return waits.dress(held_start, start)


def _start(me, start, thread, frame):
    """Start a thread, which is waited for from here on: till then, what traces the program has no turn."""
    with gates.aside():
        if me is not None:
            me.ask("at", "start", 0, sites.of(frame), str(thread._name))
        return start(thread)


def _held_join(join):
    def held_join(self, timeout=None):
        try:
            if log.control[0] and self.is_alive() and self.ident != get_ident():
                number = threads._numbers.get(self.ident, 0)
                frame, name = sys._getframe(1), str(self._name)
                limited = timeout is not None
                return gates.outside("join", number, frame, join, (self, timeout), {}, name, limited)
            return join(self, timeout)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_join, join)


def _held_end(delete):
    """``_delete``, the last thing that a thread does in Python; from then on it has no turn."""

    def _delete(self):
        gates.here().busy = True  # for good: what traces it has no turn any more either
        try:
            delete(self)
        finally:
            _over.add(get_ident())
            gates.ended()

    return waits.dress(_delete, delete)


def _held_is_alive(is_alive, join):
    """``is_alive``: a thread that ends is not any more. Others run meanwhile, and may ask before or after."""

    def held_is_alive(self):
        try:
            if self.ident in _over and self.ident != get_ident() and is_alive(self):
                with gates.aside():
                    join(self, _AT_ONCE_S)
            return is_alive(self)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_is_alive, is_alive)


def _hash_by_birth(there):
    """``Thread.__hash__`` that is the same in every run: a pool joins its threads in the order of a set.

    Args:
        there: threads that were hashed before.
    """
    numbers = {id(thread): (ref(thread), object.__hash__(thread)) for thread in there}
    next_number = count(1).__next__

    def __hash__(self):
        known = numbers.get(id(self))
        if known is None or known[0]() is not self:
            key = id(self)
            known = numbers[key] = ref(self, lambda _: numbers.pop(key, None)), next_number()
        return known[1]

    return __hash__


def _watch_shutdown(threading):
    """At exit the main thread joins all others, in C. While held it joins them here, one by one, before."""

    def begin():
        while log.control[0]:
            running = [t for t in threading._active.values() if not t._daemonic and t.ident != get_ident()]
            alive = next((t for t in running if t.is_alive()), None)
            if alive is None:
                break
            alive.join()

    threading._threading_atexits.insert(1, begin)  # called last but one: the last is that of ``threads``


def _hook(threading):
    thread, Event = threading.Thread, threading.Event
    Started = _started_class(Event)
    gates.is_born = _is_born(thread._bootstrap.__code__, Started)
    _patches.put(thread, "start", _held_start(thread.start, Event, Started))
    ended = _held_is_alive(thread.is_alive, thread.join)
    _patches.put(thread, "is_alive", Switch(thread.is_alive, ended))
    _patches.put(thread, "join", _held_join(thread.join))
    _patches.put(thread, "_delete", _held_end(thread._delete))
    _patches.put(thread, "__hash__", waits.dress(_hash_by_birth(threading._dangling), object.__hash__))
    _watch_shutdown(threading)


def install():
    """Hook ``threading`` as soon as the program imports it, behind what observes it."""
    when_imported("threading", _hook)


def after_fork():
    """In a forked child: its log knows no site yet, and it has one thread."""
    _functions.clear()
    _over.clear()
