"""Reading a packed session in place: its files as if they lay in a folder. No byte of it is trusted."""

from __future__ import annotations

import os
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from concviz.core.session import chunks, columns
from concviz.core.session.chunks import Chunk, Codec
from concviz.core.session.files import Files, Folder, pread
from concviz.core.session.folder import SessionError
from concviz.core.text import clean

_LOOK = 1 << 20
_KEPT = 24 << 20
"""Bytes of chunks that stay unpacked: a log is read in pieces."""
_FEW = 3
"""Files that are named at most."""
_GAPS = 1 << 30
"""Bytes that may be missing between the chunks of all files together."""


def is_pack(path: Path) -> bool:
    """Does a file begin as a packed session does?"""
    return os.path.isfile(path) and pread(path, len(chunks.MAGIC), 0) == chunks.MAGIC


def opened(path: Path) -> Files:
    """The files of a session, packed or not.

    Raises:
        SessionError: a pack of a newer concviz.
    """
    return Pack(path) if is_pack(path) else Folder(path)


def facts(path: Path) -> dict[str, bytes]:
    """The files that tell what was run and how it ended, and no others; none where it is no pack."""
    if not is_pack(path):
        return {}
    try:
        pack = Pack(path, facts_only=True)
    except SessionError:
        return {}
    return {name: pack.read(Path(name), _LOOK, 0) for name in pack.names}


class Pack:
    """A packed session. What is damaged in it reads as zeros, and ``notes`` tells."""

    growing = False

    def __init__(self, path: Path, *, facts_only: bool = False) -> None:
        """Find what is in the file ``path``, which begins with the magic.

        Args:
            facts_only: only the first files, that tell what was run and how it ended.

        Raises:
            SessionError: it was written by a newer concviz.
        """
        self.path, self.root = path, Path()
        self._files: dict[str, list[Chunk]] = {}
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._checked: set[int] = set()  # chunks whose bytes are right, by where they stand
        self._unreadable: set[int] = set()
        self._strange = self._count = self._gaps = self._skipped = 0
        self._whole, self._room = False, chunks.Room()
        self._read_head()
        for chunk in self._scan(chunks.HEAD.size):
            if facts_only and chunk.name not in chunks.FIRST:
                break
            self._take(chunk)

    @property
    def names(self) -> list[str]:
        """The files in it."""
        return list(self._files)

    def events(self) -> list[str]:
        """See ``Files``."""
        return [name.partition("/")[2] for name in self._files if "/" in name]

    def size(self, file: Path) -> int | None:
        """See ``Files``."""
        found = self._files.get(file.as_posix())
        return found[-1].end if found else None

    def read(self, file: Path, count: int, offset: int) -> bytes:
        """See ``Files``."""
        found = self._files.get(file.as_posix(), [])
        parts: list[bytes] = []
        stop = min(offset + count, found[-1].end) if found else 0
        at = max(offset, 0)
        i = max(bisect_right(found, at, key=lambda chunk: chunk.offset) - 1, 0)
        while at < stop:
            chunk = found[i]
            if at >= chunk.end:
                i += 1
                continue
            if at < chunk.offset:  # what was between is lost
                parts.append(bytes(min(chunk.offset, stop) - at))
            else:
                parts.append(self._unpacked(chunk)[at - chunk.offset : stop - chunk.offset])
            at += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def sound(self) -> bool:
        """See ``Files``."""
        for chunk in (chunk for found in self._files.values() for chunk in found):
            if chunk.at not in self._checked:
                try:
                    self._bytes(chunk)
                except columns.Damaged:
                    self._unreadable.add(chunk.at)
        return self._whole and not self._unreadable

    def notes(self) -> list[str]:
        """See ``Files``."""
        name, notes = clean(self.path.name), []
        if not self._whole:
            notes.append(f"{name} is cut short or damaged: what can be read of it is shown")
        if self._unreadable:
            parts = len(self._unreadable)
            of = [file for file, found in self._files.items() if self._unreadable & {c.at for c in found}]
            of[_FEW:] = ["…"] if of[_FEW:] else []
            where = f", of {', '.join(of)}" if of else ""
            notes.append(f"{name}: {parts} part{'s are' if parts > 1 else ' is'} damaged and left out{where}")
        if self._strange:
            notes.append(f"{name}: it holds files that are none of a session: they are left out")
        return notes

    def _read_head(self) -> None:
        version = chunks.version(pread(self.path, chunks.HEAD.size, 0))
        if version is not None and version > chunks.VERSION:
            raise SessionError(
                f"{clean(self.path, 500)} was packed by a newer concviz "
                f"(version {version}; this one reads up to {chunks.VERSION})"
            )
        self._skipped += version is None

    def _scan(self, at: int) -> Iterator[Chunk]:
        """The chunks in their order; where a header is damaged the next one is looked for."""
        while data := pread(self.path, chunks.CHUNK.size + chunks.LONGEST_NAME, at):
            chunk = chunks.parsed(data, at)
            if chunk is not None:
                yield chunk
                at = chunk.at + chunk.length
            else:
                self._skipped += 1
                at = self._next_sync(at + 1)

    def _next_sync(self, at: int) -> int:
        """Where the next header may begin; the end of the file where there is none."""
        while len(data := pread(self.path, _LOOK, at)) >= len(chunks.SYNC):
            found = data.find(chunks.SYNC)
            if found >= 0:
                return at + found
            at += len(data) - len(chunks.SYNC) + 1  # at the end may stand the beginning of one
        return at + len(data)

    def _take(self, chunk: Chunk) -> None:
        if chunk.codec == Codec.END:
            self._whole = chunk.offset == self._count and not self._skipped
            return
        self._count += 1
        if not chunks.allowed(chunk.name):
            self._strange += 1
            return
        found = self._files.setdefault(chunk.name, [])
        gap = chunk.offset - (found[-1].end if found else 0)
        room = self._room.takes(chunk.name, chunk.size, chunk.at + chunk.length)
        if gap < 0 or self._gaps + gap > _GAPS or not room:
            self._unreadable.add(chunk.at)
            return
        self._gaps += gap
        found.append(chunk)

    def _unpacked(self, chunk: Chunk) -> bytes:
        data = self._kept.get(chunk.at)
        if data is not None:
            self._kept.move_to_end(chunk.at)
            return data
        try:
            data = self._decode(chunk)
        except columns.Damaged:
            self._unreadable.add(chunk.at)
            data = bytes(chunk.size)
        self._kept[chunk.at] = data
        while sum(map(len, self._kept.values())) > _KEPT and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return data

    def _bytes(self, chunk: Chunk) -> bytes:
        data = pread(self.path, chunk.length, chunk.at)
        if len(data) != chunk.length or zlib.crc32(data) != chunk.checksum:
            raise columns.Damaged("the checksum is wrong")
        self._checked.add(chunk.at)
        return data

    def _decode(self, chunk: Chunk) -> bytes:
        data = self._bytes(chunk)
        if chunk.codec == Codec.PLAIN and chunk.length == chunk.size:
            return data
        if chunk.codec == Codec.DEFLATED:
            return columns.inflated(data, chunk.size)
        if chunk.codec in (Codec.EVENTS, Codec.SAMPLES):
            return columns.unpacked(data, chunk.size, chunk.offset, samples=chunk.codec == Codec.SAMPLES)
        raise columns.Damaged("packed in an unknown way")

