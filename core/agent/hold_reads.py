"""How much a read gives while held: what was there when it was chosen, or as much as when it was recorded.

A stream comes in pieces whose sizes depend on how busy the machine and the other side are. The controller
is told how many bytes a read found and, repeating a schedule, says how many it should find: then it waits for
so many, and the rest stays for the next read. The program sees a stream that came in other pieces, which it
must be able to live with.
"""

from __future__ import annotations

import fcntl
import select
import struct
import termios
from types import MethodType

from .blame import pass_on
from .gates_worker import patience

_LOOK_MS = 5
_READERS = ("_read_ready__data_received", "_read_ready")  # methods of transports that read up to ``max_size``
_INT = struct.Struct("i")
_limited: list = []  # transports that may read so much in the handle that runs now


def waiting(fd):
    """Bytes that can be read from a descriptor now; None where that cannot be told."""
    try:
        return _INT.unpack(fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"))[0]
    except (OSError, ValueError, TypeError):
        return None


def found(handle):
    """Bytes that a transport's read, if this handle is one, would find; None for any other handle."""
    try:
        transport = _transport(handle._callback)
        if transport is None:
            return None
        fd = getattr(transport, "_sock_fd", None)
        return waiting(transport._fileno if fd is None else fd)
    except Exception as error:
        pass_on(error)
        return None


def _transport(callback):
    """The transport of asyncio's (of a socket or a pipe) whose read a callback is, if its size can be set."""
    if type(callback) is not MethodType or callback.__name__ != "_read_ready":
        return None
    transport = callback.__self__
    reads = getattr(transport, "_read_ready_cb", callback)
    if getattr(reads, "__name__", "") in _READERS and hasattr(type(transport), "max_size"):
        return transport
    return None


def limit(handle, size):
    """Let a transport's read, if this handle is one, take so many bytes; ``unlimit`` follows."""
    transport = _transport(handle._callback)
    if transport is not None and size > 0 and "max_size" not in vars(transport):
        transport.max_size = size
        _limited.append(transport)


def unlimit():
    """The handle is over."""
    while _limited:
        vars(_limited.pop()).pop("max_size", None)


def limited(call, args, size):
    """Arguments of a read that is to find so many bytes: it asks for no more; None where that can't be said.

    Args:
        call: a method of ``socket.socket``, or ``os.read`` observed.
    """
    name = getattr(call, "__name__", "")
    if name == "__call__":
        name = getattr(call.__self__, "__name__", "")
    return _arguments(name, args, size) if size and not hasattr(args[0], "_sslobj") else None


def come(fd, size):
    """Wait until so many bytes can be read or the other side has closed, as long as a replay has patience.

    Returns:
        Whether there are so many.
    """
    poll = select.poll()
    poll.register(fd, getattr(select, "POLLRDHUP", 0))
    for _ in patience(_LOOK_MS):
        there = waiting(fd)
        if there is None or there >= size:
            return there is not None
        if poll.poll(_LOOK_MS):
            break
    return (waiting(fd) or 0) >= size


def _arguments(name, args, size):
    """Those of a read that is to take so many bytes at most; None where that cannot be said.

    Args:
        name: of the function. args: the descriptor or socket, then what the program gave it.
    """
    if name in ("recv", "read") and len(args) > 1 and type(args[1]) is int:
        return (args[0], min(args[1], size), *args[2:])
    if name == "recv_into" and 2 <= len(args) <= 3:
        asked = args[2] if len(args) > 2 else 0
        most = asked or memoryview(args[1]).nbytes
        return args[0], args[1], min(most, size)
    return None


def taken(result):
    """Bytes that a read gave; None where the result does not say."""
    if type(result) is int:
        return result
    return len(result) if type(result) is bytes else None
