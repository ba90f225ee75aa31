"""Code objects in another process's memory: whose they are, what they are called, which line is where.

All that is read is doubted: an object must have the type it should have, lengths have bounds, and what is
remembered of an address is thrown away when the object there has other parts, or after a second.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from concviz.core.system.lines import line_at
from concviz.core.system.whose import Whose, whose

Read = Callable[[int, int], bytes]
"""(address, count) → exactly so many bytes; raises OSError where they cannot be read."""

_KEPT_NS = 1_000_000_000  # a freed code object's address may be another's, with parts at the same addresses
_MOST_CODES = 4096
_LONGEST_TEXT = 4096  # characters; what is longer is cut (no path is)
_LONGEST_TABLE = 1 << 20
_YIELDING = 0x3A0  # CO_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR (inspect)
_U64 = struct.Struct("<Q")
_U32 = struct.Struct("<I")


class Layout(NamedTuple):
    """Offsets that ``frame_probe.py`` finds; the types are told from where their module begins."""

    code_type: int
    text_type: int
    bytes_type: int
    none_type: int
    object_type: int
    filename: int
    name: int
    lines: int
    first_line: int
    flags: int
    instructions: int
    """Of the first instruction from the begin of its code object (3.11 and later)."""
    line_form: str
    text_length: int
    text_kind: int
    text_mask: int
    text_forms: list[tuple[int, int, int]]
    """(kind, bytes a character, offset of the first one)."""
    bytes_length: int
    bytes_data: int
    next: int
    previous: int
    current: list[int]
    """From a PyThreadState to its current frame: one or two hops."""
    code: int
    back: int
    instruction: int
    instruction_form: str
    """pointer (an address), units (of two bytes, from the code's begin) or bytes."""
    stdlib: str


class Implausible(Exception):
    """What lies there is not what should: it was read while it changed."""


class Code(NamedTuple):
    """What is known of a code object."""

    address: int
    parts: tuple[bytes, ...]
    since_ns: int
    file: str
    function: str
    first_line: int
    table: int
    whose: Whose
    yields: bool
    """It is a generator's or a coroutine's: its frame always has a caller while it runs."""
    lines: dict[int, int]
    """Instruction → line, as far as they were asked for."""


class Codes:
    """The code objects of one process."""

    def __init__(self, read: Read, base: int, layout: Layout) -> None:
        """See ``Layout``; ``base`` is where the module with the types begins."""
        self._read, self._layout = read, layout
        self._code_type = base + layout.code_type
        self._text_type = base + layout.text_type
        self._bytes_type = base + layout.bytes_type
        self._none_type = base + layout.none_type
        at = layout
        self._head = max(at.object_type, at.filename, at.name, at.lines, at.first_line, at.flags) + 8
        self._known: dict[int, Code] = {}

    def at(self, address: int, now_ns: int) -> Code | None:
        """The code object at an address; None where Python's None is, in the place of C code.

        Raises:
            Implausible: it is something else, or its parts are not what they should be.
            OSError: there is no such memory.
        """
        parts = self._parts(address)
        kind = _word(parts[0], 0)
        if kind != self._code_type:
            if kind != self._none_type:
                raise Implausible
            return None
        known = self._known.get(address)
        if known is None or known.parts != parts or now_ns - known.since_ns > _KEPT_NS:
            if len(self._known) >= _MOST_CODES:
                self._known.clear()
            known = self._known[address] = self._look(address, parts, now_ns)
        return known

    def line(self, code: Code, instruction: int) -> int:
        """The line of an instruction.

        Raises:
            Implausible: the code has no such instruction, or it has no line.
            OSError: there is no such memory.
        """
        line = code.lines.get(instruction, 0)
        if not line:
            table = self._bytes(code.table)
            self._check(code.address, code.parts)
            line = line_at(self._layout.line_form, table, code.first_line, instruction)
            if line <= 0:
                raise Implausible
            code.lines[instruction] = line
        return line

    def _parts(self, address: int) -> tuple[bytes, ...]:
        """What tells an object at this address from any other: its type, and what a code object refers to."""
        at, head = self._layout, self._read(address, self._head)
        words = tuple(head[place : place + 8] for place in (at.object_type, at.filename, at.name, at.lines))
        return (*words, head[at.first_line : at.first_line + 4], head[at.flags : at.flags + 4])

    def _look(self, address: int, parts: tuple[bytes, ...], now_ns: int) -> Code:
        file, function = (self._text(_word(part, 0)) for part in parts[1:3])
        self._check(address, parts)
        first_line, flags = (int(_U32.unpack(part)[0]) for part in parts[4:])
        kind, yields = whose(file, function, self._layout.stdlib), bool(flags & _YIELDING)
        return Code(address, parts, now_ns, file, function, first_line, _word(parts[3], 0), kind, yields, {})

    def _check(self, address: int, parts: tuple[bytes, ...]) -> None:
        """Is the code object still there, so that what it refers to was what was read?

        Raises:
            Implausible: it is not.
        """
        if self._parts(address) != parts:
            raise Implausible

    def _text(self, address: int) -> str:
        at, head = self._layout, self._read(address, 64)
        if _word(head, at.object_type) != self._text_type:
            raise Implausible
        length, kind = _word(head, at.text_length), _U32.unpack_from(head, at.text_kind)[0] & at.text_mask
        form = next((form for form in at.text_forms if form[0] == kind), None)
        if form is None or not length:
            raise Implausible
        _, width, begin = form
        data = self._read(address + begin, min(length, _LONGEST_TEXT) * width)
        encoding = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[width]
        try:
            return data.decode(encoding, "surrogatepass")
        except UnicodeDecodeError:
            raise Implausible from None

    def _bytes(self, address: int) -> bytes:
        at, head = self._layout, self._read(address, 32)
        length = _word(head, at.bytes_length)
        if _word(head, at.object_type) != self._bytes_type or length > _LONGEST_TABLE:
            raise Implausible
        return self._read(address + at.bytes_data, length)


def _word(data: bytes, at: int) -> int:
    return int(_U64.unpack_from(data, at)[0])
