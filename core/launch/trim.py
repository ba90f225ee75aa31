"""The logs of a session that is being closed: unused space is given back, and what there is is measured."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.system import layout as S

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


def sizes(session: Path) -> dict[str, int]:
    """Return how many bytes of each log are in use, by its path inside the session.

    Reserved space doesn't count: where a process outlives the recorder, its log may yet be trimmed.
    """
    logs = [session / S.LOG_NAME, session / S.NAMES_NAME]
    try:
        logs += sorted((session / "events").iterdir())
    except OSError:
        pass
    found: dict[str, int] = {}
    for path in logs:
        try:
            about = path.lstat()
            if stat.S_ISREG(about.st_mode):
                used = _used_of(path) if path.suffix == ".events" else about.st_size
                found[path.relative_to(session).as_posix()] = used
        except OSError:
            continue
    return found


def _used_of(path: Path) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return min(_used(fd), os.fstat(fd).st_size)
    finally:
        os.close(fd)


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
