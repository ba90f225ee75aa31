"""Appending to ``system.log`` and ``system.names``: buffered, flushed a sweep at a time, never raising."""

from __future__ import annotations

import os
from pathlib import Path

from concviz.core.system import layout as L

_TEXT_LIMIT = 1000
_MOST_SITES = 1 << 18  # a program may make code without end
_SIGNED = 1 << 63
_U32 = 0xFFFFFFFF


class Writer:
    """Collects records and appends them to a session's ``system.log``.

    A full disk does not stop the recording: what could not be written is counted in ``dropped``,
    and a record cut in half by a short write is completed or cut off, so that the log stays
    a whole number of records.
    """

    def __init__(self, session: Path) -> None:
        """Open both files for appending.

        Raises:
            OSError: the session folder is missing or cannot be written to.
        """
        mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._log = os.open(session / L.LOG_NAME, mode, 0o600)
        try:
            self._names = os.open(session / L.NAMES_NAME, mode, 0o600)
        except OSError:
            os.close(self._log)
            raise
        self._records = bytearray()
        self._lines = bytearray()
        self._texts: dict[str, int] = {}
        self._sites: dict[tuple[str, int, str, int, int], int] = {}
        self._since_ns = 0
        self.dropped = 0

    def add(
        self, t_ns: int, kind: int, pid: int, tid: int = 0, value: int = 0, a: int = 0, b: int = 0
    ) -> None:
        """Add one record; numbers that do not fit their field are cut to it."""
        if not self._records:
            self._since_ns = t_ns
        self._records += L.RECORD.pack(
            t_ns, kind, pid & _U32, tid & _U32, value & _U32,
            min(max(a, -_SIGNED), _SIGNED - 1), min(max(b, -_SIGNED), _SIGNED - 1),
        )

    def text(self, value: str) -> int:
        """Number of a text, 0 for the empty one."""
        if not value:
            return 0
        number = self._texts.get(value)
        if number is None:
            number = self._texts[value] = len(self._texts) + 1
            line = value[:_TEXT_LIMIT].replace("\\", "\\\\").replace("\t", "\\t")
            line = line.replace("\n", "\\n").replace("\r", "\\r")
            self._lines += f"T\t{number}\t{line}\n".encode("utf-8", "backslashreplace")
        return number

    def site(self, file: str, line: int, function: str, call: int = 0, flags: int = 0) -> int:
        """Number of a site, see ``core/agent/layout.py``; 0 where there are too many of them."""
        key = (file, line, function, call, flags)
        number = self._sites.get(key, 0)
        if not number and len(self._sites) < _MOST_SITES:
            texts = self.text(file), self.text(function)
            number = self._sites[key] = len(self._sites) + 1
            self._lines += f"S\t{number}\t{texts[0]}\t{line}\t{texts[1]}\t{call}\t{flags}\n".encode()
        return number

    def age_ns(self, now_ns: int) -> int:
        """How long the oldest record that is not on disk yet has been waiting."""
        return now_ns - self._since_ns if self._records else 0

    def flush(self) -> None:
        """Append what was collected, texts first, so that no record refers to a text that is not there."""
        if self._lines:
            _append(self._names, self._lines)
            self._lines.clear()
        if self._records:
            written = _append(self._log, self._records)
            torn = written % L.RECORD_SIZE
            if torn:
                self._cut(torn)
            self.dropped += (len(self._records) - written + torn) // L.RECORD_SIZE
            self._records.clear()

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        os.close(self._log)
        os.close(self._names)

    def _cut(self, count: int) -> None:
        try:
            os.ftruncate(self._log, os.fstat(self._log).st_size - count)
        except OSError:
            pass


def _append(fd: int, data: bytearray) -> int:
    """Write all of ``data``, as far as the disk takes it; returns how many bytes it took."""
    written = 0
    try:
        while written < len(data):
            written += os.write(fd, memoryview(data)[written:])
    except OSError:
        pass
    return written
