"""The texts and sites of one log: its ``.names`` file, read as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from concviz.core.agent.layout import SITE_LIBRARY, TEXT_LIMIT
from concviz.core.model import Site, Turn
from concviz.core.session.files import Reader, pread
from concviz.core.text import clean

_PIECE = 1 << 20
_LINE_LIMIT = 64 * 1024
"""Bytes of one line; a longer one is damage."""
_SIGNALS = ("Condition.wait", "Event.wait", "Barrier.wait", "Condition.wait_for")
_SEMAPHORES = ("Semaphore.", "BoundedSemaphore.", "CapacityLimiter.")
_EITHER = ("_ContextManagerMixin.__aenter__", "SemLock.__enter__", "SemLock.acquire")
"""What asyncio's and multiprocessing's locks and semaphores share: it does not tell which one it was."""
_ESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


class Place(NamedTuple):
    """A site as it is written: numbers of texts, and the site of the call made there (0 none)."""

    file: str
    line: int
    function: str
    call: int
    library: bool


class Names:
    """What a names file has told so far. Damaged lines are counted and skipped."""

    def __init__(self, path: Path, read: Reader = pread) -> None:
        """Read ``path`` from its beginning; it may not exist yet."""
        self._path, self._read = path, read
        self._at = 0
        self._rest = b""
        self._texts: dict[int, str] = {}
        self._places: dict[int, Place] = {}
        self.facts: dict[str, tuple[str, ...]] = {}
        self.damaged = 0

    def advance(self) -> bool:
        """Read what was appended since; True if anything was."""
        before = self._at
        while data := self._read(self._path, _PIECE, self._at):
            self._at += len(data)
            self._take(data)
        return self._at != before

    def text(self, number: int) -> str:
        """A text, sanitised; '' where it is not known."""
        return self._texts.get(number, "")

    def site(self, number: int) -> Site | None:
        """A site; None where it is not known."""
        place = self._places.get(number)
        if place is None:
            return None
        call = self._places.get(place.call)
        if call is None:
            return Site(place.file, place.line, place.function)
        turn = _turn(self.chain(place.call))
        return Site(place.file, place.line, place.function, call.function, call.file, call.line, turn)

    def chain(self, number: int) -> list[Place]:
        """A site and the calls below it, outermost first."""
        found: list[Place] = []
        while (place := self._places.get(number)) is not None and len(found) < 8:
            found.append(place)
            number = place.call
        return found

    def _take(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:_LINE_LIMIT]
        for line in lines:
            try:
                self._line(line[:_LINE_LIMIT].decode("utf-8", "replace").split("\t"))
            except (ValueError, IndexError):
                self.damaged += 1

    def _line(self, fields: list[str]) -> None:
        what = fields[0]
        if what == "T":
            self._texts[int(fields[1])] = clean(unescaped(fields[2]), TEXT_LIMIT)
        elif what == "S":
            number, file, line, function, call, flags = (int(f) for f in fields[1:7])
            self._places[number] = Place(
                self.text(file), line, self.text(function), call, bool(flags & SITE_LIBRARY)
            )
        elif what == "M":
            self.facts[clean(fields[1], 40)] = tuple(
                clean(unescaped(f), TEXT_LIMIT) for f in fields[2:1000]
            )
        else:
            raise ValueError(what)


def _turn(calls: Sequence[Place]) -> Turn:
    """What a library's call makes wait for, told by the outermost function that tells."""
    for function in (place.function for place in calls):
        if function in _SIGNALS:
            return Turn.SIGNAL
        if function.startswith(_SEMAPHORES):
            return Turn.SEMAPHORE
        if function in _EITHER:
            return Turn.EITHER
    return Turn.LOCK


def unescaped(field: str) -> str:
    """A field of a names file, or of the wire to the gates, as it was before it was escaped."""
    if "\\" not in field:
        return field
    head, *parts = field.split("\\")
    out = [head]
    pending = iter(parts)
    for part in pending:
        if part:
            out.append(_ESCAPES.get(part[0], "\\" + part[0]) + part[1:])
        else:  # an escaped backslash: what follows is plain
            out.append("\\" + next(pending, ""))
    return "".join(out)
