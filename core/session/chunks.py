"""The layout of a packed session (``PACK.md``), stated once: head, chunks, and which files it may hold."""

from __future__ import annotations

import re
import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from concviz.core.agent import layout as L
from concviz.core.session import held
from concviz.core.system import layout as S

SUFFIX = ".cviz"
MAGIC = b"\x89CVIZ\r\n\n"  # no text, and not what a transfer that meddles with line ends leaves of it
VERSION = 1
HEAD = struct.Struct("<8sII")
"""Magic, version, checksum of both."""
SYNC = b"CvCh"
CHUNK = struct.Struct("<4sBBHQIIII")
"""Sync, codec, length of the name, 0, offset in the file, bytes there, bytes here, checksum of these,
checksum of all that before this one and of the name, which follows."""
LARGEST = 8 << 20
"""Bytes of a file in one chunk at most."""
RECORDS = 1 << 17
"""Records in one chunk: as many as are read at once."""
LONGEST_NAME = 80

FIRST = ("session.json", "end.json", "sizes.json")
"""What a list of sessions asks for."""
PLAIN = (*FIRST, "log.txt", held.NAME, S.NAMES_NAME, S.LOG_NAME, "output.log", "output.index")
LOG = re.compile(r"events/[0-9]{1,10}-[0-9]{1,10}-[0-9a-f]{1,16}\.(events|names)", re.ASCII)
_IN_PIECES = (S.LOG_NAME, "output.log")
"""Read in pieces, as event logs are; the other files are text, of which each line becomes an object."""


class Codec(IntEnum):
    """How a chunk's bytes are kept."""

    PLAIN = 0
    DEFLATED = 1
    EVENTS = 2
    SAMPLES = 3
    END = 4
    """No bytes: the pack is whole, and has as many chunks before this one as its offset says."""


class Chunk(NamedTuple):
    """What stands before a chunk's bytes."""

    codec: int
    name: str
    offset: int
    size: int
    length: int
    checksum: int
    at: int
    """Where its bytes begin in the pack."""

    @property
    def end(self) -> int:
        """Offset in the file behind it."""
        return self.offset + self.size


class Room:
    """How much the chunks of a pack may hold: a little, and so many times what the pack takes up to there.

    So a small pack can neither fill the memory nor take long to open. A record takes a byte or more, on the
    whole; of text, which is kept as an object for each line, a byte tells less. Real sessions hardly come
    near; where one does, the writer keeps some bytes as they are.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._held = {False: 0, True: 0}  # by whether it is text

    def takes(self, name: str, size: int, at: int) -> bool:
        """May a chunk that ends at byte ``at`` of the pack hold ``size`` bytes of the file ``name``?

        If so, they are counted.
        """
        text = not (name.endswith(".events") or name in _IN_PIECES)
        most = (4 << 20) + 8 * at if text else (16 << 20) + 40 * at
        if self._held[text] + size > most:
            return False
        self._held[text] += size
        return True


def allowed(name: str) -> bool:
    """May a session have a file of this name? Nothing else is ever read from a pack, or written from one."""
    return name in PLAIN or LOG.fullmatch(name) is not None


def head() -> bytes:
    """The first bytes of a pack."""
    begin = HEAD.pack(MAGIC, VERSION, 0)[:-4]
    return begin + struct.pack("<I", zlib.crc32(begin))


def version(head: bytes) -> int | None:
    """The version that the first bytes of a pack tell; None where they are damaged."""
    if len(head) < HEAD.size:
        return None
    _, found, checksum = HEAD.unpack(head)
    return int(found) if zlib.crc32(head[:-4]) == checksum else None


def header(codec: Codec, name: str, offset: int, size: int, data: bytes) -> bytes:
    """What stands before ``data``, which is ``size`` bytes of a file packed."""
    text = name.encode("ascii")
    begin = CHUNK.pack(SYNC, codec, len(text), 0, offset, size, len(data), zlib.crc32(data), 0)[:-4]
    return begin + struct.pack("<I", zlib.crc32(begin + text)) + text


def parsed(data: bytes, at: int) -> Chunk | None:
    """The header that ``data`` begins with, which stands at ``at`` in the pack; None where it is damaged."""
    if len(data) < CHUNK.size:
        return None
    sync, codec, named, _, offset, size, length, checksum, own = CHUNK.unpack_from(data)
    text = data[CHUNK.size : CHUNK.size + named]
    if sync != SYNC or zlib.crc32(data[: CHUNK.size - 4] + text) != own:
        return None
    if size > LARGEST or length > size or offset > 1 << 48 or named > LONGEST_NAME:
        return None
    name = text.decode("ascii", "replace")
    return Chunk(codec, name, offset, size, length, checksum, at + CHUNK.size + named)


def records_at(name: str) -> int | None:
    """Where the records of a file begin; None where it has none."""
    if name == S.LOG_NAME:
        return 0
    return L.RECORDS_AT if name.endswith(".events") else None
