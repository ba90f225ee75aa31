"""What the program printed, as a file: ``output.log``, and when each part came: ``output.index``."""

from __future__ import annotations

import os
from pathlib import Path

from concviz.core.launch import folder

LIMIT = 256 << 20
_INDEX_STEP_NS = 1_000_000
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class OutputLog:
    """Appends to the two files until ``limit`` bytes are kept; then, or on a full disk, it keeps no more.

    The program is never held up for it: its output is read on either way. Parts that come within a
    millisecond of each other share a line of the index.
    """

    def __init__(self, session: Path, limit: int = LIMIT) -> None:
        self._session = session
        self._indexed_ns = -_INDEX_STEP_NS
        self._log = os.open(session / "output.log", _FLAGS, 0o600)
        self._size = os.fstat(self._log).st_size  # a recorder that was killed may have begun it
        self._room = limit - self._size
        self._index = os.open(session / "output.index", _FLAGS, 0o600)

    def append(self, data: bytes, now_ns: int) -> None:
        """Keep ``data``, read at ``now_ns`` (monotonic)."""
        if self._room <= 0:
            return
        kept = data[: self._room]
        try:
            if now_ns - self._indexed_ns >= _INDEX_STEP_NS:
                self._indexed_ns = now_ns
                os.write(self._index, b"%d %d\n" % (now_ns, self._size))
            self._size += os.write(self._log, kept)
        except OSError as error:
            self._stop(f"from byte {self._size} on the output is not kept: {error.strerror}")
            return
        self._room -= len(kept)
        if self._room <= 0:
            self._stop(f"the output is kept up to {self._size} bytes; the rest is not")

    def _stop(self, why: str) -> None:
        self._room = 0
        folder.note(self._session, why)
