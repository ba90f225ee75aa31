"""What feeds a queue of ``multiprocessing`` while held: a thread of the library's that waits for no turn.

It writes what others have put. If a step were over before that is written, whoever reads would find something
in one run and nothing in the next; and of two processes that put something, one would be first in one run
and the other in the next. So no thread comes to its gate before the feeders of its process have nothing left
to write, or are stuck until somebody has read.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from . import gates, gates_worker, hold_writes, log, waits

_SLICE_S = 0.02
_SOON_S = 0.25  # for which a lock may be held by who needs no turn to give it back
_PATIENCE_S = 5.0  # with one that neither writes nor waits: pickling may wait for somebody, too
_HEADER = 4  # bytes before a message (``Connection._send_bytes``)

feeding: set = set()  # the Feeders of this process


def fed(feed):
    """``Queue._feed``, the main function of the thread that feeds a queue."""

    def _feed(buffer, notempty, send_bytes, writelock, *rest):
        feeder = Feeder(buffer, gates.worker())
        feeding.add(feeder)
        try:
            with gates.aside():
                writelock = writelock and _WriteLock(writelock, feeder)
                return feed(feeder, notempty, feeder.sends(send_bytes), writelock, *rest)
        finally:
            feeding.discard(feeder)
            feeder.rests()

    return waits.dress(_feed, feed)


class Feeder:
    """What a feeder sees as its queue's buffer, by which we see what it does."""

    __slots__ = ("_buffer", "_connection", "_me", "_rested", "_sent", "_stuck", "_writes")

    def __init__(self, buffer, me):
        """``me``: its Worker, which keeps the turn in which it began until all that was put is written."""
        self._buffer, self._me = buffer, me
        self._writes = True  # or is about to
        self._stuck = False  # in what lasts until somebody else does something
        self._connection = self._sent = None  # what it is writing now, and where
        self._rested = allocate_lock()
        self._rested.acquire()

    def __len__(self):
        """Asked before it waits for more."""
        left = len(self._buffer)
        if not left:
            self.rests()
        return left

    def popleft(self):
        """Takes what is written next."""
        self._writes, self._stuck = True, False
        return self._buffer.popleft()

    def sends(self, send_bytes):
        """``send_bytes`` of a connection, which gives the turn away where there is no room."""
        self._connection = connection = getattr(send_bytes, "__self__", None)

        def send(data):
            if log.control[0] and not _has_room(connection, data):
                return self.stuck(send_bytes, data)
            self._sent = data
            try:
                return send_bytes(data)
            finally:
                self._sent = None

        return send

    def stuck(self, call, *args):
        """A call in which it is not waited for."""
        self._stuck = True
        self._tells()
        try:
            return call(*args)
        finally:
            self._stuck = False

    def rests(self):
        """Everything is written."""
        self._writes = self._stuck = False
        self._tells()

    def _tells(self):
        me, self._me = self._me, None
        if me is not None:
            me.leave("queue", 0, 0)
        if self._rested.locked():
            self._rested.release()

    def settle(self):
        """Wait until it has nothing to write, or is stuck."""
        if self._me is not None:  # it has the turn, or has not begun
            return
        until = monotonic() + _PATIENCE_S
        while log.control[0] and not self._is_stuck() and (self._writes or self._buffer):
            self._rested.acquire(True, _SLICE_S)
            if monotonic() > until:
                self._stuck = True
                return

    def _is_stuck(self):
        """Whether nobody need wait for it; it may have found a full pipe before the program was held."""
        sent = self._sent
        return self._stuck or (sent is not None and not _has_room(self._connection, sent))


class _WriteLock:
    """The lock of those who write into a pipe; another process's may be stuck there."""

    def __init__(self, lock, feeder):
        self._lock, self._feeder = lock, feeder
        self.release = lock.release

    def acquire(self):
        acquire = self._lock.acquire
        return acquire(True, _SOON_S) or self._feeder.stuck(acquire)


def _has_room(connection, data):
    try:
        return hold_writes.has_room(connection.fileno(), _HEADER + len(data))
    except (AttributeError, OSError, ValueError, TypeError):  # no connection, or closed: the call says so
        return True


def settle():
    """Before a gate: what was put into queues is written."""
    for feeder in tuple(feeding):
        feeder.settle()


def install():
    """Let gates wait for the feeders of their process."""
    gates_worker.settle = settle


def after_fork():
    """In a forked child: threads of the parent's are not here."""
    feeding.clear()
