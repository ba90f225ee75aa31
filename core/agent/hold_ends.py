"""Ends of processes while held: whoever kills a process goes on only once it is over.

A process ends without a turn, some time after it was killed or after the last that it does in Python (for
which the controller waits). Until then, whoever asks whether it is still there would be told yes in one run
and no in the next. ``multiprocessing`` keeps its children in a set, and asks them in its order: that becomes
the order in which they were made (``hold_sets``).
"""

from __future__ import annotations

import os
import signal
from _io import FileIO
from operator import attrgetter

from . import gates, gates_worker, log, spawns, waits
from .blame import pass_on
from .hold_sets import InOrder
from .imports import when_imported
from .patches import Patches
from .waits import hide

_patches = Patches("hold ends")
_SOON_MS = 5_000  # for which an end that is certain is waited for
_HARMLESS = ("CHLD", "CONT", "URG", "WINCH", "STOP", "TSTP", "TTIN", "TTOU")  # signal(7)
_SPARE = {0, *(getattr(signal, "SIG" + name, 0) for name in _HARMLESS)}


def _held_kill(kill):
    def held_kill(*args):
        try:
            end = _end_of(*args) if log.control[0] and gates.worker() is not None else None
            if end is None:
                return kill(*args)
            try:
                kill(*args)
            except BaseException:
                _close(end)
                raise
            _wait(end)
        except BaseException as error:
            hide(error)
            raise

    return waits.Plain(held_kill, kill)


def _end_of(pid=0, number=0, *more):
    """What can be read once a process is over that this signal ends; None where it may live on."""
    try:
        if more or type(pid) is not int or pid <= 0 or pid == os.getpid():
            return None
        return os.pidfd_open(pid) if _ends(pid, int(number)) else None
    except Exception as error:  # another system, or what ``kill`` says itself
        pass_on(error)
        return None


def _wait(end):
    """Wait until a process is over."""
    try:
        gates_worker.readable(end, _SOON_MS)
    except OSError:  # another thread closes what it does not know
        pass
    finally:
        _close(end)


def _close(end):
    try:
        os.close(end)
    except OSError:
        pass


def _ends(pid, number):
    """Does this signal end a process for certain (proc(5))?"""
    if number == signal.SIGKILL or number in _SPARE:
        return number not in _SPARE
    with gates.aside(), FileIO(f"/proc/{pid}/status") as file:
        status = dict(line.split(b":", 1) for line in file.readall().splitlines())
    if status[b"State"].split()[0] in b"tT":
        return False
    kept = 0
    for mask in (b"SigBlk", b"SigIgn", b"SigCgt"):
        kept |= int(status[mask], 16)
    return not kept >> number - 1 & 1


def _held_poll(poll):
    """``poll`` of a fork server's child: the server tells of its end a moment after it."""

    def held_poll(self, flag=os.WNOHANG):
        try:
            if log.control[0] and flag == os.WNOHANG and self.returncode is None:
                _wait_for_report(self)
            return poll(self, flag)
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(held_poll, poll)


def _wait_for_report(child):
    try:
        if _is_over(child.pid):
            gates_worker.readable(child.sentinel, _SOON_MS)
    except Exception as error:
        pass_on(error)


def _is_over(pid):
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):
        return False
    try:
        return gates_worker.readable(end)
    finally:
        _close(end)


class _InOrder(InOrder):
    """Children of ``multiprocessing``."""

    __slots__ = ()
    made = attrgetter("_identity")


def _held_cleanup(cleanup, process):
    """``_cleanup``, which comes before everybody who lists the children of ``multiprocessing.process``."""

    def _cleanup():
        try:
            if log.control[0] and type(process._children) is set:  # (a child of theirs has a new one)
                process._children = _InOrder(process._children)
            return cleanup()
        except BaseException as error:
            hide(error)
            raise

    return waits.dress(_cleanup, cleanup)


def _hook_process(process):
    _patches.put(process, "_cleanup", _held_cleanup(process._cleanup, process))


def _hook_fork_server(module):
    _patches.put(module.Popen, "poll", _held_poll(module.Popen.poll))


def install():
    """Hook ``os.kill``, and what is imported later as soon as it is."""
    spawns.put_builtin("kill", _held_kill(os.kill), _patches)
    when_imported("multiprocessing.process", _hook_process)
    when_imported("multiprocessing.popen_forkserver", _hook_fork_server)
