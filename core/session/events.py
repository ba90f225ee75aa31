"""Reading one process's event log while it is being written: only what is new, only what is committed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L
from concviz.core.session.files import Reader, pread

RECORD = np.dtype([
    ("t0", "<u8"), ("dur", "<u4"), ("word", "<u4"), ("a", "<u4"), ("b", "<u4"), ("c", "<u4"), ("d", "<u4"),
    ("e", "<u4"), ("mark", "<u4"),
])
REGISTER = np.dtype({
    "names": ["step_t0", "task", "step_thread", "block_t0", "op", "site", "object", "thread"],
    "formats": ["<u8", "<u4", "<u4", "<u8", "<u1", "<u4", "<u4", "<u4"],
    "offsets": [0, 8, 40, 16, 24, 25, 32, 40],
    "itemsize": L.REGISTER_SIZE,
})
assert (L.REGISTER.size, L.CALL_SHIFT) == (48, 8)
assert RECORD.itemsize == L.RECORD_SIZE

_FIRST_LOOK = 256  # records; most looks find little that is new
_LONGEST_LOOK = 1 << 16
_PATIENCE_NS = 1_000_000_000
"""How long a hole may stay before later records are taken without it: its writer may be preempted."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a log says about its process."""

    pid: int
    ppid: int
    interpreter: int
    flags: int
    opened_ns: int
    start_ticks: int
    """When the process began, in clock ticks since boot; 0 unknown."""
    whole: bool = True
    """False: the header is damaged and this was told by the file's name."""
    empty: bool = False
    """There is nothing in the file: no room, or the process may not write so much."""


class EventLog:
    """A tail reader of one ``.events`` file. Nothing in the file makes it raise."""

    def __init__(self, path: Path, read: Reader = pread) -> None:
        """Begin at the first record; the file is opened at each look."""
        self.path, self._reader = path, read
        self.header: Header | None = None
        self.refused = ""
        """Why the log cannot be read; '' where it can."""
        self.closed_ns = 0
        self.lost = 0
        """Records that never came (holes), besides those the agent says it dropped."""
        self.said_dropped = 0
        self.unread = 0
        """Records behind the last one that can be read: they are there but bear no commit mark of theirs."""
        self.next = 0
        self.drained = False
        """The last ``read`` reached the end of what is committed."""
        self._hole_since: int | None = None

    def look(self, finished: bool = False) -> npt.NDArray[Any] | None:
        """Read the header and the registers.

        Args:
            finished: the file will not change any more; a header that is missing now is damaged.

        Returns:
            The registers (dtype ``REGISTER``); None where the log cannot be read (yet).
        """
        data = self._pread(L.RECORDS_AT, 0)
        if self.header is None and not self.refused:
            self._read_header(data, finished)
        if self.header is None:
            return None
        if len(data) >= L.CLOSED_AT + 8:
            self.said_dropped = min(L.COUNTER.unpack_from(data, L.DROPPED_AT)[0], 1 << 40)
            self.closed_ns = L.COUNTER.unpack_from(data, L.CLOSED_AT)[0]
        registers = data[L.REGISTERS_AT : L.RECORDS_AT]
        return np.frombuffer(registers[: len(registers) // L.REGISTER_SIZE * L.REGISTER_SIZE], REGISTER)

    def read(self, limit: int, now_ns: int, finished: bool = False) -> npt.NDArray[Any]:
        """The next committed records, at most ``limit``.

        Args:
            now_ns: the clock, for the patience with holes. finished: nothing more will be written.
        """
        parts = []
        self.drained = False
        count = limit if finished else _FIRST_LOOK
        while limit > 0 and not self.drained:
            count = min(count, limit)
            data = self._pread(count * L.RECORD_SIZE, L.RECORDS_AT + self.next * L.RECORD_SIZE)
            records = np.frombuffer(data[: len(data) // L.RECORD_SIZE * L.RECORD_SIZE], RECORD)
            good = self._committed(records)
            if good < len(records):
                if not good and not self._skip_hole(now_ns, finished):
                    self.drained = True
            elif len(records) < count:
                self.drained = True
            if good:
                parts.append(records[:good])
                self.next += good
                limit -= good
                self._hole_since = None
                count = min(count * 4, _LONGEST_LOOK)
        return np.concatenate(parts) if parts else np.empty(0, RECORD)

    def _committed(self, records: npt.NDArray[Any]) -> int:
        """How many records from the first on are committed without a hole."""
        marks = self._marks(records)
        return len(records) if marks.all() else int(marks.argmin())

    def _marks(self, records: npt.NDArray[Any], first: int | None = None) -> npt.NDArray[np.bool_]:
        at = self.next if first is None else first
        offsets = L.RECORDS_AT + np.arange(at, at + len(records), dtype=np.uint64) * L.RECORD_SIZE
        marks: npt.NDArray[np.bool_] = records["mark"] == offsets & np.uint64(L.U32)
        return marks

    def _skip_hole(self, now_ns: int, finished: bool) -> bool:
        """The next record is not committed: if later ones are, and it had its time, go on behind it."""
        found = self._next_committed(finished)
        if found is None:
            self._hole_since = None
            return False
        if self._hole_since is None:
            self._hole_since = now_ns
        if not finished and now_ns - self._hole_since <= _PATIENCE_NS:
            return False
        self.lost += found - self.next
        self.next = found
        return True

    def _next_committed(self, whole_file: bool) -> int | None:
        """Number of the first committed record behind the hole; looks near, or through the whole file."""
        at, unread = self.next, 0
        while True:
            data = self._pread(_LONGEST_LOOK * L.RECORD_SIZE, L.RECORDS_AT + at * L.RECORD_SIZE)
            records = np.frombuffer(data[: len(data) // L.RECORD_SIZE * L.RECORD_SIZE], RECORD)
            if not len(records):
                self.unread = unread
                return None
            marks = self._marks(records, at)
            if marks.any():
                return at + int(marks.argmax())
            if not whole_file:
                return None
            at += len(records)
            unread += int((records != np.zeros((), RECORD)).sum())

    def _read_header(self, data: bytes, finished: bool) -> None:
        if len(data) >= L.HEADER.size and data[:8] == L.MAGIC:
            _, form, size, records, registers, n, rsize, *who, _python = L.HEADER.unpack_from(data)
            if form > L.FORMAT:
                self.refused = f"{self.path.name}: format {form} is newer than the {L.FORMAT} known here"
                return
            layout = (L.RECORD_SIZE, L.RECORDS_AT, L.REGISTERS_AT, L.REGISTER_COUNT, L.REGISTER_SIZE)
            if form >= 1 and (size, records, registers, n, rsize) == layout:
                self.header = Header(*who)
                return
        if finished or data[:8].strip(b"\0"):
            self.header = _told_by_name(self.path, empty=not data)
            if self.header is None:
                self.refused = f"{self.path.name}: this is no event log"

    def _pread(self, count: int, offset: int) -> bytes:
        return self._reader(self.path, count, offset)


def _told_by_name(path: Path, *, empty: bool) -> Header | None:
    """A header made from PID-INTERPRETER-OPENED, for a log whose own is damaged."""
    try:
        pid, interpreter, opened = path.stem.split("-")
        return Header(int(pid), 0, int(interpreter), 0, int(opened, 16), 0, whole=False, empty=empty)
    except ValueError:
        return None
