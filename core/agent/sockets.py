"""Waits for sockets: the methods of ``socket.socket`` and ``ssl.SSLSocket``, and looking names up.

They are replaced on the Python class, which reaches sockets that exist already. A socket that does not
block (``gettimeout() == 0``: asyncio's) passes straight through, and where no other is left, even the
hooks of traffic are taken off (``sockets_blocking``).
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns as now

from . import layout as L
from . import log, sites, waits
from .governor import Governor
from .imports import when_imported
from .patches import Patches
from .sockets_blocking import Blocking

_SOCKET = {
    "recv": L.OP_IO_READ, "recv_into": L.OP_IO_READ, "recvfrom": L.OP_IO_READ, "recvfrom_into": L.OP_IO_READ,
    "recvmsg": L.OP_IO_READ, "recvmsg_into": L.OP_IO_READ,
    "send": L.OP_IO_WRITE, "sendto": L.OP_IO_WRITE, "sendmsg": L.OP_IO_WRITE,
    "connect": L.OP_IO_CONNECT, "connect_ex": L.OP_IO_CONNECT, "_accept": L.OP_IO_ACCEPT,
}
_WITH_KEYWORDS = ("recv_into", "recvfrom_into")
_TLS = {
    "read": L.OP_IO_READ, "write": L.OP_IO_WRITE, "send": L.OP_IO_WRITE,
    "do_handshake": L.OP_IO_CONNECT, "unwrap": L.OP_IO_READ,
}
_NOTHING = object()  # no argument
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")

_patches = Patches("hook sockets")
# The calls that may come in thousands a second; those that make a connection are rare, and stay hooked.
_traffic = Patches("hook sockets")
_governor = Governor(_traffic, "sockets")
_blocking = Blocking(_traffic, _governor)

_pack = L.BLOCK_RECORD.pack_into
_getframe = sys._getframe
_LEAST_NS = waits.LEAST_NS


def _observed(call, op, fileno, gettimeout):
    """A method of the C class, for sockets that block."""
    general = _observed_in_general(call, op, fileno, gettimeout)
    table, look = sites.calls(op)

    # A program may spend most of its time in calls with one argument, so for them all that ``waits`` does
    # is done here, in one frame: calls of helpers would cost as much again. (So would names that it closes
    # over, all of which are copied at each call: the others are globals.)
    # (Nor does it take ``*args``, which would be a tuple to make: four is the most that any of them takes.)
    def method(self, first=_NOTHING, second=_NOTHING, third=_NOTHING, fourth=_NOTHING):
        try:
            if second is not _NOTHING or first is _NOTHING:
                return general(self, *[a for a in (first, second, third, fourth) if a is not _NOTHING])
            timeout = gettimeout(self)
            if timeout is not None and not timeout:
                _blocking.left = left = _blocking.left - 1
                if left < 0:
                    _blocking.look()
                return call(self, first)
            _governor.left = left = _governor.left - 1
            if left < 0:
                _governor.look()
            try:
                try:
                    _, words, kind = log.threads[get_ident()]
                except KeyError:
                    _, words, kind = log.thread()
                frame = _getframe(1)
                known = table.get(frame.f_lasti)
                if known is None or known[0] is not frame.f_code:
                    known = look(frame)
                words[3] = known[1]
                t0 = words[2] = now()
            except Exception:
                known = _failed()
            if known is None:
                return call(self, first)
            try:
                return call(self, first)
            finally:
                try:
                    duration = now() - t0
                    if duration < _LEAST_NS:
                        words[2] = 0
                    else:
                        at = next(log.offsets)
                        try:
                            _pack(log.m, at, t0, duration, kind, known[2], fileno(self), at)
                        except log.UNPACKED:
                            log.emit_slowly(at, t0, duration, kind, known[2] & L.U32, op, fileno(self), 0, 0)
                except Exception:
                    _failed()
        except BaseException as error:
            waits.hide(error)
            raise

    return waits.dress(method, call)


def _observed_in_general(call, op, fileno, gettimeout):
    """``_observed`` for any arguments."""
    enter, leave, hide, above = waits.enter, waits.leave, waits.hide, waits.above

    def method(self, *args):
        try:
            if gettimeout(self) == 0.0:
                _blocking.left = left = _blocking.left - 1
                if left < 0:
                    _blocking.look()
                return call(self, *args)
            fd = fileno(self)
            begun = enter(op, fd, above(2))
            try:
                return call(self, *args)
            finally:
                leave(begun, op, fd)
        except BaseException as error:
            hide(error)
            raise

    return method


def _with_keywords(observed, call):
    """``observed`` for a method that takes keywords, too: rarely used, so that the others need not."""

    def method(self, buffer, nbytes=0, flags=0):
        try:
            return observed(self, buffer, nbytes, flags)
        except BaseException as error:
            waits.hide(error)
            raise

    return waits.dress(method, call)


def _observed_sendall(observed, call, send, gettimeout, at_once, unix):
    """``sendall`` that fits into the socket's buffer waits for nothing: no clock, no record.

    A Unix socket's peer that goes while a send waits, after a part of it was taken, makes that send return
    the part; only the next one fails, of a broken pipe. So it must be where the part was taken by us.

    Args:
        observed: the method for the case that it does not fit. at_once: MSG_DONTWAIT. unix: AF_UNIX.
    """
    governor, hide = _governor, waits.hide

    def sendall(self, data, *flags):
        try:
            if flags or type(data) is not bytes or gettimeout(self) is not None:
                return observed(self, data, *flags)
            governor.left = left = governor.left - 1
            if left < 0:
                governor.look()
            try:
                sent = send(self, data, at_once)
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return None
            rest = memoryview(data)[sent:] if sent else data
            try:
                return observed(self, rest)
            except ConnectionResetError:
                if not sent or self.family != unix:
                    raise
            return call(self, rest)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(sendall, call)


def _observed_tls(call, operation):
    """A Python method of ``SSLSocket``; without a connection it passes the call on to ``socket``."""

    def method(self, /, *args, **kwargs):
        begun = None
        try:
            if self._sslobj is not None and self.gettimeout() != 0.0 and get_ident() not in waits.inside:
                fd = self.fileno()
                begun = waits.enter(operation, fd, waits.above(1))
            return call(self, *args, **kwargs)
        except BaseException as error:
            waits.hide(error)
            raise
        finally:
            if begun is not None:
                waits.leave(begun, operation, fd)

    return waits.dress(method, call)


def _hook_socket(socket):
    base = socket._socket.socket
    fileno, gettimeout = base.fileno, base.gettimeout
    for name, operation in _SOCKET.items():
        call = getattr(base, name, None)
        if call is not None:
            method = _observed(call, operation, fileno, gettimeout)
            if name in _WITH_KEYWORDS:
                method = _with_keywords(method, call)
            _put(socket.socket, name, method, operation)
    method = _observed(base.sendall, L.OP_IO_WRITE, fileno, gettimeout)
    if hasattr(socket, "MSG_DONTWAIT"):
        at_once, unix = int(socket.MSG_DONTWAIT), getattr(socket, "AF_UNIX", None)
        method = _observed_sendall(method, base.sendall, base.send, gettimeout, at_once, unix)
    _put(socket.socket, "sendall", method, L.OP_IO_WRITE)
    _blocking.hook(_patches, socket)
    _hook_lookups(socket, socket._socket)


def _hook_lookups(socket, real):
    for name in _LOOKUPS:
        original = getattr(real, name, None)
        if original is None:
            continue
        observed = waits.Builtin(original, L.OP_DNS, _nothing)
        _patches.put(real, name, observed)
        if getattr(socket, name, None) is original:
            _patches.put(socket, name, observed)


def _hook_ssl(ssl):
    for name, operation in _TLS.items():
        if name in vars(ssl.SSLSocket):
            _put(ssl.SSLSocket, name, _observed_tls(vars(ssl.SSLSocket)[name], operation), operation)


def _put(cls, name, method, operation):
    traffic = operation in (L.OP_IO_READ, L.OP_IO_WRITE)
    (_traffic if traffic else _patches).put(cls, name, method)


def _failed():
    """As ``Patches.failed``, for both."""
    _traffic.failed()
    if not _traffic.holds():
        _patches.undo()


def _nothing(args):
    return 0


def install():
    """Hook ``socket`` and ``ssl`` where the program has imported them, or as soon as it does."""
    waits.hooks.extend((_patches, _traffic))
    when_imported("socket", _hook_socket)
    when_imported("ssl", _hook_ssl)
