"""The mailbox: one word in the header of each process's event log that says how finely it is held.

Gates look at it before they do anything else. It is written through the file, whose pages the process has
mapped; the file is not kept open, for the recorder gives unused space back once nobody has it open.
"""

from __future__ import annotations

import os
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.session.folder import opened_of


def put(session: Path, stem: str, granularity: int) -> bool:
    """Write ``granularity`` into the mailbox of one log; False where there is no such log."""
    if not opened_of(stem):  # what a connection says is no path
        return False
    path = session / "events" / f"{stem}.events"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.pwrite(fd, L.COUNTER.pack(granularity), L.CONTROL_AT) == L.COUNTER.size
    except OSError:
        return False
    finally:
        os.close(fd)


def parent_in_log(session: Path, stem: str) -> int:
    """The pid of who began a process, by its log's header; 0 where it cannot be read."""
    if not opened_of(stem):
        return 0
    try:
        with open(session / "events" / f"{stem}.events", "rb") as log:
            header = log.read(L.HEADER.size)
    except OSError:
        return 0
    return int(L.HEADER.unpack(header)[8]) if len(header) == L.HEADER.size else 0
