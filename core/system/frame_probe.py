"""Runs in another interpreter, for ``probe.py``: where that executable keeps the frames of its threads.

Like the GIL's words, the offsets are found by looking: for each fact about its own threads, frames, code
objects and texts that Python tells (``id`` is an address), the places in memory that say the same. What does
not hold for several of them is not believed. Only what cannot be seen is taken from CPython's sources: the
form of line tables (``Objects/locations.md``, ``Objects/lnotab_notes.txt``) by the attributes code objects
have, and that references to objects may be tagged in their lowest bits.

Standard library alone, and written for any Python that can be told apart from the ones that are supported.
"""

from __future__ import annotations

import os
import struct
import sys
from _thread import allocate_lock, start_new_thread
from types import CodeType, FrameType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = 7  # objects are aligned to 16 bytes; the lowest bits of a reference may be used for something else
_STATE_BYTES = 1024
_FRAME_BYTES = 160
_OBJECT_BYTES = 256
_HOPS = 64  # words of a PyThreadState that may lead to its current frame


class Unseen(Exception):
    """The frames cannot be found; the text says why, in one line."""


def find(mem: int, gil: int, base: int, limit: int) -> dict[str, object]:
    """All that is needed to read frames from outside: the fields of ``code_objects.Layout``.

    Args:
        mem: descriptor of ``/proc/self/mem``. gil: address of the GIL's words.
        base: where the module with the GIL begins, and ``limit`` where its mappings end.

    Raises:
        Unseen: something is not where it can be told.
        OSError: memory cannot be read.
    """
    types = {
        "code_type": id(CodeType), "text_type": id(str), "bytes_type": id(bytes), "none_type": id(type(None)),
    }
    if not all(base <= address < limit for address in types.values()):
        raise Unseen("its types are in another module than its GIL")
    found: dict[str, object] = {name: address - base for name, address in types.items()}
    found.update(_code_layout(mem))
    found.update(_text_layout(mem))
    found.update(_bytes_layout(mem))
    found.update(_threads_layout(mem, gil))
    found["stdlib"] = os.path.dirname(os.path.abspath(os.__file__))
    return found


def _words(mem: int, address: int, count: int) -> tuple[int, ...]:
    """The words at an address, as many as can be read."""
    try:
        data = os.pread(mem, count * 8, address)
    except (OSError, OverflowError):
        return ()
    return struct.unpack_from(f"<{len(data) // 8}Q", data)


def _places(words: tuple[int, ...], value: int) -> set[int]:
    """Offsets of the words with this value."""
    return {i * 8 for i, word in enumerate(words) if word == value}


def _halves(mem: int, address: int, count: int, value: int) -> set[int]:
    """Offsets of the 32-bit words with this value."""
    data = os.pread(mem, count, address)
    return {i for i in range(0, len(data) - 3, 4) if struct.unpack_from("<I", data, i)[0] == value}


def _only(what: str, places: list[set[int]]) -> int:
    """The first offset that is right every time."""
    common = set.intersection(*places) if places else set()
    if not common:
        raise Unseen(f"unknown layout: {what} was not found")
    return min(common)


def _several(*_values: int, **_named: int) -> None:
    """Its code has flags of its own, as that of the next two; none of them is called."""


def _some() -> Iterator[int]:
    yield 1


async def _later() -> None:
    pass


def _code_layout(mem: int) -> dict[str, object]:
    codes = [function.__code__ for function in (find, _words, _text_layout, _threads_layout)]
    lines = "co_linetable" if hasattr(codes[0], "co_linetable") else "co_lnotab"
    name = "co_qualname" if hasattr(codes[0], "co_qualname") else "co_name"
    found: dict[str, object] = {
        what: _only(attribute, [
            _places(_words(mem, id(code), _OBJECT_BYTES // 8), id(getattr(code, attribute))) for code in codes
        ])
        for what, attribute in (("filename", "co_filename"), ("name", name), ("lines", lines))
    }
    found["first_line"] = _only("co_firstlineno", [
        _halves(mem, id(code), _OBJECT_BYTES, code.co_firstlineno) for code in codes
    ])
    flags = [function.__code__ for function in (find, _some, _several, _later)]
    found["flags"] = _only("co_flags", [_halves(mem, id(c), _OBJECT_BYTES, c.co_flags) for c in flags])
    found["object_type"] = _only("ob_type", [_places(_words(mem, id(c), 4), id(CodeType)) for c in codes])
    found["instructions"] = CodeType.__basicsize__
    by_form = (("locations", "co_positions"), ("line deltas", "co_lines"), ("lnotab", "co_lnotab"))
    found["line_form"] = next(form for form, attribute in by_form if hasattr(codes[0], attribute))
    return found


def _text_layout(mem: int) -> dict[str, object]:
    """Where a str keeps its length, what kind it is of (so many bytes a character) and its characters."""
    letters = {"ascii": "a", "latin": "\xe9", "two": "\u20ac", "four": "\U0001f40d"}
    kinds = {kind: [(c * n)[:] + "x" for n in (37, 53, 71)] for kind, c in letters.items()}
    samples = [text for texts in kinds.values() for text in texts]
    length = _only("the length of a str", [_places(_words(mem, id(s), 8), len(s)) for s in samples])
    for texts in kinds.values():
        sys.intern(texts[0])  # whether it is interned is no part of its kind
    heads = {kind: [os.pread(mem, 64, id(text)) for text in texts] for kind, texts in kinds.items()}
    for at in range(length + 8, 64, 4):
        values = {k: [struct.unpack_from("<I", head, at)[0] for head in some] for k, some in heads.items()}
        mask = _telling(list(values.values()))
        if mask:
            break
    else:
        raise Unseen("unknown layout: the kind of a str was not found")
    widths = dict(zip(kinds, (1, 1, 2, 4)))
    encodings = dict(zip(kinds, ("ascii", "latin-1", "utf-16-le", "utf-32-le")))
    forms = []
    for kind, texts in kinds.items():
        begins = {os.pread(mem, 512, id(text)).find(text.encode(encodings[kind])) for text in texts}
        if len(begins) != 1 or min(begins) < 0:
            raise Unseen("unknown layout: the characters of a str were not found")
        forms.append([values[kind][0] & mask, widths[kind], begins.pop()])
    return {"text_length": length, "text_kind": at, "text_mask": mask, "text_forms": forms}


def _telling(groups: list[list[int]]) -> int:
    """The bits that are the same within each group and tell all groups apart, 0 where there are none.

    They lie close together; others may be padding, in which anything can be.
    """
    changing = 0
    for values in groups:
        for value in values:
            changing |= value ^ values[0]
    differing = 0
    for values in groups:
        differing |= values[0] ^ groups[0][0]
    for shift in range(25):
        mask = differing & ~changing & 0xFF << shift
        if len({values[0] & mask for values in groups}) == len(groups):
            return mask
    return 0


def _bytes_layout(mem: int) -> dict[str, object]:
    samples = [os.urandom(n) for n in (37, 53, 71)]
    length = _only("the length of a bytes", [_places(_words(mem, id(s), 8), len(s)) for s in samples])
    data = {os.pread(mem, 256, id(sample)).find(sample) for sample in samples}
    if len(data) != 1 or min(data) < 0:
        raise Unseen("unknown layout: the contents of a bytes were not found")
    return {"bytes_length": length, "bytes_data": data.pop()}


class _Looker:
    """What one thread sees of itself, three calls deep."""

    def __init__(self, mem: int, gil: int) -> None:
        self.mem, self.gil = mem, gil
        self.state = 0
        self.currents: set[tuple[int, ...]] = set()
        self.codes: list[set[int]] = []
        self.backs: list[set[int]] = []
        self.instructions: dict[str, list[set[int]]] = {"pointer": [], "units": [], "bytes": []}

    def look(self, depth: int = 3) -> int:
        """Look from a frame whose callers wait at different instructions; returns how deep that was."""
        if depth == 3:
            return 1 + self.look(depth - 1)
        if depth == 2:
            below = [self.look(depth - 1), depth, self.gil]
            return below[0] + 1
        self.see_chain(sys._getframe())
        # the reads below must be made by this very frame: it is the current one then
        mine = self.frame_address(sys._getframe())
        self.state = struct.unpack("<Q", os.pread(self.mem, 8, self.gil + 8))[0]
        words = struct.unpack(f"<{_STATE_BYTES // 8}Q", os.pread(self.mem, _STATE_BYTES, self.state))
        for i, word in enumerate(words):
            if word == mine:
                self.currents.add((i * 8,))
            elif 0 < i < _HOPS and word > 4096:
                try:
                    there = os.pread(self.mem, 32, word)
                except (OSError, OverflowError):
                    continue
                for at in range(0, len(there) - 7, 8):
                    if struct.unpack_from("<Q", there, at)[0] == mine:
                        self.currents.add((i * 8, at))
        return 1

    def see_chain(self, frame: FrameType) -> None:
        """Where frames keep their code and their caller, and waiting ones their instruction."""
        waiting = False
        for _ in range(3):
            code, caller = frame.f_code, frame.f_back
            assert caller is not None
            address = self.frame_address(frame)
            words = _words(self.mem, address, _FRAME_BYTES // 8)
            self.codes.append({i * 8 for i, word in enumerate(words) if word & ~TAGS == id(code)})
            self.backs.append(_places(words, self.frame_address(caller)))
            if waiting:
                self.see_instruction(address, words, code, frame.f_lasti)
            frame, waiting = caller, True

    def see_instruction(self, address: int, words: tuple[int, ...], code: CodeType, lasti: int) -> None:
        """Where a frame keeps its instruction, as an address or as a number."""
        begin = id(code) + CodeType.__basicsize__
        self.instructions["pointer"].append(_places(words, begin + lasti))
        self.instructions["units"].append(_halves(self.mem, address, _FRAME_BYTES, lasti // 2))
        self.instructions["bytes"].append(_halves(self.mem, address, _FRAME_BYTES, lasti))

    def frame_address(self, frame: FrameType) -> int:
        """Address of what the interpreter calls the frame: before 3.11 the object itself, since then a
        structure that the object points to (PEP 659's frames are made without an object)."""
        code = frame.f_code
        if not hasattr(code, "co_positions"):
            return id(frame)
        for address in _words(self.mem, id(frame) + 16, 4):
            if any(word & ~TAGS == id(code) for word in _words(self.mem, address, _FRAME_BYTES // 8)):
                return address
        raise Unseen("unknown layout: the frame of a frame object was not found")


def _threads_layout(mem: int, gil: int) -> dict[str, object]:
    """The way from one thread to the next, and from a thread to its frames."""
    lookers = [_Looker(mem, gil) for _ in range(3)]
    seen, over = allocate_lock(), allocate_lock()
    over.acquire()
    problems: list[Exception] = []

    def live(looker: _Looker) -> None:
        try:
            looker.look()
        except (OSError, Unseen, struct.error) as problem:
            problems.append(problem)
        seen.release()
        with over:
            pass

    live_here = lookers[0]
    live_here.look()
    for looker in lookers[1:]:
        seen.acquire()
        start_new_thread(live, (looker,))
    seen.acquire()
    states = [_words(mem, looker.state, _STATE_BYTES // 8) for looker in lookers]
    over.release()
    if problems:
        raise Unseen(str(problems[0]))
    pairs = [(0, 1), (1, 2)]
    nexts = [_places(states[b], lookers[a].state) for a, b in pairs]
    previous = [_places(states[a], lookers[b].state) for a, b in pairs]
    return {
        "next": _only("the next thread", nexts), "previous": _only("the thread before", previous),
        **_frame_layout(lookers),
    }


def _frame_layout(lookers: list[_Looker]) -> dict[str, object]:
    currents = set.intersection(*(looker.currents for looker in lookers))
    if not currents:
        raise Unseen("unknown layout: the current frame was not found")
    found: dict[str, object] = {
        "current": list(min((len(path), path) for path in currents)[1]),
        "code": _only("the code of a frame", [places for looker in lookers for places in looker.codes]),
        "back": _only("the caller of a frame", [places for looker in lookers for places in looker.backs]),
    }
    for form in ("pointer", "units", "bytes"):
        try:
            every = [places for looker in lookers for places in looker.instructions[form]]
            return {**found, "instruction": _only(form, every), "instruction_form": form}
        except Unseen:
            continue
    raise Unseen("unknown layout: the instruction of a frame was not found")
