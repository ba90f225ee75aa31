"""The mailbox: two words in the header of each process's event log that say how finely it is held.

Gates look at it before they do anything else. It is written through the file, whose pages the process has
mapped; the file is not kept open, for the recorder gives unused space back once nobody has it open.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.session.folder import opened_of

_WORDS = struct.Struct("<QQ")
assert L.TIME_AT == L.CONTROL_AT + 8


def put(session: Path, stem: str, granularity: int, timed: int = L.TIME_STANDS) -> bool:
    """Write into the mailbox of one log; False where there is no such log.

    Args:
        granularity: how finely the process is held, 0: not at all.
        timed: what of its time goes on (TIME_…) though all that could run is held: somebody is expected.
    """
    if not opened_of(stem):  # what a connection says is no path
        return False
    path = session / "events" / f"{stem}.events"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.pwrite(fd, _WORDS.pack(granularity, timed), L.CONTROL_AT) == _WORDS.size
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
