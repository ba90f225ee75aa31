"""Waits for ``multiprocessing``'s connections, through which its queues and pools go.

A connection reads and writes with the functions that ``os`` had when its class was made. Those are observed,
but a pool that is fed with tiny items makes so many of these calls that it is felt. Here a call is observed
for less, and where there are too many of them not at all for a while (``governor``).
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns as now

from . import layout as L
from . import waits
from .governor import Governor
from .imports import when_imported
from .patches import Patches

_HEADER = 4  # bytes that are read before a message: its length
_WHOLE = 4096 - _HEADER  # bytes that a pipe takes at once with their header, or not at all (PIPE_BUF)
# Messages a second that are worth observing, in a process or for each of its children. A worker that has
# items of a millisecond takes a thousand and sends a thousand, and no more.
MOST_PER_S = 2000
BURST = 2048  # what a pipe has room for may go, or come, at once

_messages = Patches("hook pipes")
_getframe = sys._getframe
_enter, _leave, _hide, _inside = waits.enter, waits.leave, waits.hide, waits.inside
_LEAST_NS = waits.LEAST_NS
_DEFAULT = object()
replaced: dict = {}  # method of Connection -> the function of ``os``, observed, that it had for its default


def _most_per_s():
    children = getattr(sys.modules.get("multiprocessing.process"), "_children", ())
    return MOST_PER_S * max(1, len(children))


_governor = Governor(_messages, "pipes", _most_per_s, BURST)


def _observed_recv(call):
    """``Connection._recv``: of a message's header first, for which it waits, then of the message."""
    governor = _governor

    def _recv(self, size, read=_DEFAULT):
        begun = None
        try:
            if read is not _DEFAULT:
                return call(self, size, read)
            if not size or get_ident() in _inside:
                return call(self, size)
            handle = self._handle or 0  # None later on, where another thread closes it meanwhile
            if size != _HEADER:
                governor.left = left = governor.left - 1
                if left < 0:
                    governor.look()
                if size <= _WHOLE:  # it has come with its header: nothing to say, unless it has not
                    t0 = now()
                    try:
                        return call(self, size)
                    finally:
                        if now() - t0 >= _LEAST_NS:
                            begun = _begun(t0, handle)
            begun = _enter(L.OP_IO_READ, handle, _getframe(1))
            return call(self, size)
        except BaseException as error:
            _hide(error)
            raise
        finally:
            if begun is not None:
                _leave(begun, L.OP_IO_READ, handle)

    return waits.dress(_recv, call)


def _begun(t0, handle):
    """What ``enter`` would have given ``_recv`` at ``t0``."""
    begun = _enter(L.OP_IO_READ, handle, waits.above(2))
    return begun and (t0, *begun[1:])


def _observed_send(call):
    """``Connection._send``: of a message with its header, or of one of them."""
    governor = _governor

    def _send(self, buf, write=_DEFAULT):
        begun = None
        try:
            if write is not _DEFAULT:
                return call(self, buf, write)
            if len(buf) > _HEADER:  # (an empty message merely wakes somebody)
                governor.left = left = governor.left - 1
                if left < 0:
                    governor.look()
            if get_ident() not in _inside:
                handle = self._handle or 0
                begun = _enter(L.OP_IO_WRITE, handle, _getframe(1))
            return call(self, buf)
        except BaseException as error:
            _hide(error)
            raise
        finally:
            if begun is not None:
                _leave(begun, L.OP_IO_WRITE, handle)

    return waits.dress(_send, call)


def _hook_connection(connection):
    cls = connection.Connection
    for name, observed in (("_recv", _observed_recv), ("_send", _observed_send)):
        method = vars(cls)[name]
        (*_, function) = method.__defaults__ or (None,)
        if issubclass(type(function), waits.Builtin):  # and not one of the program's own
            replaced[name] = function
            method.__defaults__ = (function._call,)
            _messages.put(cls, name, observed(method))


def install():
    """Hook ``multiprocessing.connection`` as soon as the program imports it."""
    waits.hooks.append(_messages)
    when_imported("multiprocessing.connection", _hook_connection)


def after_fork():
    """In a forked child: how often its parent was called says nothing of it."""
    _governor.begin_anew()
