"""Waits for descriptors, the clock and children: ``time``, ``os``, ``select``, ``subprocess``, ``input``.

Each is replaced where Python programs find it, before they bind it: ``multiprocessing`` and
``subprocess`` read, write and wait through these. Reading a file object in C is not seen.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from _thread import get_ident

from . import governor, pipes, sockets, waits
from . import layout as L
from .imports import when_imported
from .patches import Patches

_patches = Patches("hook io")
_selectors = Patches("hook selectors")
_children = Patches("hook subprocess")
_semaphores = Patches("hook multiprocessing")


def _nothing(args):
    return 0


def _first(args):
    return args[0]


def _polls_child(args):
    """waitpid(pid, WNOHANG), wait3(options), wait4(pid, options), waitid(type, id, options)."""
    return bool(args and args[-1] & os.WNOHANG)


def _hook_builtins():
    def put(module, name, operation, number=_nothing, passes=None):
        original = getattr(module, name, None)
        if original is not None:
            home = sys.modules[original.__module__]  # os's functions live in posix; pickle looks there
            observed = waits.Builtin(original, operation, number, passes, vars(home).get(name))
            for place in {module, home}:
                _patches.put(place, name, observed)

    put(time, "sleep", L.OP_SLEEP)
    put(builtins, "input", L.OP_IO_READ)
    for name in ("read", "readv"):
        put(os, name, L.OP_IO_READ, _first)
    for name in ("write", "writev"):
        put(os, name, L.OP_IO_WRITE, _first)
    put(os, "wait", L.OP_CHILD)
    put(os, "waitpid", L.OP_CHILD, _first, _polls_child)
    put(os, "wait3", L.OP_CHILD, _nothing, _polls_child)
    put(os, "wait4", L.OP_CHILD, _first, _polls_child)
    put(os, "waitid", L.OP_CHILD, lambda args: args[1], _polls_child)


def _hook_select(select):
    _patches.put(select, "select", waits.Builtin(select.select, L.OP_IO_SELECT, _nothing, _zero_timeout))


def _zero_timeout(args):
    return len(args) > 3 and args[3] == 0


def _observed_select(original):
    """A selector's ``select``, except where an event loop calls it: that one is observed by the loop."""

    def select(self, timeout=None):
        me = get_ident()
        frame = waits.above(1)
        if timeout == 0 or me in waits.inside or frame.f_code.co_name in ("_run_once", "run_once") or (
            frame.f_globals.get("__package__") == __package__
        ):
            try:
                return original(self, timeout)
            except BaseException as error:
                waits.hide(error)
                raise
        begun = waits.enter(L.OP_IO_SELECT, 0, frame)
        waits.inside.add(me)
        try:
            return original(self, timeout)
        except BaseException as error:
            waits.hide(error)
            raise
        finally:
            waits.inside.discard(me)
            waits.leave(begun, L.OP_IO_SELECT, 0)

    return waits.dress(select, original)


def _hook_selectors(selectors):
    classes = dict.fromkeys(cls for cls in vars(selectors).values() if isinstance(cls, type))  # aliases: once
    for cls in classes:
        if "select" in vars(cls) and cls is not selectors.BaseSelector:
            _selectors.put(cls, "select", _observed_select(vars(cls)["select"]))


def _hook_subprocess(subprocess):
    """With one pipe, or none, ``communicate`` reads in C: it is one wait. Otherwise its leaves are."""
    original = subprocess.Popen.communicate
    as_whole = waits.whole(original, L.OP_CHILD, lambda args: args[0].pid)

    def communicate(self, input=None, timeout=None):
        try:
            one_pipe = timeout is None and [self.stdin, self.stdout, self.stderr].count(None) >= 2
            return (as_whole if one_pipe else original)(self, input, timeout)
        except BaseException as error:
            waits.hide(error)
            raise

    _children.put(subprocess.Popen, "communicate", waits.dress(communicate, original))


def _observed_semaphore(acquire, number):
    """``acquire`` of a process-shared semaphore: tried first, as a lock is."""

    def observed(block=True, timeout=None):
        try:
            if governor.resting:
                governor.come_back()
            if acquire(False):
                return True
            if not block or get_ident() in waits.inside:
                return acquire(block, timeout)
            begun = waits.enter(L.OP_SEMAPHORE, number, waits.above(1))
        except BaseException as error:
            waits.hide(error)
            raise
        try:
            return acquire(block, timeout)
        except BaseException as error:
            waits.hide(error)
            raise
        finally:
            waits.leave(begun, L.OP_SEMAPHORE, number)

    return observed


def _hook_synchronize(synchronize):
    cls = synchronize.SemLock
    original = cls._make_methods

    def _make_methods(self):
        original(self)
        self.acquire = _observed_semaphore(self._semlock.acquire, self._semlock.handle)

    def __enter__(self):
        try:
            return self.acquire()
        except BaseException as error:
            waits.hide(error)
            raise

    _semaphores.put(cls, "_make_methods", waits.dress(_make_methods, original))
    _semaphores.put(cls, "__enter__", waits.dress(__enter__, cls.__enter__))


def install():
    """Hook what is there (``time``, ``os``, ``input``), and the rest as soon as the program imports it."""
    waits.hooks.extend((_patches, _selectors, _children, _semaphores))
    _hook_builtins()
    sockets.install()
    pipes.install()
    when_imported("select", _hook_select)
    when_imported("selectors", _hook_selectors)
    when_imported("subprocess", _hook_subprocess)
    when_imported("multiprocessing.synchronize", _hook_synchronize)


def after_fork():
    """In a forked child: the pipes' hooks are on, and count its own messages."""
    pipes.after_fork()
