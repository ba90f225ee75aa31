"""Reading ``system.log`` and ``system.names`` while they are being written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.session.files import Reader, pread
from concviz.core.session.names import Names
from concviz.core.system import layout as S

RECORD = np.dtype([
    ("t", "<u8"), ("kind", "<u4"), ("pid", "<u4"), ("tid", "<u4"), ("value", "<u4"),
    ("a", "<i8"), ("b", "<i8"),
])
assert RECORD.itemsize == S.RECORD_SIZE
_PIECE = 1_000_000 * S.RECORD_SIZE


class SystemLog:
    """A tail reader of what was sampled. Nothing in the files makes it raise."""

    def __init__(self, session: Path, read: Reader = pread) -> None:
        """Begin at the first record; the files need not exist yet."""
        self._path, self._read = session / S.LOG_NAME, read
        self._at = 0
        self.names = Names(session / S.NAMES_NAME, read)
        self.damaged = 0
        """Records that make no sense."""
        self.drained = False
        """The last ``read`` reached the end of what is there."""

    def read(self, earliest_ns: int, latest_ns: int) -> npt.NDArray[Any]:
        """The records appended since, without those of an unknown kind or an impossible time."""
        data = self._read(self._path, _PIECE, self._at)
        whole = len(data) // S.RECORD_SIZE * S.RECORD_SIZE
        self._at += whole
        self.drained = len(data) < _PIECE
        records = np.frombuffer(data[:whole], RECORD)
        good = (records["t"] >= earliest_ns) & (records["t"] <= latest_ns) & (records["kind"] >= 1)
        self.damaged += int(len(records) - good.sum())
        if len(records):
            self.names.advance()
        return records[good]
