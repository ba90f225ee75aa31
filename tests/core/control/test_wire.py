"""Lines and what they mean; nothing that comes in raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.control import wire


@pytest.mark.parametrize(("line", "message"), [
    ("hello\t1\t12\t0\t12-0-ff\t3.13.0\tuvloop,gevent",
     wire.Hello(12, 0, "12-0-ff", "3.13.0", ("uvloop", "gevent"))),
    ("hello\t1\t12\t3\t12-3-ff\t3.13.0\t", wire.Hello(12, 3, "12-3-ff", "3.13.0", ())),
    ("thread\t1\t12\t0\t12-0-ff\t2\t345", wire.Thread(12, 0, "12-0-ff", 2, 345)),
    ("at\tacquire\t7\t3\ta\\tlock\\\\", wire.At("acquire", 7, 3, "a\u2409lock\\")),
    ("at\tsleep\t0\t0", wire.At("sleep", 0, 0, "")),
    ("at\tback\t5\t0\tread\t4400", wire.At("back", 5, 0, "read", 4400)),
    ("leave\tread\t5\t3\t", wire.Leave("read", 5, 3, "")),
    ("blocked\t7\t3\t1", wire.Blocked(7, 3, True)),
    ("got\t7\t3", wire.Got(7, 3)), ("lost\t7", wire.Lost(7)), ("ended", wire.Ended()),
    ("flag\tgevent", wire.Flag("gevent")), ("spawning", wire.Spawning()), ("unborn", wire.Unborn()),
    ("exec", wire.Exec()),
    ("loop\t1\t2\t0:t:5:99::\t1:c:0:98:7:C.f:g", wire.Loop(1, 2, (
        wire.Item(0, "t", 5, 99, ""), wire.Item(1, "c", 0, 98, "C.f:g", 7)))),
    ("loop\t1\t0", wire.Loop(1, 0, ())),
])
def test_lines_are_understood(line: str, message: wire.Message) -> None:
    assert wire.parse(line.encode()) == message


@pytest.mark.parametrize("line", [
    "", "hello", "hello\t2\t12\t0\tx\t3\t", "thread\t1\t12", "at", "at\tx\t-1\t0\t", "at\tx\t1e3\t0\t",
    "at\tx\t" + "9" * 5000 + "\t0\t", "loop\t1", "loop\t1\t0\t0:x:0:0:", "loop\t1\t0\t0:t:0", "got", "got\t7",
    "got\t٣", "GOT\t1",
])
def test_what_makes_no_sense_is_none(line: str) -> None:
    assert wire.parse(line.encode()) is None


@given(st.binary())
def test_nothing_raises(line: bytes) -> None:
    wire.parse(line)


@given(st.sampled_from(["at", "loop", "hello", "thread", "blocked", "got", "leave"]), st.lists(st.text()))
def test_no_fields_raise(word: str, fields: list[str]) -> None:
    wire.parse("\t".join([word, *fields]).encode("utf-8", "surrogatepass"))


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 9))
def test_lines_arrive_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in lines) + b"rest"
    cutter = wire.Lines()
    arrived = [
        line for at in range(0, len(stream), size) for line in cutter.feed(stream[at : at + size])
    ]
    assert arrived == lines
