"""What could wake a thread that waits in an epoll without a timeout is seen from outside, once a wait."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from concviz.core.system import layout as L
from concviz.core.system.idling import PERIOD_NS, Idling, parse_handled
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.system.procfs import Proc
from concviz.core.system.syscalls import epoll_without_timeout
from concviz.core.system.writer import Writer

from .watch import kinds, program, records, watching

on_x86 = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the numbers of its system calls"
)
SIGINT, SIGTERM = 1 << 1, 1 << 14
FOR_EVER = b"232 0x5 0x7ff 0x1 0xffffffff 0x0 0x0 0x7ffc 0x7f01"
LOOPS = """
import asyncio, signal
def loop(*, server=False, timer=False):
    async def work():
        if server:
            await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        if timer:
            asyncio.get_running_loop().call_later(3600, print)
        await asyncio.get_running_loop().create_future()
    asyncio.run(work())
signal.signal(signal.SIGTERM, lambda *_: None)
begin("idle", loop)
begin("server", lambda: loop(server=True))
begin("timer", lambda: loop(timer=True))
ready()
"""


@dataclass
class Thread:
    tid: int = 100
    state: ThreadState = ThreadState.BLOCKED
    wait: Wait = Wait.SELECT
    slices: int = 3


class Fake:
    """A process with one thread, as a proc file system in a folder."""

    def __init__(self, folder: Path) -> None:
        self.session, self.root, self.thread = folder / "session", folder / "proc", Thread()
        self.session.mkdir()
        for name in ("100/task/100", "100/fdinfo"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.say("100/task/100/syscall", FOR_EVER)
        self.say("100/task/100/schedstat", b"10 20 3\n")
        self.say("100/status", b"Name:\tpython\nSigCgt:\t8000000280004002\n")
        self.say("100/fdinfo/5", b"pos:\t0\ntfd: 4 events: 19\ntfd: 7 events: 19\n")
        self.writer = Writer(self.session)
        self.idling = Idling(Proc(str(self.root)), 100, self.writer)
        self.now_ns = 0

    def say(self, name: str, data: bytes) -> None:
        (self.root / name).write_bytes(data)

    def look(self, times: int = 1) -> list[tuple[int, int, int]]:
        """As often as that, half a second apart; all that was written so far."""
        for _ in range(times):
            self.now_ns += PERIOD_NS
            self.idling.look({self.thread.tid: self.thread}, self.now_ns)
        self.writer.flush()
        return [(r.tid, r.value, r.a) for r in records(self.session) if r.kind == L.Record.IDLE]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


@on_x86
def test_it_is_told_once_for_each_wait_that_lasts(fake: Fake) -> None:
    told = (100, 2, SIGINT | SIGTERM | 1 << 33)  # (what the C library uses for itself is left out)
    assert fake.look() == []
    assert fake.look(5) == [told]
    fake.thread.slices = 4
    fake.say("100/task/100/schedstat", b"11 20 4\n")
    assert fake.look() == [told]
    assert fake.look(5) == [told] * 2


@on_x86
def test_a_look_that_comes_too_soon_is_none(fake: Fake) -> None:
    fake.look(1)
    fake.idling.look({100: fake.thread}, fake.now_ns + 1)
    assert fake.look(0) == []


@on_x86
@pytest.mark.parametrize(("name", "data"), [
    ("100/task/100/syscall", FOR_EVER.replace(b"0xffffffff", b"0x3e8")),
    ("100/task/100/syscall", b"running\n"),
    ("100/task/100/syscall", FOR_EVER.replace(b"0x5", b"0x6")),  # the epoll is gone
    ("100/task/100/schedstat", b"11 20 4\n"),  # it has run since it was swept
    ("100/status", b"Name:\tpython\n"),
])
def test_what_is_not_sure_is_not_told(fake: Fake, name: str, data: bytes) -> None:
    fake.say(name, data)
    assert fake.look(4) == []


@pytest.mark.parametrize("thread", [
    Thread(state=ThreadState.ON_CORE), Thread(wait=Wait.LOCK), Thread(wait=Wait.IO),
])
def test_threads_that_do_something_else_are_not_looked_at(fake: Fake, thread: Thread) -> None:
    fake.thread = thread
    assert fake.look(4) == []


@on_x86
@pytest.mark.parametrize(("text", "epoll"), [
    (FOR_EVER, 5),
    (FOR_EVER.replace(b"0xffffffff", b"0xffffffffffffffff"), 5),
    (FOR_EVER.replace(b"232", b"281"), 5),
    (b"441 0x5 0x7ff 0x1 0x0 0x0 0x8 0x7ffc 0x7f01", 5),
    (b"441 0x5 0x7ff 0x1 0x7ffe 0x0 0x8 0x7ffc 0x7f01", None),
    (FOR_EVER.replace(b"0xffffffff", b"0x0"), None),
    (b"202 0x5 0x7ff 0x1 0xffffffff 0x0 0x0 0x7ffc 0x7f01", None),
    (b"running\n", None), (b"-1 0x7ffc 0x7f01", None), (b"", None),
])
def test_which_epoll_has_no_timeout(text: bytes, epoll: int | None) -> None:
    assert epoll_without_timeout(text) == epoll


def test_the_signals_that_are_handled() -> None:
    assert parse_handled(b"Name:\ta\nSigCgt:\t0000000000004002\nCapInh:\t0\n") == SIGINT | SIGTERM
    with pytest.raises(ValueError, match="no signals"):
        parse_handled(b"Name:\ta\n")


@on_x86
def test_loops_of_a_real_program(tmp_path: Path) -> None:
    with program(sys.executable, LOOPS) as tids, watching(tmp_path, tids["main"]) as watch:
        wanted = {tids["idle"], tids["server"]}
        seen = watch.until(lambda seen: wanted <= {r.tid for r in kinds(seen, L.Record.IDLE, tids["main"])})
        told = {r.tid: (r.value, bool(r.a & SIGTERM)) for r in kinds(seen, L.Record.IDLE, tids["main"])}
    assert told == {tids["idle"]: (1, True), tids["server"]: (2, True)}
