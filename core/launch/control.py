"""What the screen asks of a recorder: frames in the FIFO ``control`` of the session folder.

A frame is one byte (what), a length and so many bytes. It is never longer than ``PIPE_BUF``, so that
it is written whole or not at all, even where two screens write into the same FIFO.
"""

from __future__ import annotations

import os
import select
import stat
import struct
from collections import deque
from collections.abc import Iterator
from pathlib import Path

INPUT = b"i"  # bytes for the program's terminal
RESIZE = b"r"  # rows and columns (SIZE)
INTERRUPT = b"c"  # SIGINT to the foreground job
END = b"e"  # SIGTERM, and SIGKILL after so many ms (GRACE)

SIZE = struct.Struct("<HH")
GRACE = struct.Struct("<I")
_HEAD = struct.Struct("<cH")
_LONGEST = select.PIPE_BUF - _HEAD.size


def path(session: Path) -> Path:
    """Return where the FIFO of a session lies."""
    return session / "control"


def frames(kind: bytes, payload: bytes = b"") -> Iterator[bytes]:
    """Yield ``payload`` as frames of one kind; only INPUT may need more than one."""
    for at in range(0, max(1, len(payload)), _LONGEST):
        part = payload[at : at + _LONGEST]
        yield _HEAD.pack(kind, len(part)) + part


def parse(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take the complete frames out of ``buffer`` and yield (kind, payload)."""
    while len(buffer) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(buffer)
        if len(buffer) < _HEAD.size + length:
            return
        payload = bytes(buffer[_HEAD.size : _HEAD.size + length])
        del buffer[: _HEAD.size + length]
        yield kind, payload


def open_fifo(session: Path) -> int:
    """Open the FIFO of a session, not blocking, for reading and writing; -1 where there is none.

    Opened both ways it never reports an end when the other side goes, and opening never waits for it.
    """
    try:
        fd = os.open(path(session), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return -1
    if stat.S_ISFIFO(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return -1


def is_heard(session: Path) -> bool:
    """True if somebody has the FIFO of a session open to read from it: its recorder, or another screen."""
    try:
        # ENXIO where nobody reads: fifo(7)
        fd = os.open(path(session), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    heard = stat.S_ISFIFO(os.fstat(fd).st_mode)
    os.close(fd)
    return heard


def remove(session: Path) -> None:
    """Take the FIFO of a session away: who copies the folder with ``cp`` would wait for somebody to write.

    Only our own; whoever has it open can go on to use it.
    """
    try:
        status = os.lstat(path(session))
        if stat.S_ISFIFO(status.st_mode) and status.st_uid == os.geteuid():
            os.unlink(path(session))
    except OSError:
        pass  # it is gone, or the disk cannot be written: nobody is worse off than before


class Sender:
    """The screen's end: frames go out at once, or wait here while the FIFO is full."""

    def __init__(self, session: Path) -> None:
        self._fd = open_fifo(session)
        self._waiting: deque[bytes] = deque()

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Send a request; never blocks, never raises."""
        self._waiting.extend(frames(kind, payload))
        self.flush()

    def flush(self) -> None:
        """Write what is waiting, as far as there is room."""
        try:
            while self._waiting and self._fd >= 0:
                os.write(self._fd, self._waiting[0])
                self._waiting.popleft()
        except BlockingIOError:
            pass
        except OSError:
            self._waiting.clear()

    def close(self) -> None:
        """Let go of the FIFO; what is in it is still read."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
