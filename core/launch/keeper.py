"""The keeper of a program's terminal: a process that does nothing but be there.

When a terminal's session leader ends, or nobody holds its master any more, the kernel hangs it up, and the
program gets SIGHUP. So the recorder, which does all the work, is not the leader, and not alone in holding the
master: it is the keeper's child. If it is killed, or fails, the program goes on, and the keeper reads what
the program prints. If the keeper itself is killed, the terminal goes with it, as when a terminal's window is
closed.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import termios
from collections.abc import Callable

from concviz.core.launch.signals import Signals, pass_on


class Terminal:
    """A pseudo-terminal that is the controlling one of this session."""

    def __init__(self, master: int, slave: int) -> None:
        """The two ends, as ``os.openpty`` returns them."""
        self.master, self.slave = master, slave

    @classmethod
    def own(cls, rows: int, columns: int) -> Terminal:
        """Open one of so many characters; the calling process must lead a session without a terminal."""
        master, slave = os.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        os.set_blocking(master, False)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # we set the foreground job without being in it
        return cls(master, slave)

    def take_back(self) -> None:
        """Be its foreground job: whoever else uses it is not hung up when the session ends."""
        try:
            fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            os.tcsetpgrp(fd, os.getpgrp())
        finally:
            os.close(fd)

    def close_slave(self) -> None:
        """Let go of the program's end, so that the master is told when the last one does."""
        os.close(self.slave)


def kept(terminal: Terminal, record: Callable[[], int], take_over: Callable[[], None]) -> int | None:
    """Let ``record`` run in a child; where that is killed or fails, ``take_over`` runs here.

    Args:
        terminal: both have it. record: returns the program's status. take_over: returns when all is over.

    Returns:
        None in the child. In the keeper the program's status; if the recorder was killed or has failed, the
        recorder's own exit code, −n for signal n.
    """
    told, tell = os.pipe()
    recorder = os.fork()
    if not recorder:
        os.close(told)
        os.write(tell, b"%d" % record())
        return None
    os.close(tell)
    terminal.close_slave()
    ended = _wait(recorder)
    status = os.read(told, 20)
    os.close(told)
    if status:
        return int(status)
    take_over()
    terminal.take_back()
    return ended


def _wait(recorder: int) -> int:
    """Wait for the recorder's end, and return its exit code; signals that come meanwhile are passed on."""
    signals = Signals()
    poll = select.poll()
    poll.register(signals.fd, select.POLLIN)
    while True:
        done, status = os.waitpid(recorder, os.WNOHANG)
        if done:
            signals.restore()
            return os.waitstatus_to_exitcode(status)
        poll.poll()
        for number in signals.taken():
            pass_on(number, recorder)
