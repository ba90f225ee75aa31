"""What a blocked thread waits for, told from ``/proc/PID/task/TID/syscall`` (proc_pid_syscall(5)).

The numbers are those of x86-64 (``arch/x86/entry/syscalls/syscall_64.tbl``); elsewhere the wait is unknown.
"""

from __future__ import annotations

import platform
from typing import NamedTuple

from concviz.core.system.layout import Wait

RUNNING = b"running"  # the file's whole text while the thread could run

NO_CALL = b"-1 0x0 0x0"  # its stack is gone: it has ended

_FUTEX = frozenset((202, 449))
_RESTART = 219  # restart_syscall: goes on with what a signal or a stop interrupted
_SELECT, _POLL, _PSELECT, _PPOLL = 23, 7, 270, 271
_EPOLL, _EPOLL_PWAIT, _EPOLL_PWAIT2 = 232, 281, 441
_FOR_EVER = 0xFFFFFFFF

_BY_WAIT = {
    Wait.LOCK: (202, 449, 65, 220, 72, 73),  # futex, semop, fcntl(F_SETLKW), flock
    Wait.SLEEP: (35, 230, 34),  # nanosleep, clock_nanosleep, pause
    Wait.CHILD: (61, 247, 56, 58, 435),  # wait4, waitid; clone and vfork block until the child has begun
    Wait.SELECT: (_SELECT, _POLL, _PSELECT, _PPOLL, _EPOLL, _EPOLL_PWAIT, _EPOLL_PWAIT2),
    Wait.IO: (
        0, 1, 17, 18, 19, 20, 295, 296, 327, 328,  # read, write and their kin
        42, 43, 288, 44, 45, 46, 47, 299, 307,  # connect, accept, send, receive
        40, 275, 276, 278, 326, 2, 257, 3, 74, 75, 76, 77, 162, 277, 306,  # copy, open, close, synchronise
        208, 333, 426, 69, 70, 242, 243, 71,  # asynchronous I/O, message queues
        4, 5, 6, 262, 332, 82, 83, 87, 217,  # names and folders
    ),
}
_WAITS = {number: wait for wait, numbers in _BY_WAIT.items() for number in numbers}
_KNOWN_MACHINE = platform.machine() in ("x86_64", "AMD64")


class Call(NamedTuple):
    """A system call in progress."""

    wait: Wait
    futex: int
    """Address of the futex that is waited on, 0 for any other call."""


def understand(text: bytes, before: Wait = Wait.UNKNOWN) -> Call:
    """What the call in a syscall file waits for; ``before`` is what the thread waited for when last seen.

    Raises:
        ValueError: the text is not what the kernel writes.
    """
    fields = text.split(None, 4)
    if not fields:
        raise ValueError("no system call")
    number = int(fields[0])
    if not _KNOWN_MACHINE or number < 0:  # negative: blocked outside of any call, in a page fault
        return Call(Wait.UNKNOWN, 0)
    if number == _RESTART:
        return Call(before, 0)
    if len(fields) < 4:
        raise ValueError("a system call without its arguments")
    if number in _FUTEX:
        return Call(Wait.LOCK, int(fields[1], 16))
    nothing = fields[2 if number in (_POLL, _PPOLL) else 1] == b"0x0"
    if nothing and number in (_SELECT, _PSELECT, _POLL, _PPOLL):
        return Call(Wait.SLEEP, 0)  # select on nothing: how time.sleep waits before 3.11
    return Call(_WAITS.get(number, Wait.UNKNOWN), 0)


def epoll_without_timeout(text: bytes) -> int | None:
    """The descriptor of the epoll in a syscall file, where no timeout ends the wait; None: another call."""
    fields = text.split(None, 5)
    if not _KNOWN_MACHINE or len(fields) < 5 or not fields[0].isdigit():
        return None
    number, timeout = int(fields[0]), int(fields[4], 16)
    if number in (_EPOLL, _EPOLL_PWAIT):
        return int(fields[1], 16) if timeout & _FOR_EVER == _FOR_EVER else None
    return int(fields[1], 16) if number == _EPOLL_PWAIT2 and not timeout else None
