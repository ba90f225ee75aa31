"""How much of an event log is in use: an agent reserves space ahead, zeros behind the last record."""

from __future__ import annotations

import os
from pathlib import Path

from concviz.core.agent import layout as L

_BLOCK = 1 << 16


def used(path: Path) -> int:
    """Bytes in use of a log.

    Raises:
        OSError: it cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return min(used_of(fd), os.fstat(fd).st_size)
    finally:
        os.close(fd)


def used_of(fd: int) -> int:
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
