"""The socket of the controller: connections, lines in, answers out, in one thread of its own."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import threading
from pathlib import Path
from typing import NamedTuple, Protocol

from concviz.core.control.wire import Lines

_READ = 1 << 16
_BACKLOG = 1024
_CREDENTIALS = struct.Struct("3i")
_OUT_LIMIT = 1 << 20
"""Bytes of answers that somebody may leave unread."""


class Handler(Protocol):
    """Who is told what comes; called with the server's lock held, in the server's thread."""

    def line(self, conn: int, line: bytes) -> bool:
        """A line has come; False: close this connection, it makes no sense."""

    def gone(self, conn: int) -> None:
        """A connection has ended."""

    def over(self, conn: int) -> None:
        """The process that was watched by this connection's number is over."""

    def turned(self) -> float | None:
        """Everything that had come was told, so that all that happened before any of it was told, too.

        Returns:
            After how many seconds to call again at the latest.
        """

    def failed(self, error: Exception) -> None:
        """An error of ours; the server closes everything now."""


class _Connection:
    __slots__ = ("lines", "number", "out", "socket")

    def __init__(self, number: int, socket: socket.socket) -> None:
        self.number, self.socket = number, socket
        self.lines = Lines()
        self.out = bytearray()


class _End(NamedTuple):
    """A descriptor that can be read once a process is over (pidfd_open(2)), and whose number to tell."""

    number: int
    fd: int


def _peer(connection: socket.socket) -> int:
    """The pid of the process at the other side (unix(7))."""
    pid: int = _CREDENTIALS.unpack(
        connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
    return pid


class Server:
    """Listens at ``path`` from the moment it is made, and serves in a thread once it is started.

    Whatever happens in here, connections are closed in the end: to those who wait at the other side the end
    of the connection means that they are free.
    """

    def __init__(self, path: Path, handler: Handler, lock: threading.RLock) -> None:
        """``lock`` is held while the handler is called, and by whoever calls ``send``."""
        self._handler, self._lock = handler, lock
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(_BACKLOG)
        self._listener.setblocking(False)
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._connections: dict[int, _Connection] = {}
        self._ends: set[_End] = set()
        self._next = 1
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="concviz control", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def send(self, number: int, data: bytes) -> None:
        """Send to a connection; what it does not take now is sent later."""
        connection = self._connections.get(number)
        if connection is None:
            return
        waiting = bool(connection.out)
        connection.out += data
        self._flush(connection)
        if bool(connection.out) != waiting:
            self._listen_for(connection)
            self.wake()

    def watch(self, number: int, pid: int) -> bool:
        """Tell when a process is over, by its connection's number; False where that cannot be told.

        A connection ends while its process still does: only some time later is its end told to whoever asks.
        """
        try:
            if _peer(self._connections[number].socket) != pid:  # a stranger
                return False
            end = _End(number, os.pidfd_open(pid))
        except (AttributeError, OSError):  # not Linux, or it is over already
            return False
        self._ends.add(end)
        self._selector.register(end.fd, selectors.EVENT_READ, end)
        return True

    def wake(self) -> None:
        """Make the server's thread look around now."""
        try:
            self._waker.send(b"\0")
        except OSError:  # full: it will look around anyway; or closed
            pass

    def close(self) -> None:
        """Close every connection and wait for the thread's end; from any thread, also twice."""
        self._closing = True
        self.wake()
        if self._thread.ident is None:
            self._close_all()
        elif self._thread is not threading.current_thread():
            self._thread.join()

    def _serve(self) -> None:
        timeout_s: float | None = None
        try:
            while not self._closing:
                ready = self._selector.select(timeout_s)
                with self._lock:
                    for key, mask in ready:
                        if not isinstance(key.data, _End):
                            self._take(key.fileobj, key.data, mask)
                    for key, _ in ready:  # what a process has said comes before its end
                        if isinstance(key.data, _End):
                            self._over(key.data)
                    timeout_s = self._handler.turned()
        except Exception as error:
            with self._lock:
                self._handler.failed(error)
        finally:
            self._close_all()

    def _take(self, source: object, connection: _Connection | None, mask: int) -> None:
        if source is self._listener:
            self._accept()
        elif source is self._wake:
            self._drain()
        elif connection is not None and connection.number in self._connections:
            if mask & selectors.EVENT_WRITE:
                self._flush(connection)
                self._listen_for(connection)
            if mask & selectors.EVENT_READ:
                self._read(connection)

    def _over(self, end: _End) -> None:
        self._close_end(end)
        self._handler.over(end.number)

    def _close_end(self, end: _End) -> None:
        self._ends.discard(end)
        self._selector.unregister(end.fd)
        os.close(end.fd)

    def _drain(self) -> None:
        try:
            while self._wake.recv(_READ):
                pass
        except BlockingIOError:
            pass

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._turn_away()
            return
        accepted.setblocking(False)
        connection = _Connection(self._next, accepted)
        self._next += 1
        self._connections[connection.number] = connection
        self._selector.register(accepted, selectors.EVENT_READ, connection)

    def _turn_away(self) -> None:
        """No descriptor is left: who asks for a connection must not wait for it. It goes on, free."""
        os.close(self._spare)
        try:
            self._listener.accept()[0].close()
        except OSError:
            pass
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _read(self, connection: _Connection) -> None:
        """Read what there is, and the end after it."""
        try:
            while self._feed(connection, connection.socket.recv(_READ)):
                pass
        except BlockingIOError:
            return
        except (OSError, ValueError):
            pass
        self._drop(connection)

    def _feed(self, connection: _Connection, data: bytes) -> bool:
        """Tell the lines that came; False where there are no more, or one that makes no sense."""
        return bool(data) and all(
            self._handler.line(connection.number, line) for line in connection.lines.feed(data)
        )

    def _flush(self, connection: _Connection) -> None:
        try:
            while connection.out:
                del connection.out[: connection.socket.send(connection.out, socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            if len(connection.out) > _OUT_LIMIT:  # no worker asks that often without reading
                connection.out.clear()
                connection.socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is gone: reading says so
            connection.out.clear()

    def _listen_for(self, connection: _Connection) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.out else 0)
        self._selector.modify(connection.socket, wanted, connection)

    def _drop(self, connection: _Connection) -> None:
        if self._connections.pop(connection.number, None) is None:
            return
        self._selector.unregister(connection.socket)
        connection.socket.close()
        self._handler.gone(connection.number)

    def _close_all(self) -> None:
        with self._lock:
            for connection in self._connections.values():
                connection.socket.close()
            self._connections.clear()
            for end in tuple(self._ends):
                self._close_end(end)
            self._listener.close()
            self._selector.close()
            self._wake.close()
            self._waker.close()
            if self._spare >= 0:
                os.close(self._spare)
                self._spare = -1
