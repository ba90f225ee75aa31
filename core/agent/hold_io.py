"""Calls that block in the operating system, while held: sleeping, reading, connecting, waiting for children.

They can't be tried first. A thread waits for its turn, gives it away for the time of the call, and waits
for another one when it comes back.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from types import MethodType

from . import gates, log, pipes, sockets, waits
from . import layout as L
from .blame import pass_on
from .imports import when_imported
from .patches import Patches, Upon
from .waits import hide

_patches = Patches("hold io")
KINDS = {
    L.OP_SLEEP: "sleep", L.OP_IO_READ: "read", L.OP_IO_WRITE: "write", L.OP_IO_CONNECT: "connect",
    L.OP_IO_ACCEPT: "accept", L.OP_IO_SELECT: "select", L.OP_DNS: "dns", L.OP_CHILD: "child",
}
_NAMES = {
    time: ("sleep",), builtins: ("input",),
    os: ("read", "readv", "write", "writev", "wait", "waitpid", "wait3", "wait4", "waitid"),
}


class Held(waits.Builtin):
    """A built-in function that blocks, observed, with turns around it."""

    __slots__ = ()
    _depth = 2

    def __init__(self, observed):
        super().__init__(
            observed._call, observed._operation, observed._number, observed._passes, observed._looks
        )

    def __call__(self, /, *args, **kwargs):
        """Call the function; see the module."""
        try:
            if log.control[0]:
                obj = self._would_wait(args)
                if obj is not None:
                    call, kind = super().__call__, KINDS[self._operation]
                    limited = kind == "select" and len(args) > 3 and args[3] is not None
                    return gates.outside(kind, obj, sys._getframe(1), call, args, kwargs, limited=limited)
            return super().__call__(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    def _would_wait(self, args):
        """The object of a call that may wait; None for another, or with wrong arguments."""
        try:
            if self._passes is not None and self._passes(args):
                return None
            return self._number(args) & L.U32
        except Exception as error:
            pass_on(error)
            return None


for _name in ("__module__", "__doc__"):  # a class has both of its own, where pickle and help look
    setattr(Held, _name, vars(waits.Plain)[_name])


def _hold_builtins(module, names):
    """Put turns around those of a module's functions that are observed, wherever they are found."""
    for name in names:
        observed = getattr(module, name, None)
        if type(observed) is waits.Builtin:
            held = Held(observed)
            for place in {module, sys.modules.get(observed.__module__, module)}:
                if vars(place).get(name) is observed:
                    _patches.put(place, name, held)


def _never(*args, **kwargs):
    return False


def _held_method(method, kind, number, passes, ends=_never):
    """A method with turns around it.

    Args:
        number: of ``self``: its object. passes, ends: of all arguments: it can't wait; it ends by itself.
    """

    def held_method(self, /, *args, **kwargs):
        try:
            if log.control[0] and not passes(self, *args, **kwargs):
                frame = sys._getframe(1)
                limited = ends(self, *args, **kwargs)
                return gates.outside(
                    kind, number(self), frame, method, (self, *args), kwargs, limited=limited)
            return method(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_method, getattr(method, "__wrapped__", method))


class Switch(Upon):
    """A method that is another one while the program is held; ``below`` is the one that it is otherwise.

    Which one is decided where it is looked up: a socket's methods are called so often that a frame of ours
    in between would be felt, and whoever records the call finds the caller right above.
    """

    __slots__ = ("_held",)

    def __init__(self, below, held):
        self.below = below
        self._held = held

    def __get__(self, instance, owner=None):
        if instance is None:
            return self.below
        return MethodType(self._held if log.control[0] else self.below, instance)


def _hook_socket(socket):
    def never_waits(self, *args, **kwargs):
        return self.gettimeout() == 0.0

    for name, operation in (*sockets._SOCKET.items(), ("sendall", L.OP_IO_WRITE)):
        method = vars(socket.socket).get(name)
        if method is not None:
            held = _held_method(method, KINDS[operation], socket.socket.fileno, never_waits)
            _patches.put(socket.socket, name, Switch(method, held))
    _hold_builtins(socket._socket, sockets._LOOKUPS)
    for name in sockets._LOOKUPS:
        if type(getattr(socket, name, None)) is waits.Builtin:
            _patches.put(socket, name, getattr(socket._socket, name))


def _hook_ssl(ssl):
    def never_waits(self, *args, **kwargs):
        return self._sslobj is None or self.gettimeout() == 0.0

    for name, operation in sockets._TLS.items():
        method = vars(ssl.SSLSocket).get(name)
        if method is not None:
            held = _held_method(method, KINDS[operation], ssl.SSLSocket.fileno, never_waits)
            _patches.put(ssl.SSLSocket, name, Switch(method, held))


def _hook_selectors(selectors):
    """An event loop's own select is the gate of its tasks (``hold_tasks``)."""

    def never_waits(self, timeout=None):
        return timeout == 0 or sys._getframe(2).f_code.co_name in ("_run_once", "run_once", "idle")

    def ends(self, timeout=None):
        return timeout is not None

    for cls in {cls for cls in vars(selectors).values() if isinstance(cls, type)}:
        if "select" in vars(cls) and cls is not selectors.BaseSelector:
            held = _held_method(vars(cls)["select"], "select", lambda self: 0, never_waits, ends)
            _patches.put(cls, "select", held)


def _hook_connection(connection):
    """While held, ``multiprocessing`` reads and writes by what it had found in ``os``, which has gates."""
    for name, function in pipes.replaced.items():
        method = vars(connection.Connection)[name]
        original = method.__wrapped__
        if type(function) is Held:
            held = type(original)(
                original.__code__, original.__globals__, name, (function,), original.__closure__
            )
            held.__qualname__ = original.__qualname__
            _patches.put(connection.Connection, name, Switch(method, held))


def _hook_subprocess(subprocess):
    """With one pipe ``communicate`` reads in C, and with none it waits; with more its leaves have gates."""

    def has_leaves(self, input=None, timeout=None):
        return timeout is not None or [self.stdin, self.stdout, self.stderr].count(None) < 2

    method = subprocess.Popen.communicate
    held = _held_method(method, "child", lambda self: self.pid, has_leaves)
    _patches.put(subprocess.Popen, "communicate", held)


def install():
    """Hook what is there, and the rest as soon as the program imports it, behind what observes it."""
    for module, names in _NAMES.items():
        _hold_builtins(module, names)
    when_imported("select", lambda select: _hold_builtins(select, ("select",)))
    when_imported("socket", _hook_socket)
    when_imported("ssl", _hook_ssl)
    when_imported("selectors", _hook_selectors)
    when_imported("subprocess", _hook_subprocess)
    when_imported("multiprocessing.connection", _hook_connection)
