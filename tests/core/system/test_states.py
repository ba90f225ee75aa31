"""The states of threads as seen from outside, against threads whose state is known, on every interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.system import layout as L
from concviz.core.system.layout import ThreadState, Wait
from tests import interpreters

from .watch import Seen, kinds, last_states, program, radar, shares, texts, watching

BLOCKED = """
lock = threading.Lock(); lock.acquire()
condition = threading.Condition()
near, far = socket.socketpair()
reader, writer = os.pipe()
cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
def wait():
    with condition:
        condition.wait()
begin("lock", lock.acquire)
begin("condition", wait)
begin("sleep", time.sleep, 3600)
begin("recv", near.recv, 1)
begin("pipe", os.read, reader, 1)
begin("select", select.select, [far], [], [])
begin("child", cat.wait)
ready(cat=cat.pid)
"""
WAITS = {
    "lock": Wait.LOCK, "condition": Wait.LOCK, "sleep": Wait.SLEEP, "recv": Wait.IO, "pipe": Wait.IO,
    "select": Wait.SELECT, "child": Wait.CHILD, "main": Wait.IO,
}

TWO_HOGS = 'begin("one", hog)\nbegin("two", hog)\nready()'
WITHOUT_GIL = """
data = bytes(1 << 27)
def digest():
    while True:
        hashlib.sha256(data).digest()
begin("digest", digest)
ready()
"""


@interpreters.everywhere()
def test_what_blocked_threads_wait_for(python: str, tmp_path: Path) -> None:
    with program(python, BLOCKED) as tids, watching(tmp_path, tids["main"]) as watch:
        expected = {tids[name]: (ThreadState.BLOCKED, wait) for name, wait in WAITS.items()}
        seen = watch.until(lambda seen: last_states(seen, tids["main"]).items() >= expected.items())
        assert kinds(seen, L.Record.BORN, tids["cat"])[0].b == 0


@interpreters.everywhere()
def test_two_threads_share_the_gil(python: str, tmp_path: Path) -> None:
    with program(python, TWO_HOGS) as tids, watching(tmp_path, tids["main"]) as watch:
        both = (tids["one"], tids["two"])

        def enough(seen: list[Seen]) -> bool:
            times = {(record.tid, L.unpack_thread(record.value).state) for record in often(seen)}
            wanted = (ThreadState.HOLDS_GIL, ThreadState.WAITS_FOR_GIL)
            holders = {record.tid for record in kinds(seen, L.Record.GIL, tids["main"])}
            every = all((tid, state) in times for tid in both for state in wanted)
            return len(often(seen)) > 150 and every and holders >= set(both)

        def often(seen: list[Seen]) -> list[Seen]:
            return kinds(seen, L.Record.THREAD, tids["main"])

        seen = watch.until(enough)
        assert texts(tmp_path)[kinds(seen, L.Record.RADAR, tids["main"])[0].value] == ""
        for tid in both:
            share = shares(seen, tids["main"], tid)
            assert share[ThreadState.WAITS_FOR_GIL] > 0.1
            assert share.get(ThreadState.ON_CORE, 0) < 0.5
            assert share.get(ThreadState.BLOCKED, 0) == 0
        assert never_two_holders(often(seen))
        gil = kinds(seen, L.Record.GIL, tids["main"])
        assert [record.a for record in gil] == sorted(record.a for record in gil)
        assert gil[-1].a > gil[0].a


def never_two_holders(seen: list[Seen]) -> bool:
    """Is there no instant at which two threads hold the GIL?"""
    states: dict[int, int] = {}
    instants: dict[int, list[int]] = {}
    for record in seen:
        states[record.tid] = L.unpack_thread(record.value).state
        instants[record.t_ns] = [tid for tid, state in states.items() if state == ThreadState.HOLDS_GIL]
    return all(len(holders) < 2 for holders in instants.values())


def seen_in(seen: list[Seen], tids: dict[str, int], name: str, state: ThreadState) -> bool:
    """Was thread ``name`` seen in ``state`` since the GIL is read, in enough records to judge by?"""
    if not radar(seen, tids["main"]) or len(kinds(seen, L.Record.THREAD, tids["main"])) < 30:
        return False
    return state in shares(seen, tids["main"], tids[name])


@interpreters.everywhere()
def test_native_code_runs_without_the_gil(python: str, tmp_path: Path) -> None:
    with program(python, WITHOUT_GIL) as tids, watching(tmp_path, tids["main"]) as watch:
        seen = watch.until(lambda seen: seen_in(seen, tids, "digest", ThreadState.ON_CORE))
        share = shares(seen, tids["main"], tids["digest"])
        assert share[ThreadState.ON_CORE] + share.get(ThreadState.WAITS_FOR_CORE, 0) > 0.5


@interpreters.everywhere()
def test_a_lone_computing_thread_holds_the_gil(python: str, tmp_path: Path) -> None:
    with program(python, 'begin("one", hog)\nready()') as tids, watching(tmp_path, tids["main"]) as watch:
        seen = watch.until(lambda seen: seen_in(seen, tids, "one", ThreadState.HOLDS_GIL))
        share = shares(seen, tids["main"], tids["one"])
        assert share[ThreadState.HOLDS_GIL] + share.get(ThreadState.WAITS_FOR_CORE, 0) > 0.5


def test_threads_come_and_go(tmp_path: Path) -> None:
    source = """
def short():
    for _ in range(100000):
        thread = threading.Thread(target=time.sleep, args=(0.01,))
        thread.start()
        thread.join()
begin("maker", short)
ready()
"""
    python = interpreters.found()[-1].path
    with program(python, source) as tids, watching(tmp_path, tids["main"]) as watch:

        def gone(seen: list[Seen]) -> set[int]:
            threads = kinds(seen, L.Record.THREAD, tids["main"])
            return {r.tid for r in threads if L.unpack_thread(r.value).state == ThreadState.GONE}

        seen = watch.until(lambda seen: len(gone(seen)) > 10)
        assert not gone(seen) & {tids["main"], tids["maker"]}


def test_cpu_time_agrees_with_the_process_clock(tmp_path: Path) -> None:
    python = interpreters.found()[-1].path
    with program(python, TWO_HOGS) as tids, watching(tmp_path, tids["main"]) as watch:
        seen = watch.until(lambda seen: len(kinds(seen, L.Record.PROCESS, tids["main"])) > 12)
        first, *_, last = kinds(seen, L.Record.PROCESS, tids["main"])
        used_ns = 0
        for tid in (tids["one"], tids["two"]):
            threads = [record for record in kinds(seen, L.Record.THREAD, tids["main"]) if record.tid == tid]
            used_ns += max(record.a for record in threads if record.t_ns <= last.t_ns)
            used_ns -= min(record.a for record in threads if record.t_ns >= first.t_ns)
        # a thread's counter is read up to a heartbeat and a tick before the process's
        assert used_ns == pytest.approx(last.a - first.a, rel=0.15)
