"""Gates: places where a thread of a held program says what it is about to do and waits to be told to go on.

A gate is a line on the thread's own Unix socket that blocks until the controller answers (the lines are
listed in ``core/control/wire.py``). Nothing of the schedule is kept in here. Whatever ends the controller
closes the sockets, and every thread goes on: no failure of ours stops the program.

The mailbox in the log's header (``log.control``) says whether to stop at gates at all; hooks look at it
first, so that a program that runs free pays one look.
"""

from __future__ import annotations

import os
import sys
from _thread import _local, get_ident, get_native_id
from operator import itemgetter
from time import monotonic
from time import perf_counter_ns as now
from types import MethodType

from . import layout as L
from . import log, sites, waits
from .gates_line import Line, Lost
from .gates_line import let_go as _let_go_of_lines
from .patches import is_the_hooks

VERSION = 1
# They serve the processes of a program and run nothing of its own.
_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
_FREE = ("free",)
_SLICE_S = 0.02
_first = itemgetter(0)

_pid = 0  # of the process that these lines belong to: a forked child takes locks before we hear of it
path = ""  # the controller's socket; "": nothing can be held
_process = None  # type: ignore[var-annotated]  # the Line that says that this process is there
_here = _local()  # .worker: the calling thread's Worker, which goes when the thread does


class _Held:
    """Truth: is the program held? Told in C, and of the mailbox that is in use at the time."""

    __slots__ = ("__len__",)

    def look_at(self, mailbox):
        log.control = mailbox
        self.__len__ = MethodType(_first, mailbox)  # type: ignore[method-assign]


held = _Held()
held.__len__ = MethodType(_first, log.FREE)  # type: ignore[method-assign]


def given_back():
    """Numbers of what was taken and is not any more; ``hold_locks`` puts its own function here."""
    return ()


parked: set = set()  # Workers that could run if they were let
going: set = set()  # Workers that were


def time_stands_still():
    """True while the program does nothing but wait for whoever steps it, as far as this process knows."""
    return bool(parked and not going and log.control[0])


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


class Worker:
    """The calling thread as the controller knows it: opened at its first gate, closed with the thread."""

    __slots__ = ("busy", "line", "lists", "waits")

    def __init__(self):
        self.busy = False  # inside a gate, or in a call without the baton: gates within pass
        self.line = None
        self.lists = 0  # lists of ready handles sent so far, on this line
        self.waits = None  # while parked: what ``_mark`` returned

    def connect(self):
        """Open its line; raises OSError or Lost."""
        number = log.thread()[0] >> L.THREAD_SHIFT
        self.line = Line(path, ("thread", VERSION, *_whose_log(), number, get_native_id()))
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

    def goes(self):
        """It was answered."""
        if self.waits is not None:
            (operation, begun), self.waits = self.waits, None
            waits.leave(begun, operation, 0)
        parked.discard(self)
        if log.control[0]:
            going.add(self)

    def say(self, *fields):
        """Send a line after which others may run: first what they may have now. Raises Lost."""
        for number in given_back():
            self.line.send("lost", number)
        self.line.send(*fields)

    def tell(self, *fields):
        """Send a line that is not answered."""
        try:
            self.line.send(*fields)
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

    def back(self, kind, obj, site):
        """The call is over: wait for a turn."""
        self.busy = False
        if log.control[0] and self.line is not None:
            self.ask("at", "back", obj, site, kind)


def _mark(operation, site):
    """Say in the log that this thread waits in a gate, not in I/O; None inside a call that says so itself."""
    try:
        if get_ident() in waits.inside:
            return None
        thread, t0 = log.thread(), now()
        log.begin_block(t0, operation, site, 0, thread)
        return operation, (t0, site, thread)
    except Exception as error:
        if not is_the_hooks(error):
            raise
        return None


def worker():
    """The calling thread's Worker with an open line; None where nobody is to be asked, or must not wait."""
    try:
        me = _here.worker
    except AttributeError:
        me = _here.worker = Worker()
    if me.busy or not log.control[0] or sys.is_finalizing() or os.getpid() != _pid:
        return None
    if me.line is None:
        me.busy = True
        try:
            me.connect()
        except BaseException as error:
            failed(me, error)
            return None
        finally:
            me.busy = False
    if log.control[0] >= L.CONTROL_LINE:
        _see_lines(me)
    return me


def _see_lines(me):
    from . import hold_lines

    me.busy = True
    try:
        hold_lines.begin()
    except BaseException as error:
        failed(me, error)
    finally:
        me.busy = False


def at(kind, obj, frame, detail=""):
    """Wait for a turn before an operation of ``frame``'s. True: go on, still held; False: free."""
    me = worker()
    return me is not None and me.ask("at", kind, obj, sites.of(frame), detail)[0] == "go"


def outside(kind, obj, frame, call, args, kwargs, detail="", limited=False):
    """``call(*args, **kwargs)``, which may block for real: a turn before it, none in it, a turn after it."""
    me = worker()
    site = sites.of(frame) if me is not None else 0
    if me is None or me.ask("at", kind, obj, site, detail)[0] != "go":
        return call(*args, **kwargs)
    return away(kind, obj, site, call, args, kwargs, limited)


def away(kind, obj, site, call, args, kwargs, limited=False):
    """``outside`` after its first turn; ``limited``: the call ends by itself after some time."""
    me = worker()
    if me is None:
        return call(*args, **kwargs)
    me.leave(kind, obj, site, "timeout" if limited else "")
    try:
        result = call(*args, **kwargs)
    except Exception:
        me.back(kind, obj, site)
        raise
    except BaseException:  # Ctrl-C and the like take their way at once
        me.busy = False
        raise
    me.back(kind, obj, site)
    return result


def ended():
    """The calling thread is about to end."""
    me = getattr(_here, "worker", None) or worker()
    if me is not None and me.line is not None:
        try:
            if log.control[0]:
                me.say("ended")
        except BaseException as error:
            failed(me, error)
        me.busy = True
        me.forget()


class aside:
    """``with aside():`` the calling thread passes through every gate."""

    def __enter__(self):
        try:
            self._worker = _here.worker
        except AttributeError:
            self._worker = _here.worker = Worker()
        self._before, self._worker.busy = self._worker.busy, True

    def __exit__(self, *error):
        self._worker.busy = self._before


def failed(me, error):
    """Inside an ``except``: a gate went wrong, so run free; unless the exception is the program's own.

    A signal's handler may raise anything, anywhere in our code; it comes out where the program waits.
    """
    if isinstance(error, Lost) or (isinstance(error, Exception) and is_the_hooks(error)):
        run_free("the controller is gone" if isinstance(error, (Lost, OSError)) else repr(error))
        return
    me.forget()
    raise error


def spawning():
    """This process is about to start another one."""
    try:
        _process.send("spawning")
    except (AttributeError, Lost):  # the thread's own line will tell
        pass


def run_free(why):
    """From now on nothing in this process is held; said once in the session."""
    global _process
    if log.control is not log.FREE:  # once
        held.look_at(log.FREE)
        _process = None
        log.note("control", "runs free: " + why)


def _whose_log():
    """pid, interpreter and name of this process's log."""
    stem = os.path.basename(log._file.path)[: -len(".events")]
    return os.getpid(), int(stem.split("-")[1]), stem


def _greet():
    """Say that this process is there: the answer, by which time the mailbox is set, or None."""
    global _process, _pid
    _pid = os.getpid()
    flags = []
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        flags.append("freethreaded")
    if _whose_log()[1]:
        flags.append("subinterpreter")
    try:
        version = sys.version.split()[0]
        _process = Line(path, ("hello", VERSION, *_whose_log(), version, ",".join(flags)))
        answer = _process.answer()
        held.look_at(log.control)
        return answer
    except (OSError, Lost):
        return run_free("no controller answers")


def install(controller):
    """Let the controller with this socket hold the process; says in the session where that cannot be."""
    global path
    if sys.version_info < (3, 11):
        run_free("holding needs Python 3.11 or newer")
        return
    path = controller
    if any(helper in word for helper in _HELPERS for word in sys.orig_argv):
        held.look_at(log.FREE)  # (its forked children are the program's)
    elif not _greet():
        path = ""


def after_fork():
    """In a forked child: nothing of the parent's is ours; greet as a process of our own."""
    global _here, _process
    _let_go_of_lines()
    _here, _process = _local(), None
    parked.clear()
    going.clear()
    if path:
        _greet()
