"""The logs of a session that is being closed: unused space is given back, and what there is is measured."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from concviz.core.session.used import used, used_of
from concviz.core.system import layout as S


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
                in_use = used(path) if path.suffix == ".events" else about.st_size
                found[path.relative_to(session).as_posix()] = in_use
        except OSError:
            continue
    return found


def _trim_one(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return 0
    try:
        with _alone(fd):
            size, in_use = os.fstat(fd).st_size, used_of(fd)
            if in_use >= size:
                return 0
            os.ftruncate(fd, in_use)
            return size - in_use
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
