"""Gates: places where a thread of a held program says what it is about to do and waits to be told to go on.

A gate is a line on the thread's own Unix socket that blocks until the controller answers (the lines are
listed in ``core/control/wire.py``). Nothing of the schedule is kept in here. Whatever ends the controller
closes the sockets, and every thread goes on: no failure of ours stops the program.
"""

from __future__ import annotations

import os
import sys
from _thread import _local

from . import gates_process as process
from . import hold_reads, hold_selects, hold_writes, log, sites
from . import layout as L
from .gates_worker import Worker, failed, going, parked

_here = _local()  # .worker: the calling thread's Worker, which goes when the thread does


def _untold(result):
    """How much a call found whose result does not say."""


def is_born():
    """Whether the calling thread, which has no Worker yet, has begun; ``hold_threads`` puts its own here."""
    return True


def worker():
    """The calling thread's Worker with an open line; None where nobody is to be asked, or must not wait."""
    try:
        me = _here.worker
    except AttributeError:
        if not is_born():
            return None
        me = _here.worker = Worker()
    return None if me.busy or not is_open(me) else me


def is_open(me):
    """Whether the calling thread's Worker can ask somebody: its line is opened if need be."""
    if not log.control[0] or sys.is_finalizing() or os.getpid() != process.pid:
        return False
    before, me.busy = me.busy, True
    try:
        if me.line is None:
            me.connect()
        if log.control[0] >= L.CONTROL_LINE:
            _see_lines()
    except BaseException as error:
        failed(me, error)
    finally:
        me.busy = before
    return me.line is not None


def _see_lines():
    from . import hold_lines

    hold_lines.begin()


def here():
    """The calling thread's Worker, which may have no line."""
    try:
        return _here.worker
    except AttributeError:
        worker()
        return _here.worker


def at(kind, obj, frame, detail=""):
    """Wait for a turn before an operation of ``frame``'s. True: go on, still held; False: free."""
    me = worker()
    return me is not None and me.ask("at", kind, obj, sites.of(frame), detail)[0] == "go"


def outside(kind, obj, frame, call, args, kwargs, detail="", limited=False):
    """``call(*args, **kwargs)``, which may block for real: a turn before it, none in it, a turn after it."""
    me = worker()
    site = sites.of(frame) if me is not None else 0
    if me is None:
        _give_away(kind, obj, args)
        return call(*args, **kwargs)
    answer = me.ask("at", kind, obj, site, detail)
    if answer[0] != "go" or (kind == "write" and hold_writes.at_once(obj, args)):
        return call(*args, **kwargs)
    size_of, wanted, size = _untold, int(answer[1]) if len(answer) > 1 else None, 0
    if kind == "read":
        fewer, size_of = hold_reads.limited(call, args, wanted or 0), hold_reads.taken
        if fewer is not None:
            args, size = fewer, wanted
    elif kind == "select":
        call, size_of = hold_selects.measured(call, args, kwargs, wanted)
    return away(kind, obj, site, call, args, kwargs, limited, size_of, size)


def away(kind, obj, site, call, args, kwargs, limited=False, size_of=_untold, size=0):
    """``outside`` after its first turn.

    Args:
        limited: the call ends by itself after some time. size_of: of a result, how much was found.
        size: of a read that is repeated, what it takes. It does that in its second turn, when other threads'
            selects have seen that the bytes are there: that may be what they found.
    """
    me = worker()
    if me is None:
        _give_away(kind, obj, args)
        return call(*args, **kwargs)
    me.leave(kind, obj, site, "timeout" if limited else "")
    try:
        come = size and hold_reads.come(obj, size)
        if come:
            hold_selects.have_looked()
        result = None if come else call(*args, **kwargs)
    except Exception:
        me.back(kind, obj, site)
        raise
    except BaseException:  # Ctrl-C and the like take their way at once
        me.busy = False
        raise
    me.back(kind, obj, site, size if come else size_of(result))
    return call(*args, **kwargs) if come else result


def in_turn(me, kind, obj, site, call, args, kwargs):
    """``call(*args, **kwargs)`` in the turn that its thread has, which only what would block gives away."""
    me.busy, me.whole = True, (kind, obj, site)
    try:
        result = call(*args, **kwargs)
    except Exception:
        _has_turn(me)
        raise
    except BaseException:  # Ctrl-C and the like take their way at once
        me.busy, me.whole = False, None
        raise
    _has_turn(me)
    return result


def _has_turn(me):
    """A call that had the turn is over: wait for another one, if that was given away."""
    whole, me.whole = me.whole, None
    if type(whole) is _Given:
        me.back(*whole)
    me.busy = False


class _Given(tuple):
    """``Worker.whole`` of a call that has given its turn away."""

    __slots__ = ()


def _give_away(kind, obj, args):
    """What comes now may block: if that is inside a call that has the turn, another one may have it."""
    me = getattr(_here, "worker", None)
    if me is None or type(me.whole) is not tuple:
        return
    if (kind == "write" and hold_writes.at_once(obj, args)) or (kind == "read" and hold_reads.waiting(obj)):
        return
    me.whole = _Given(me.whole)
    me.leave(*me.whole)


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
        me = self._worker = getattr(_here, "worker", None) or Worker()
        self._before, me.busy = me.busy, True
        _here.worker = me
        return me

    def __exit__(self, *error):
        self._worker.busy = self._before


def install(controller):
    """Let the controller with this socket hold the process; says in the session where that cannot be."""
    process.begin(controller)


def after_fork():
    """In a forked child: it has one thread, of which the controller knows nothing."""
    global _here
    _here = _local()
    parked.clear()
    going.clear()
    process.after_fork()
