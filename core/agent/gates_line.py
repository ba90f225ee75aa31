"""One connection to the controller, which speaks in lines of tab-separated fields.

Its descriptor is high, is not inherited, and is never used once it is somebody else's: a program may close
descriptors that it does not know.
"""

from __future__ import annotations

import _socket
import fcntl

from .mapped import identity

_HIGH = 100  # the program has the low descriptors
_PATIENCE_S = 10.0  # until a controller that does not take a connection counts as gone

_open: dict = {}  # socket -> identity, of every open line


class Lost(Exception):
    """The controller is not there any more."""


class Line:
    """A connection. (Through ``_socket``: the program's ``socket.socket`` is observed.)"""

    def __init__(self, path, greeting):
        """Connect and send ``greeting``; raises OSError or Lost."""
        self._rest = b""
        self._socket = _high_socket()
        self._identity = _open[self._socket] = identity(self._socket.fileno())
        try:
            self._socket.settimeout(_PATIENCE_S)
            self._socket.connect(path)
            self.send(*greeting)
            self._socket.settimeout(None)
        except BaseException:
            self.close()
            raise

    def send(self, *fields):
        """Send one line; raises Lost."""
        line = "\t".join([_escaped(str(field)) for field in fields]) + "\n"
        if not _is_open(self._socket, self._identity):
            raise Lost
        try:
            self._socket.sendall(line.encode("utf-8", "backslashreplace"), _socket.MSG_NOSIGNAL)
        except OSError:
            raise Lost from None

    def answer(self):
        """Wait for one line: its fields. Raises Lost, and whatever a signal's handler raises."""
        while b"\n" not in self._rest:
            try:
                data = self._socket.recv(4096)
            except OSError:
                raise Lost from None
            if not data:
                raise Lost
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").split("\t")

    def fileno(self):
        """The descriptor, to poll for an answer."""
        return self._socket.fileno()

    def close(self):
        """Close it; twice does no harm."""
        _open.pop(self._socket, None)
        _close(self._socket, self._identity)

    def __del__(self, close=close):  # (a socket that is left to the collector would warn)
        try:
            close(self)
        except Exception:
            pass


def _high_socket():
    low = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        try:
            high = fcntl.fcntl(low.fileno(), fcntl.F_DUPFD_CLOEXEC, _HIGH)
        except OSError:  # the limit on open files is that low
            high = fcntl.fcntl(low.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        low.close()
    return _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, high)


def _is_open(sock, known):
    try:
        return identity(sock.fileno()) == known
    except OSError:
        return False


def _close(sock, known):
    if _is_open(sock, known):
        sock.close()
    else:
        sock.detach()


def _escaped(text):
    if text.isalnum():
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def let_go():
    """In a forked child: close what belongs to the parent's threads."""
    while _open:
        _close(*_open.popitem())
