"""Giving back the space that event logs reserved and never used, once nobody writes them any more."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from concviz.core.agent import layout as L

_BLOCK = 1 << 16


def trim(session: Path) -> int:
    """Cut every event log that nobody has open behind its last record; return the bytes given back.

    A log that is still written, or read with the file kept open, is left alone: the kernel says so by
    refusing the lease. Where there are no leases the space stays reserved.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return 0
    try:
        logs = sorted((session / "events").glob("*.events"))
    except OSError:
        return 0
    return sum(_trim_one(path) for path in logs)


def _trim_one(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return 0
    try:
        with _alone(fd):
            size, used = os.fstat(fd).st_size, _used(fd)
            if used >= size:
                return 0
            os.ftruncate(fd, used)
            return size - used
    except OSError:
        return 0
    finally:
        os.close(fd)


@contextmanager
def _alone(fd: int) -> Iterator[None]:
    """Hold the only open description of a file; OSError if there is another one, or a mapping.

    Cutting a file under somebody's mapping would kill them by SIGBUS. Whoever opens the file meanwhile
    waits, and we are told so by SIGIO, which must not kill us.
    """
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        try:
            yield
        finally:
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    finally:
        signal.signal(signal.SIGIO, before)


def _used(fd: int) -> int:
    """Return the length of the log up to the end of its last record, looking backwards for its last byte."""
    end = os.fstat(fd).st_size
    while end > L.RECORDS_AT:
        begin = max(L.RECORDS_AT, end - _BLOCK)
        last = len(os.pread(fd, end - begin, begin).rstrip(b"\0"))
        if last:
            records = -(-(begin + last - L.RECORDS_AT) // L.RECORD_SIZE)
            return L.RECORDS_AT + records * L.RECORD_SIZE
        end = begin
    return L.RECORDS_AT
