"""Stacks read from a memory that is made by hand: what is true is told, what is doubtful is not."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container

import pytest

from concviz.core.system.code_objects import Layout
from concviz.core.system.stacks import Place, Stacks, Standing

BASE, CODE_TYPE, TEXT_TYPE, BYTES_TYPE, NONE_TYPE = 0x10000, 0x100, 0x200, 0x300, 0x400
LAYOUT = Layout(
    code_type=CODE_TYPE, text_type=TEXT_TYPE, bytes_type=BYTES_TYPE, none_type=NONE_TYPE, object_type=8,
    filename=112, name=120, lines=136, first_line=68, flags=48, instructions=200, line_form="locations",
    text_length=16, text_kind=32, text_mask=0x5C,
    text_forms=[(0x44, 1, 40), (0x04, 1, 56), (0x08, 2, 56), (0x10, 4, 56)],
    bytes_length=16, bytes_data=32, next=8, previous=0, current=[72], code=0, back=8, instruction=56,
    instruction_form="pointer", stdlib="/py/lib",
)
TID, SECOND = 71, 72
ONE_LINE_EACH = bytes([0x80 | 11 << 3, 0, 0] * 8)  # eight instructions, each one line further


class Memory:
    """A process whose memory is written by the test; an ``Interpreter``."""

    base, identity = BASE, 152

    def __init__(self) -> None:
        self.data = bytearray(1 << 20)
        self.free = 0x20000
        self.states: dict[int, int] = {}
        self.last = 0
        self.reads = 0
        self.after: dict[int, Callable[[], None]] = {}  # number of a read → what somebody does after it

    def peek(self, address: int, count: int) -> bytes:
        if not 0x10000 <= address <= len(self.data) - count:
            raise OSError
        data = bytes(self.data[address : address + count])
        self.reads += 1
        if self.reads in self.after:
            self.after[self.reads]()
        return data

    def last_state(self) -> int:
        return self.last

    def tid_of(self, state: int, tids: Container[int]) -> int:
        tid = self.states.get(state, 0)
        return tid if tid in tids else 0

    def take(self, count: int) -> int:
        self.free += 512 + (count + 15) // 16 * 16
        return self.free - count // 16 * 16 - 512

    def word(self, address: int, value: int) -> None:
        struct.pack_into("<Q", self.data, address, value)

    def text(self, value: str) -> int:
        widest = max(map(ord, value))
        kind, at, encoding = next(
            form for limit, form in (
                (0x7F, (0x44, 40, "ascii")), (0xFF, (0x04, 56, "latin-1")),
                (0xFFFF, (0x08, 56, "utf-16-le")), (0x10FFFF, (0x10, 56, "utf-32-le")),
            ) if widest <= limit
        )
        data = value.encode(encoding, "surrogatepass")
        address = self.take(at + len(data))
        self.word(address + 8, BASE + TEXT_TYPE)
        self.word(address + 16, len(value))
        self.word(address + 32, kind | 0xA3)  # and bits that say nothing about the kind
        self.data[address + at : address + at + len(data)] = data
        return address

    def code(self, file: str, function: str, first_line: int = 10, *, flags: int = 3) -> int:
        table = ONE_LINE_EACH
        address, lines = self.take(300), self.take(32 + len(table))
        struct.pack_into("<I", self.data, address + 48, flags)
        self.word(lines + 8, BASE + BYTES_TYPE)
        self.word(lines + 16, len(table))
        self.data[lines + 32 : lines + 32 + len(table)] = table
        self.word(address + 8, BASE + CODE_TYPE)
        self.word(address + 112, self.text(file))
        self.word(address + 120, self.text(function))
        self.word(address + 136, lines)
        struct.pack_into("<I", self.data, address + 68, first_line)
        return address

    def frame(self, code: int, instruction: int = 0, back: int = 0, tag: int = 0) -> int:
        address = self.take(96)
        self.word(address, code | tag)
        self.word(address + 8, back)
        self.word(address + 56, code + 200 + instruction * 2)
        return address

    def thread(self, tid: int, frame: int) -> int:
        state = self.take(200)
        self.states[state], self.last = tid, self.last or state
        self.word(state + 72, frame)
        self.word(state + 152, 0x7000 + tid)
        return state


@pytest.fixture
def memory() -> Memory:
    return Memory()


def standing(memory: Memory, tid: int = TID, layout: Layout = LAYOUT) -> Standing | None:
    return Stacks(memory, layout).standing(tid, {TID, SECOND}, 0)


def at(line: int, function: str = "crunch", file: str = "/app.py") -> Standing:
    return Standing(Place(file, line, function), None, False)


def test_the_innermost_line(memory: Memory) -> None:
    outer = memory.frame(memory.code("/app.py", "main", 50), 2)
    memory.thread(TID, memory.frame(memory.code("/app.py", "crunch"), 3, outer))
    assert standing(memory) == at(14)


def test_references_may_be_tagged(memory: Memory) -> None:
    memory.thread(TID, memory.frame(memory.code("/app.py", "crunch"), 3, tag=1))
    assert standing(memory) == at(14)


def test_the_user_s_line_and_the_call_it_made(memory: Memory) -> None:
    user = memory.frame(memory.code("/app.py", "main"), 1)
    dumps = memory.frame(memory.code("/py/lib/json/__init__.py", "dumps", 183), 4, user)
    memory.thread(TID, memory.frame(memory.code("/py/lib/json/encoder.py", "encode", 200), 2, dumps))
    assert standing(memory) == Standing(
        Place("/app.py", 12, "main"), Place("/py/lib/json/__init__.py", 183, "dumps"), False
    )


def test_a_library_alone(memory: Memory) -> None:
    begin = memory.frame(memory.code("/py/lib/threading.py", "Thread._bootstrap", 900), 1)
    worker = memory.frame(memory.code("/py/lib/concurrent/futures/thread.py", "_worker", 60), 2, begin)
    memory.thread(TID, memory.frame(memory.code("/py/lib/queue.py", "Queue.get", 150), 2, worker))
    assert standing(memory) == Standing(
        Place("/py/lib/concurrent/futures/thread.py", 63, "_worker"),
        Place("/py/lib/queue.py", 150, "Queue.get"), True,
    )


def test_what_is_no_code_is_passed_over(memory: Memory) -> None:
    """C code that calls Python leaves a frame whose executable is None."""
    none = memory.take(300)
    memory.word(none + 8, BASE + NONE_TYPE)
    user = memory.frame(memory.code("/app.py", "main"), 1)
    memory.thread(TID, memory.frame(none, 0, user))
    assert standing(memory) == at(12, "main")


@pytest.mark.parametrize("name", ["gr\xfc\xdfe", "\u20acuro", "\U0001f40d.run", "half \ud800", "a\x1b[31m\n"])
def test_names_of_every_kind(memory: Memory, name: str) -> None:
    memory.thread(TID, memory.frame(memory.code(f"/{name}.py", name)))
    assert standing(memory) == at(11, name, f"/{name}.py")


def test_the_threads_are_found_both_ways_from_the_last_holder(memory: Memory) -> None:
    first = memory.thread(TID, memory.frame(memory.code("/app.py", "one")))
    second = memory.thread(SECOND, memory.frame(memory.code("/app.py", "two")))
    memory.word(first, second)  # its previous one
    memory.word(second + 8, first)
    stacks = Stacks(memory, LAYOUT)
    found = [stacks.standing(tid, {TID, SECOND}, 0) for tid in (TID, SECOND)]
    assert found == [at(11, "one"), at(11, "two")]


def test_a_thread_state_that_is_another_thread_s_by_now(memory: Memory) -> None:
    state = memory.thread(TID, memory.frame(memory.code("/app.py", "one")))
    stacks = Stacks(memory, LAYOUT)
    assert stacks.standing(TID, {TID}, 0) == at(11, "one")
    memory.word(state + 152, 0x9999)
    assert stacks.standing(TID, {TID}, 1) is None


def test_a_code_object_s_address_that_is_another_s_by_now(memory: Memory) -> None:
    one, two = memory.code("/app.py", "one"), memory.code("/app.py", "two", 70)
    memory.thread(TID, memory.frame(one))
    stacks = Stacks(memory, LAYOUT)
    assert stacks.standing(TID, {TID}, 0) == at(11, "one")
    memory.data[one : one + 200] = memory.data[two : two + 200]
    assert stacks.standing(TID, {TID}, 1) == at(71, "two")


def test_a_code_object_that_is_freed_at_any_moment_of_the_look(memory: Memory) -> None:
    """Its memory is that of another one then; it was the one or is the other, or nothing is told."""
    one, two = memory.code("/app.py", "one"), memory.code("/other.py", "two", 70)
    memory.thread(TID, memory.frame(one))
    before, after = bytes(memory.data[one : one + 200]), bytes(memory.data[two : two + 200])

    def replace() -> None:
        memory.data[one : one + 200] = after

    assert standing(memory) == at(11, "one")
    every, told = memory.reads, set()
    for moment in range(1, every + 1):
        memory.data[one : one + 200] = before
        memory.reads, memory.after = 0, {moment: replace}
        told.add(standing(memory))
    assert told == {at(11, "one"), at(71, "two", "/other.py"), None}


def test_a_line_table_that_is_another_one_by_now_is_noticed_after_a_second(memory: Memory) -> None:
    code = memory.code("/app.py", "one")
    memory.thread(TID, memory.frame(code))
    stacks = Stacks(memory, LAYOUT)
    assert stacks.standing(TID, {TID}, 0) == at(11, "one")
    table = struct.unpack_from("<Q", memory.data, code + 136)[0]
    memory.data[table + 32] = 0x80 | 12 << 3
    assert stacks.standing(TID, {TID}, 2_000_000_000) == at(12, "one")


def broken(memory: Memory, what: str) -> None:
    """A thread whose innermost frame is not what it should be."""
    code = memory.code("/app.py", "crunch")
    frame = memory.frame(code, 3, memory.frame(memory.code("/py/lib/x.py", "f")))
    parts = {
        "no frame": (frame, 0), "no code": (frame, 0x10), "a code beyond": (frame, 1 << 62),
        "instruction before": (frame + 56, code + 198), "instruction beyond": (frame + 56, code + 99999),
        "instruction of another": (frame + 56, code - 4000), "no name": (code + 120, 0),
        "a name that is no text": (code + 120, code), "no table": (code + 136, code),
        "a long table": (struct.unpack_from("<Q", memory.data, code + 136)[0] + 16, 1 << 40),
        "an empty name": (struct.unpack_from("<Q", memory.data, code + 120)[0] + 16, 0),
        "an unknown kind of text": (struct.unpack_from("<Q", memory.data, code + 120)[0] + 32, 0),
        "another object": (code + 8, BASE + TEXT_TYPE),
    }
    memory.thread(TID, 0 if what == "no frame" else frame)
    memory.word(*parts[what])


@pytest.mark.parametrize(
    "what",
    [
        "no frame", "no code", "a code beyond", "instruction before", "instruction beyond",
        "instruction of another", "no name", "a name that is no text", "no table", "a long table",
        "an empty name", "an unknown kind of text", "another object",
    ],
)
def test_a_doubtful_line_is_not_told(memory: Memory, what: str) -> None:
    broken(memory, what)
    assert standing(memory) is None


def test_frames_in_a_circle_come_to_an_end(memory: Memory) -> None:
    frame = memory.frame(memory.code("/py/lib/x.py", "f"))
    memory.word(frame + 8, frame)
    memory.thread(TID, frame)
    assert standing(memory) is None


@pytest.mark.parametrize("changed", ["callee", "caller"])
def test_parts_of_different_moments_are_not_put_together(memory: Memory, changed: str) -> None:
    user = memory.frame(memory.code("/app.py", "main"), 1)
    library = memory.frame(memory.code("/py/lib/x.py", "f"), 2, user)
    memory.thread(TID, library)
    assert standing(memory) is not None
    now_in = memory.code("/app.py", "elsewhere")
    walk = memory.reads - 2  # the last two reads look once more at the two frames
    memory.reads = 0
    memory.after[walk] = lambda: memory.word(library if changed == "callee" else user, now_in)
    assert standing(memory) is None


def test_a_thread_nobody_knows(memory: Memory) -> None:
    assert standing(memory) is None  # nobody ever held the GIL
    memory.thread(TID, memory.frame(memory.code("/app.py", "one")))
    assert standing(memory, tid=99) is None


def test_a_stack_that_is_not_the_thread_s_any_more(memory: Memory) -> None:
    frame = memory.frame(memory.code("/py/lib/json/encoder.py", "encode"))
    user = memory.frame(memory.code("/app.py", "main"), 1)
    state = memory.thread(TID, frame)
    assert standing(memory) is not None
    reads, memory.reads = memory.reads, 0
    memory.after[reads - 3] = lambda: memory.word(state + 72, user)
    assert standing(memory) is None
    assert standing(memory) == at(12, "main")


def test_a_generator_without_a_caller_is_not_the_whole_stack(memory: Memory) -> None:
    """It has just yielded; who runs it may be the user's own."""
    memory.thread(TID, memory.frame(memory.code("/py/lib/json/encoder.py", "_iterencode", flags=0x23)))
    assert standing(memory) is None
