"""The wire between the gates in the program and the controller: lines of UTF-8, fields separated by tabs.

A field is escaped as in a names file; numbers are decimal. The first line of a connection says whose it is.

of a process (one connection, from its start to its end)
  hello VERSION pid interpreter stem python flags [NTH]  answered by ``mode N``; what cannot be stepped in it;
                                                   NTH: which of its parent's forks it is, 0: none
  flag FLAG                                        it has imported what cannot be stepped
  spawning · exec                                  it is about to start another process · to become one
  unborn                                           a thread or process that it was to start has not begun
of a worker (one connection per thread, from its first gate on; its end is the thread's)
  thread VERSION pid interpreter stem number tid
  at KIND OBJECT SITE DETAIL [SIZE] waits before an operation: answered by ``go``, or ``go SIZE``: a read that
                                    is to find so many bytes. Coming back from one it says how many it found.
                                    A select finds descriptors: bits, in the order in which they were given
  loop LOOP FLAGS ITEM…             waits before its event loop's next handle: answered by ``run LIST INDEX``,
                                    or ``run LIST INDEX SIZE``: a read that is to find so many bytes.
                                    Sent again, with LOOP_AGAIN among the flags, when the list has changed
                                    meanwhile; lists are counted from 1, a wait is answered once
  blocked OBJECT SITE [PASSES]      a lock was not free: answered by ``go``, which means: try again. PASSES 1:
                                    no step begins there (a library takes it), and nobody has to choose it
  leave KIND OBJECT SITE DETAIL     goes into a call that may block for real; comes back with ``at back``
  got OBJECT SITE · lost OBJECT     took a lock, there · gave it back entirely
  spawning                          it is about to start a process: answered by ``go`` as soon as those that
                                    it started before have said hello, for they are called by that order
  ended                             the thread is over
Any line that waits may be answered by ``free`` instead: the program is released, carry on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from concviz.core.session.names import unescaped
from concviz.core.text import clean

VERSION = 1
LOOP_FIXED = 1  # the order of this loop's handles cannot be changed
LOOP_AGAIN = 2  # the list of a loop that waits already has changed

GO = b"go\n"
FREE = b"free\n"

_LINE_LIMIT = 8 << 20
"""Bytes of one line; a loop with a hundred thousand ready handles needs less."""
_DIGITS = 20


class Hello(NamedTuple):
    """A process has begun, or has become another program."""

    pid: int
    interpreter: int
    stem: str
    """Name of its log in SESSION/events, without suffix."""
    python: str
    flags: tuple[str, ...]
    nth: int = 0
    """Which of its parent's forks it is, counted from 1; 0: none."""


class Thread(NamedTuple):
    """A thread has come to its first gate."""

    pid: int
    interpreter: int
    stem: str
    number: int
    """The thread's number in the log."""
    tid: int


class At(NamedTuple):
    """Waits before an operation."""

    kind: str
    object: int
    site: int
    detail: str
    size: int | None = None
    """Coming back: bytes that were read, or the bits of what a select found."""


class Leave(NamedTuple):
    """Goes into a call that may block for real."""

    kind: str
    object: int
    site: int
    detail: str


class Item(NamedTuple):
    """One ready handle of an event loop."""

    at: int
    """Its index in the list."""
    kind: str
    """``t`` a task's step, ``c`` a callback, ``m`` a timer."""
    task: int
    since_ns: int
    text: str
    size: int | None = None
    """Bytes that are there to be read, where it is a read; 0: the end."""


class Loop(NamedTuple):
    """An event loop waits before its next handle."""

    loop: int
    flags: int
    items: tuple[Item, ...]


class Blocked(NamedTuple):
    """A lock was not free."""

    object: int
    site: int
    passes: bool = False


class Got(NamedTuple):
    """Took a lock."""

    object: int
    site: int


class Lost(NamedTuple):
    """Gave a lock back."""

    object: int


class Ended(NamedTuple):
    """The thread is over."""


class Flag(NamedTuple):
    """The process has imported something that cannot be stepped."""

    flag: str


class Spawning(NamedTuple):
    """The process is about to start another one."""


class Unborn(NamedTuple):
    """A thread or a process that was about to be started did not begin."""


class Exec(NamedTuple):
    """The process is about to become another program."""


Message = (
    Hello | Thread | At | Leave | Loop | Blocked | Got | Lost | Ended | Flag | Spawning | Unborn | Exec
)


def go(size: int | None = None) -> bytes:
    """The answer to one who waits; ``size``: what the read or select before which it waits is to find."""
    return GO if size is None else b"go\t%d\n" % size


def run(number: int, index: int, size: int | None = None) -> bytes:
    """The answer to a loop: run the handle at ``index`` of its list ``number``; ``size`` as in ``go``."""
    return b"run\t%d\t%d%s\n" % (number, index, b"" if size is None else b"\t%d" % size)


def mode(granularity: int) -> bytes:
    """The answer to ``hello``."""
    return b"mode\t%d\n" % granularity


def parse(line: bytes) -> Message | None:
    """What a line says; None where it cannot be understood. Text in it has been made harmless."""
    word, *fields = line.decode("utf-8", "replace").split("\t")
    try:
        return _parsed(word, fields)
    except (ValueError, IndexError):
        return None


def _parsed(word: str, fields: list[str]) -> Message | None:
    match word:
        case "at":
            return At(clean(fields[0], 40), *_numbers(fields[1:3]), _text(fields, 3), _size(fields, 4))
        case "loop":
            return Loop(*_numbers(fields[:2]), tuple(_item(field) for field in fields[2:] if field))
        case "leave":
            return Leave(clean(fields[0], 40), *_numbers(fields[1:3]), _text(fields, 3))
        case "blocked":
            return Blocked(*_numbers(fields[:2]), fields[2:3] == ["1"])
        case "got":
            return Got(*_numbers(fields[:2]))
        case "lost":
            return Lost(_number(fields[0]))
        case "flag":
            return Flag(clean(fields[0], 40))
        case "thread" if _number(fields[0]) == VERSION:
            return Thread(*_numbers(fields[1:3]), unescaped(fields[3]), *_numbers(fields[4:6]))
        case "hello" if _number(fields[0]) == VERSION:
            flags = tuple(flag for flag in _text(fields, 5).split(",") if flag)
            stem, python = unescaped(fields[3]), _text(fields, 4)
            return Hello(*_numbers(fields[1:3]), stem, python, flags, _size(fields, 6) or 0)
    return _PLAIN.get(word)


_PLAIN: dict[str, Message] = {
    "ended": Ended(), "spawning": Spawning(), "unborn": Unborn(), "exec": Exec(),
}


def _item(field: str) -> Item:
    index, kind, task, since_ns, size, text = unescaped(field).split(":", 5)
    if kind not in ("t", "c", "m"):
        raise ValueError(kind)
    return Item(_number(index), kind, _number(task), _number(since_ns), clean(text),
                _number(size) if size else None)


def _text(fields: list[str], at: int) -> str:
    return clean(unescaped(fields[at])) if at < len(fields) else ""


def _size(fields: list[str], at: int) -> int | None:
    return _number(fields[at]) if at < len(fields) else None


def _numbers(fields: list[str]) -> tuple[int, int]:
    first, second = fields
    return _number(first), _number(second)


def _number(field: str) -> int:
    if not (field.isascii() and field.isdecimal() and len(field) <= _DIGITS):
        raise ValueError(field)
    return int(field)


class Lines:
    """Cuts what arrives on one connection into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that ``data`` completes, without their ends.

        Raises:
            ValueError: a line has no end; nobody who speaks this language sends such a thing.
        """
        self._rest += data
        if b"\n" in data:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
            yield from lines
        if len(self._rest) > _LINE_LIMIT:
            raise ValueError("a line without an end")
