"""Signals of the recorder: taken as bytes from a pipe, passed on to the program, and how to end as it ended.

A terminal sends Ctrl-C to the whole foreground group, so the program gets it from there, as it would
without a recorder beside it. A signal sent to the recorder's pid alone is meant for the program.
"""

from __future__ import annotations

import os
import resource
import signal
from types import FrameType
from typing import Never

_PASSED = (
    signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
)
_FROM_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
JOB_STOPS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
# Python ignores these two from its start; a program must find them as a shell would leave them.
RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)
_ENDS = (signal.SIGTERM, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """Somebody ends this process by a signal other than Ctrl-C's: it cleans up, and then dies of it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_in_good_order() -> None:
    """From now on whoever ends this process lets it clean up: KeyboardInterrupt is raised, or ``Ended``.

    A signal that is ignored (``nohup``) stays ignored.
    """
    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ended)


def _ended(number: int, frame: FrameType | None) -> Never:
    raise Ended(number)


class Signals:
    """Every signal that matters to the recorder, as one byte each in the pipe ``fd``.

    Handlers, not ``SIG_IGN``: a handler is reset by exec, so that the program starts with the
    dispositions the recorder was started with. One that was ignored (``nohup``) stays ignored for both.
    """

    def __init__(self) -> None:
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in _PASSED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _noted)
        signal.signal(signal.SIGCHLD, _noted)

    def restore(self) -> None:
        """Give the signals back their default."""
        signal.set_wakeup_fd(-1)
        for number in (*_PASSED, signal.SIGCHLD):
            if signal.getsignal(number) is _noted:
                signal.signal(number, signal.SIG_DFL)

    def taken(self) -> list[int]:
        """Return the signals that came since the last call, without waiting."""
        try:
            return list(os.read(self.fd, 512))
        except BlockingIOError:
            return []


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the interpreter has written the number into the wake-up pipe already."""


def pass_on(number: int, pid: int) -> None:
    """Give the program a signal that the recorder got, unless the terminal has sent it to both."""
    if number in _PASSED and not (number in _FROM_KEYBOARD and _in_foreground()):
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def _in_foreground() -> bool:
    """True when the keyboard of the controlling terminal speaks to our process group."""
    try:
        fd = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(fd)


def stop_like(pid: int) -> None:
    """Stop as the program has stopped, so that the shell sees the job stopped; returns when resumed."""
    try:
        continued, _ = os.waitpid(pid, os.WNOHANG | os.WCONTINUED)
    except ChildProcessError:
        return
    if not continued:  # else it was stopped and resumed together with us: nothing is left to do
        os.kill(os.getpid(), signal.SIGTSTP)


def leave(status: int) -> int:
    """Return the exit code for ``status``; where it is minus a signal's number, die by that signal.

    No core file is written: the program has left its own where it wanted one.
    """
    if status >= 0:
        return status
    number = -status
    signal.set_wakeup_fd(-1)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    except (OSError, ValueError):
        pass
    return 128 + number  # a signal whose default is to be ignored kills nobody
