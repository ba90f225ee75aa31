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
from . import hold_reads, log, sites
from . import layout as L
from .gates_worker import Worker, failed, going, parked

_here = _local()  # .worker: the calling thread's Worker, which goes when the thread does


def worker():
    """The calling thread's Worker with an open line; None where nobody is to be asked, or must not wait."""
    try:
        me = _here.worker
    except AttributeError:
        me = _here.worker = Worker()
    if me.busy or not log.control[0] or sys.is_finalizing() or os.getpid() != process.pid:
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
    if me is None:
        return call(*args, **kwargs)
    answer = me.ask("at", kind, obj, site, detail)
    if answer[0] != "go":
        return call(*args, **kwargs)
    if kind != "read":
        return away(kind, obj, site, call, args, kwargs, limited)
    call, args = hold_reads.measured(call, obj, args, int(answer[1]) if len(answer) > 1 else 0)
    return away(kind, obj, site, call, args, kwargs, limited, hold_reads.taken)


def away(kind, obj, site, call, args, kwargs, limited=False, size_of=lambda result: None):
    """``outside`` after its first turn.

    Args:
        limited: the call ends by itself after some time. size_of: of a result, how many bytes were read.
    """
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
    me.back(kind, obj, site, size_of(result))
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
