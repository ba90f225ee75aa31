"""A thread as the controller knows it: the gate that it waits in, on a connection of its own."""

from __future__ import annotations

import select
from _thread import get_ident, get_native_id
from time import monotonic
from time import perf_counter_ns as now

from . import gates_process as process
from . import layout as L
from . import log, waits
from .blame import is_the_hooks, pass_on
from .gates_line import Line, Lost

_FREE = ("free",)
_SLICE_S = 0.02
# How long a replay waits for what a worker found when recorded: while this worker is waited for, and in all.
_EXPECTED_MS = 2_000
_UNEXPECTED_MS = 60_000


def given_back():
    """Numbers of locks that were taken and are free again; ``hold_locks`` puts its own function here."""
    return ()


def settle():
    """Wait for the threads that work without turns; ``hold_feeders`` puts its own function here."""


parked: set = set()  # Workers that could run if they were let
going: set = set()  # Workers that were


def time_stands_still():
    """True while the program does nothing but wait for whoever steps it, as far as this process knows."""
    held, timed = log.control
    return bool(parked and not going and held and not timed)


def slices(seconds):
    """Seconds to wait for something, again and again until ``seconds`` in which time went on are over."""
    while True:
        short = min(seconds, _SLICE_S)
        begun = monotonic()
        yield short
        if not time_stands_still():
            seconds -= monotonic() - begun
        if seconds <= 0:
            return


def patience(look_ms):
    """Yield whenever it is time to look again for what a replay is to find; end when it has waited enough.

    Args:
        look_ms: how long the caller waits between two looks.
    """
    expected = unexpected = 0
    while log.control[0] and expected < _EXPECTED_MS and unexpected < _UNEXPECTED_MS:
        yield
        if log.control[1] == L.TIME_STANDS:
            unexpected += look_ms
        else:
            expected += look_ms


def readable(fd, milliseconds=0):
    """Can something be read from a descriptor, or has the other side closed? Waits at most so long for it."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(milliseconds))


def until_readable(fd, operation, site):
    """Wait, seen in the log, until something can be read from a descriptor or the program is free."""
    waited = _mark(operation, site)
    try:
        while log.control[0] and not readable(fd, _SLICE_S * 1e3):
            pass
    finally:
        _unmark(waited)


class Worker:
    """The calling thread as the controller knows it: opened at its first gate, closed with the thread."""

    __slots__ = ("busy", "line", "lists", "parked_ns", "waits", "whole")

    def __init__(self):
        self.busy = False  # inside a gate, or in a call without the baton: gates within pass
        self.line = None
        self.lists = 0  # lists of ready handles sent so far, on this line
        self.parked_ns = 0  # for how long it has waited for turns, and minus when it began to, while it does
        self.waits = None  # while parked: what ``_mark`` returned
        self.whole = None  # in a call that has the turn: what it says where it gives it away

    def connect(self):
        """Open its line; raises OSError or Lost."""
        number = log.thread()[0] >> L.THREAD_SHIFT
        whose = process.whose_log()
        self.line = Line(process.path, ("thread", process.VERSION, *whose, number, get_native_id()))
        self.lists = 0

    def forget(self):
        """Close its line: an answer that may be on its way must not be taken for that of the next gate."""
        parked.discard(self)
        going.discard(self)
        line, self.line = self.line, None
        if line is not None:
            line.close()

    def ask(self, *fields):
        """Send a line and wait for the answer to it. What a signal's handler raises meanwhile comes out."""
        before, self.busy = self.busy, True
        self.parks(fields[0] != "blocked", fields[2 if fields[0] == "blocked" else 3])
        try:
            self.say(*fields)
            return self.line.answer()
        except BaseException as error:
            failed(self, error)
            return _FREE
        finally:
            self.busy = before
            self.goes()

    def parks(self, could_run=True, site=0):
        """It waits for an answer; without ``could_run``: for a lock, too."""
        going.discard(self)
        if could_run:
            parked.add(self)
        self.waits = _mark(L.OP_HELD if could_run else L.OP_LOCK, site)
        self.parked_ns -= now()

    def goes(self):
        """It was answered."""
        self.parked_ns += now()
        waited, self.waits = self.waits, None
        _unmark(waited)
        parked.discard(self)
        if log.control[0]:
            going.add(self)

    def say(self, *fields):
        """Send a line after which others may run: first what they may have now. Raises Lost."""
        settle()
        for number in given_back():
            self.line.send("lost", number)
        self.line.send(*fields)

    def tell(self, *fields):
        """Send a line that is not answered."""
        try:
            self.line.send(*fields)
        except BaseException as error:
            failed(self, error)

    def spawns(self):
        """It is about to start a process: wait until those that were started before have their names."""
        before, self.busy = self.busy, True
        try:
            self.say("spawning")
            self.line.answer()
        except BaseException as error:
            failed(self, error)
        finally:
            self.busy = before

    def settles(self):
        """Wait for those who work for it without turns, before it asks what they have done."""
        try:
            settle()
        except BaseException as error:
            failed(self, error)

    def leave(self, kind, obj, site, detail=""):
        """Give the turn away before a call that may block for real; ``back`` follows."""
        going.discard(self)
        self.busy = True
        try:
            self.say("leave", kind, obj, site, detail)
        except BaseException as error:
            self.busy = False
            failed(self, error)
            self.busy = True

    def back(self, kind, obj, site, size=None):
        """The call is over: wait for a turn; ``size``: so many bytes were read."""
        self.busy = False
        if log.control[0] and self.line is not None:
            self.ask("at", "back", obj, site, kind, *(() if size is None else (size,)))


def _mark(operation, site):
    """Say in the log that this thread waits in a gate, not in I/O; None inside a call that says so itself."""
    try:
        if get_ident() in waits.inside:
            return None
        thread, t0 = log.thread(), now()
        log.begin_block(t0, operation, site, 0, thread)
        return operation, (t0, site, thread)
    except Exception as error:
        pass_on(error)
        return None


def _unmark(waited):
    if waited is not None:
        operation, begun = waited
        waits.leave(begun, operation, 0)


def failed(me, error):
    """Inside an ``except``: a gate went wrong, so run free; unless the exception is the program's own.

    A signal's handler may raise anything, anywhere in our code; it comes out where the program waits.
    """
    if isinstance(error, Lost) or (isinstance(error, Exception) and is_the_hooks(error)):
        process.run_free("the controller is gone" if isinstance(error, (Lost, OSError)) else repr(error))
        return
    me.forget()
    raise error
