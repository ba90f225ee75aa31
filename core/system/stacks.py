"""The stacks of another process's threads, read from outside while they run: where each one stands.

Nothing is stopped, so anything may change between two reads. A frame that was left a moment ago still tells
a true place; what must not happen is that parts of different moments make up a place that never was. Every
code object is checked, an instruction must lie in its code, and what a walk over several frames began and
ended with must still be there afterwards. What fails is dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Container
from typing import NamedTuple, Protocol

from concviz.core.system.code_objects import Code, Codes, Implausible, Layout
from concviz.core.system.frame_probe import TAGS
from concviz.core.system.whose import Whose

_MOST_FRAMES = 200
_MOST_THREADS = 4096
_AGAIN_NS = 20_000_000
_U64 = struct.Struct("<Q")
_I32 = struct.Struct("<i")


class Interpreter(Protocol):
    """What is needed of a process that was attached to; ``gil.Gil`` is one."""

    base: int
    """Where the module with its static data begins."""
    identity: int
    """Of a word in PyThreadState that tells its thread from any other."""

    def peek(self, address: int, count: int) -> bytes:
        """Exactly so many bytes of its memory, or an OSError."""
    def last_state(self) -> int:
        """Address of the PyThreadState that last held the GIL, 0 unknown."""
    def tid_of(self, state: int, tids: Container[int]) -> int:
        """The kernel's id of its thread, 0 where it is none of ``tids``."""


class Place(NamedTuple):
    """A line of a function."""

    file: str
    line: int
    function: str


class Standing(NamedTuple):
    """Where a thread stands."""

    place: Place
    """The innermost line of the user's own; where there is none, the outermost of a library's."""
    call: Place | None
    """The library function called there, with the line it begins at: a loop in it is one place."""
    library: bool
    """No frame of the user's own was found."""


class Stacks:
    """The threads of one process."""

    def __init__(self, interpreter: Interpreter, layout: Layout) -> None:
        """Read with ``layout`` what ``interpreter`` can see."""
        self._interpreter, self._layout = interpreter, layout
        self._codes = Codes(interpreter.peek, interpreter.base, layout)
        self._states: dict[int, tuple[int, bytes]] = {}  # tid → PyThreadState and its identity
        self._searched_ns = -_AGAIN_NS
        self._head = max(layout.current[0], interpreter.identity) + 8
        self._frame = max(layout.code, layout.back, layout.instruction) + 8

    def standing(self, tid: int, tids: Container[int], now_ns: int) -> Standing | None:
        """Where a thread stands; None where that cannot be told this time.

        Args:
            tid: the kernel's id. tids: of all threads that there are. now_ns: the monotonic clock.
        """
        try:
            current = self._current(tid, tids, now_ns)
            found = self._walk(current, now_ns) if current else None
            if found and found.library and self._current(tid, tids, now_ns) != current:
                return None
            return found
        except (OSError, Implausible, struct.error):
            return None

    def _current(self, tid: int, tids: Container[int], now_ns: int) -> int:
        """Address of a thread's current frame, 0 where it has none."""
        if tid not in self._states:
            if now_ns - self._searched_ns < _AGAIN_NS:
                return 0
            self._searched_ns = now_ns
            self._search(tids)
            if tid not in self._states:
                return 0
        state, identity = self._states[tid]
        head = self._interpreter.peek(state, self._head)
        if self._identity(head) != identity:
            del self._states[tid]
            return 0
        first, *more = self._layout.current
        address = _word(head, first)
        for offset in more:
            address = _word(self._interpreter.peek(address + offset, 8), 0) if address else 0
        return address

    def _search(self, tids: Container[int]) -> None:
        """Find the PyThreadStates: both ways from the one that last held the GIL."""
        self._states.clear()
        for link in (self._layout.next, self._layout.previous):
            address = self._interpreter.last_state()
            for _ in range(_MOST_THREADS):
                tid = self._interpreter.tid_of(address, tids) if address else 0
                if not tid:
                    break
                head = self._interpreter.peek(address, max(self._head, link + 8))
                self._states[tid] = (address, self._identity(head))
                address = _word(head, link)

    def _identity(self, head: bytes) -> bytes:
        return head[self._interpreter.identity : self._interpreter.identity + 8]

    def _walk(self, current: int, now_ns: int) -> Standing | None:
        """Outwards from the current frame to the nearest one of the user's own."""
        outermost: tuple[Code, int] | None = None  # of the library, with its instruction
        before: Code | None = None  # what that one called
        address, first = current, b""
        for _ in range(_MOST_FRAMES):
            frame = self._interpreter.peek(address, self._frame)
            first = first or frame
            reference = _word(frame, self._layout.code) & ~TAGS
            code = self._codes.at(reference, now_ns)
            if code is not None and code.whose is Whose.USER:
                place = self._place(code, self._instruction(frame, reference))
                if address != current:
                    self._still(current, first)
                    self._still(address, frame)
                return Standing(place, _beginning(outermost[0]) if outermost else None, False)
            if code is not None and code.whose is Whose.LIBRARY:
                before = outermost[0] if outermost else None
                outermost = (code, self._instruction(frame, reference))
            last, address = address, _word(frame, self._layout.back)
            if not address:
                break
        if address or outermost is None or (code is not None and code.yields):
            return None  # (a generator that has just yielded has no caller: that is not the whole stack)
        self._still(current, first)
        self._still(last, frame)
        return Standing(self._place(*outermost), _beginning(before) if before else None, True)

    def _instruction(self, frame: bytes, code: int) -> int:
        """How many bytes into its code a frame is."""
        at, form = self._layout.instruction, self._layout.instruction_form
        if form == "pointer":
            return _word(frame, at) - (code + self._layout.instructions)
        number = int(_I32.unpack_from(frame, at)[0])
        return number * 2 if form == "units" else number

    def _place(self, code: Code, instruction: int) -> Place:
        return Place(code.file, self._codes.line(code, instruction), code.function)

    def _still(self, address: int, before: bytes) -> None:
        """Is the same call still in the frame that was read?

        Raises:
            Implausible: it is not.
        """
        now = self._interpreter.peek(address, self._frame)
        for at in (self._layout.code, self._layout.back):
            if now[at : at + 8] != before[at : at + 8]:
                raise Implausible


def _beginning(code: Code) -> Place:
    return Place(code.file, code.first_line, code.function)


def _word(data: bytes, at: int) -> int:
    return int(_U64.unpack_from(data, at)[0])
