"""Births, ends and joins of threads.

No frame of ours is on a thread's stack while it runs (from Python 3.11 on): its first act (``_set_ident``)
is its birth and its last (``_delete``) its end; the function that starts the system's thread tells who
started it. Threads begun with ``_thread.start_new_thread`` are met when they first wait (``log.thread``).
"""

from __future__ import annotations

import atexit
import itertools
import sys
from _thread import get_ident, get_native_id
from time import perf_counter_ns as now

from . import layout as L
from . import log, main_end, sites, waits
from .imports import when_imported
from .patches import Patches

_patches = Patches("hook threads")
_joins = Patches("hook joins")
_parents: dict = {}  # id(Thread) that is being started -> number of the thread that starts it
_names: dict = {}  # get_ident() -> name at birth
_numbers: dict = {}  # get_ident() -> number, kept after the end: a join may come later
_failed: dict = {}  # get_ident() -> name of the type of the exception that ends the thread
_natives: dict = {}  # get_ident() -> the kernel's id of the thread, while it lives
_green: set = set()  # id(Thread) that lives inside of another one (gevent) and gets no lane of its own


def _flags(thread):
    """THREAD_… flags of a ``threading.Thread``."""
    flags = L.THREAD_DAEMON if thread._daemonic else 0
    target = getattr(thread, "_target", None)
    place = getattr(target, "__module__", None), getattr(target, "__name__", None)
    if place in (("concurrent.futures.thread", "_worker"), ("multiprocessing.pool", "worker")):
        flags |= L.THREAD_POOL
    return flags


def _born(thread):
    """The calling thread has just begun, as ``thread``."""
    me, native = get_ident(), get_native_id()
    parent = _parents.pop(id(thread), 0)
    if _natives.get(me) == native:
        _is_green(thread)
        return
    _natives[me] = native
    _names[me] = thread._name
    t = log.add_thread(native, thread._name, parent, _flags(thread))
    _numbers[me] = t[0] >> L.THREAD_SHIFT


def _is_green(thread):
    """``thread`` is a greenlet: while one of these joins another, the thread they are in does not wait."""
    if not _green:
        _joins.undo()
        log.note("greenlets", "threads that are greenlets run inside of another thread: its lane shows them")
    _green.add(id(thread))


def _observed_set_ident(original, dummies):
    def _set_ident(self):
        original(self)
        try:
            if isinstance(self, dummies):
                log.thread()
            else:
                _born(self)
        except Exception:
            _patches.failed()

    return waits.dress(_set_ident, original)


def _ended(thread):
    """The calling thread is about to end, as ``thread``; its name is repeated where it was changed."""
    try:
        if id(thread) in _green:
            _green.remove(id(thread))
            return
        me = get_ident()
        t = log.threads.pop(me, None)
        _natives.pop(me, None)
        name, failed = _names.pop(me, None), _failed.pop(me, None)
        if t is not None:
            sites.forget(t[2])
            renamed = log.text(thread._name) if name != thread._name else 0
            outcome = L.OUTCOME_FAILED if failed else L.OUTCOME_DONE
            log.emit(now(), 0, L.THREAD_END | t[0], outcome, log.text(failed), renamed, 0, 0)
    except Exception:
        _patches.failed()


def _observed_last_act(original):
    """``_delete``, or on Python 3.9 and 3.10 ``_bootstrap_inner``, then the end of the thread."""

    def last_act(self):
        try:
            original(self)
        finally:
            _ended(self)

    return waits.dress(last_act, original)


def _observed_make_excepthook(original):
    """Notes which exception ends a thread, where ``threading`` is about to report it."""

    def _make_invoke_excepthook():
        invoke = original()

        def invoke_excepthook(thread):
            try:
                kind = sys.exc_info()[0]
                if kind is not None and kind is not SystemExit:
                    _failed[get_ident()] = kind.__name__
            except Exception:
                _patches.failed()
            invoke(thread)

        return invoke_excepthook

    return waits.dress(_make_invoke_excepthook, original)


def _observed_starter(original):
    """``_start_new_thread`` or ``_start_joinable_thread``, called by ``Thread.start`` in the parent."""

    def starter(function, /, *args, **kwargs):
        key = None
        try:
            key = id(getattr(function, "__self__", function))  # the Thread whose _bootstrap it is
            _parents[key] = log.thread()[0] >> L.THREAD_SHIFT
        except Exception:
            _patches.failed()
        try:
            return original(function, *args, **kwargs)
        except BaseException as error:
            _parents.pop(key, None)
            waits.hide(error)
            raise

    return waits.dress(starter, original)


def _number(args):
    """Number of the thread that is being joined, 0 where it is not known."""
    return _numbers.get(args[0].ident, 0)


def _adopt(threading):
    """Threads that began before the hook: they are known from now on."""
    for ident, thread in list(threading._active.items()):
        if ident not in log.threads:
            n = log._thread_next()
            log.threads[ident] = t = log.numbered(n)
            _numbers[ident] = n
            flags = _flags(thread) | L.THREAD_FOREIGN
            name = log.text(thread._name)
            log.emit(now(), 0, L.THREAD_BORN | t[0], thread.native_id or 0, name, 0, flags, 0)
        _names[ident] = thread._name


def _watch_shutdown(threading):
    """At exit the main thread waits for the others: a join like any other, between two callbacks.

    Ours is the last of the callbacks before ``threading._shutdown`` joins; ``atexit`` comes after it.
    """

    def begin():
        try:
            me, running = get_ident(), list(threading._active.values())
            if any(not t._daemonic and t.ident != me for t in running):
                frame = sys._getframe(1)
                atexit.register(waits.leave, waits.enter(L.OP_JOIN, 0, frame), L.OP_JOIN, 0)
        except Exception:
            _patches.failed()

    threading._threading_atexits.insert(0, begin)


def _hook_threading(threading):
    thread = threading.Thread
    _adopt(threading)
    dummies = threading._DummyThread, threading._MainThread
    _patches.put(thread, "_set_ident", _observed_set_ident(thread._set_ident, dummies))
    last = "_delete" if "_delete" in thread._bootstrap_inner.__code__.co_names else "_bootstrap_inner"
    _patches.put(thread, last, _observed_last_act(getattr(thread, last)))
    make = threading._make_invoke_excepthook
    _patches.put(threading, "_make_invoke_excepthook", _observed_make_excepthook(make))
    for name in ("_start_new_thread", "_start_joinable_thread"):
        if hasattr(threading, name):
            _patches.put(threading, name, _observed_starter(getattr(threading, name)))
    _joins.put(thread, "join", waits.whole(thread.join, L.OP_JOIN, _number))
    _watch_shutdown(threading)


def _main_begins():
    """Register the calling thread as the main one; in a forked child it keeps the name it had."""
    threading = sys.modules.get("threading")
    thread = getattr(threading, "_active", {}).get(get_ident())
    name = getattr(thread, "_name", "MainThread")
    _names[get_ident()] = name
    _natives[get_ident()] = get_native_id()
    t = log.add_thread(get_native_id(), name, 0, L.THREAD_MAIN)
    _numbers[get_ident()] = t[0] >> L.THREAD_SHIFT


def install():
    """Register the main thread, and hook ``threading`` as soon as the program imports it."""
    _main_begins()
    main_end.install()
    when_imported("threading", _hook_threading)


def after_fork():
    """In a forked child: only the thread that forked is left, and it is the main one."""
    for kept in (_parents, _names, _numbers, _failed, _natives, _green, log.threads):
        kept.clear()
    waits.inside.clear()
    sites.after_fork()
    log._thread_next = itertools.count(1).__next__
    log._site_next = itertools.count(1).__next__
    _main_begins()
