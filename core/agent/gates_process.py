"""This process as the controller knows it: its connection, open as long as it lives, and whether it is held.

The mailbox in the log's header (``log.control``) says whether to stop at gates at all; hooks look at it
first, so that a program that runs free pays one look.
"""

from __future__ import annotations

import os
import sys
from operator import itemgetter
from types import MethodType

from . import log
from .gates_line import Line, Lost, let_go

VERSION = 1
# They serve the processes of a program and run nothing of its own.
_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
_first = itemgetter(0)

pid = 0  # of the process that these lines belong to: a forked child takes locks before we hear of it
path = ""  # the controller's socket; "": nothing can be held
forks = 0  # of this process so far
_nth = 0  # which of its parent's forks this process is; 0: none
_flags: list = []  # what was imported that cannot be stepped
_line = None  # type: ignore[var-annotated]  # the Line that says that this process is there


class _Held:
    """Truth: is the program held? Told in C, and of the mailbox that is in use at the time."""

    __slots__ = ("__len__",)

    def look_at(self, mailbox):
        log.control = mailbox
        self.__len__ = MethodType(_first, mailbox)  # type: ignore[method-assign]


held = _Held()
held.__len__ = MethodType(_first, log.FREE)  # type: ignore[method-assign]


def begin(controller):
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
    global _line, forks, _nth
    let_go()
    _line = None
    forks, _nth = 0, forks
    if path:
        _greet()


def _greet():
    """Say that this process is there: the answer, by which time the mailbox is set, or None."""
    global _line, pid
    pid = os.getpid()
    flags = list(_flags)
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        flags.append("freethreaded")
    if whose_log()[1]:
        flags.append("subinterpreter")
    try:
        version = sys.version.split()[0]
        _line = Line(path, ("hello", VERSION, *whose_log(), version, ",".join(flags), _nth))
        answer = _line.answer()
        held.look_at(log.control)
        return answer
    except (OSError, Lost):
        return run_free("no controller answers")


def whose_log():
    """pid, interpreter and name of this process's log."""
    stem = os.path.basename(log._file.path)[: -len(".events")]
    return os.getpid(), int(stem.split("-")[1]), stem


def cannot(flag):
    """Say what the program has imported that cannot be stepped; the controller knows the words."""
    _flags.append(flag)
    try:
        _line.send("flag", flag)
    except (AttributeError, Lost):  # who runs free is not stepped at all
        pass


def spawning():
    """This process is about to start another one."""
    try:
        _line.send("spawning")
    except (AttributeError, Lost):  # the thread's own line will tell
        pass


def unborn():
    """What it was about to start, a thread or a process, has not begun."""
    try:
        _line.send("unborn")
    except (AttributeError, Lost):
        pass


def run_free(why):
    """From now on nothing in this process is held; said once in the session."""
    global _line
    if log.control is not log.FREE:  # once
        held.look_at(log.FREE)
        _line = None
        log.note("control", "runs free: " + why)
