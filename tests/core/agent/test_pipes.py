"""multiprocessing's connections: each wait once, at its line; too many tiny messages are left alone."""

from __future__ import annotations

import pytest

from concviz.core.agent import layout as L
from tests.core.agent import places
from tests.core.agent.held import Held
from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere

# Messages come as often as the clock says that the governor looks at.
BEGINS = """
import os, sys, time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
clock = [time.perf_counter_ns()]
sys.modules["_concviz_agent.governor"].now = lambda: clock[0]
there, here = Pipe(duplex=False)

def observed():
    return hasattr(Connection._recv, "__wrapped__"), hasattr(Connection._send, "__wrapped__")

def message(every_ns):
    clock[0] += 2 * every_ns
    here.send(0)
    there.recv()

def messages(count, a_second):
    for _ in range(count // 2):
        message(1_000_000_000 // a_second)
    return observed()
"""


@everywhere()
def test_too_many_messages_are_left_alone_and_observed_again(python: str) -> None:
    program = BEGINS + places.program("""
        when_waiting("before", lambda: here.send(1))
        there.recv()  # before
        print(*messages(20_000, a_second=2_000))  # what a worker has for items of 1 ms
        print(*messages(20_000, a_second=20_000))
        clock[0] += 5_000_000_000
        time.sleep(0)  # a wait of another kind calls them back
        print(*observed())
        when_waiting("after", lambda: here.send(1))
        there.recv()  # after
    """)
    seen = observe(program, python).ok()
    assert seen.stdout == "True True\nFalse False\nTrue True\n"
    ((topic, message),) = seen.notes()
    assert (topic, "their waits are sampled" in message) == ("pipes", True)
    lines = [b.site.line for b in seen.log.blocks("io_read")]
    for marker in "before", "after":
        assert places.line(program, marker) in lines


def test_a_burst_is_observed() -> None:
    seen = observe(BEGINS + """
for _ in range(5):
    print(*messages(2_000, a_second=20_000), *messages(2_000, a_second=1_000))
""").ok()
    assert seen.stdout == "True True True True\n" * 5
    assert seen.notes() == []


def test_every_child_may_send_and_take_as_many() -> None:
    seen = observe(BEGINS + """
def child(asked):
    asked.recv()

asked, asks = Pipe(duplex=False)
children = [Process(target=child, args=(asked,)) for _ in range(3)]
for process in children:
    process.start()
print(*messages(10_000, a_second=5_000))
for process in children:
    asks.send(None)
for process in children:
    process.join()
print(*messages(10_000, a_second=5_000))
""", flags=["-W", "ignore"]).ok()
    assert seen.stdout == "True True\nFalse False\n"


def test_a_forked_child_begins_anew_and_says_so_itself() -> None:
    seen = observe(BEGINS + """
messages(20_000, a_second=20_000)
pid = os.fork()
if not pid:
    print(*observed(), *messages(20_000, a_second=20_000), flush=True)
    os._exit(0)
os.waitpid(pid, 0)
""").ok()
    assert seen.stdout == "True True False False\n"
    assert [topic for topic, _ in seen.notes()] == ["pipes", "pipes"]


def test_a_semaphore_calls_them_back() -> None:
    """A worker that computes waits for nothing else."""
    seen = observe(BEGINS + """
from multiprocessing import Lock
lock = Lock()
messages(20_000, a_second=20_000)
clock[0] += 5_000_000_000
print(*observed())
with lock:
    print(*observed())
""").ok()
    assert seen.stdout == "False False\nTrue True\n"


@everywhere()
def test_a_message_that_comes_in_pieces_is_waited_for_twice(python: str) -> None:
    """Its header is there before it: the register says nothing then, but the record does."""
    program = places.program("""
        import os, struct
        from multiprocessing import Pipe
        there, here = Pipe(duplex=False)
        def rest():
            os.write(here.fileno(), b"rest")
        def header():
            os.write(here.fileno(), struct.pack("!i", 6) + b"no")
            when_waiting("here", rest)
        when_waiting("here", header)
        print(there.recv_bytes())  # here
    """)
    seen = observe(program, python).ok()
    assert seen.stdout == "b'norest'\n"
    lines = [b.site.line for b in seen.log.blocks("io_read")]
    assert lines.count(places.line(program, "here")) >= 2


@pytest.mark.parametrize("call", ["there.recv_bytes(3)", "there._recv(4, lambda *a: b'')", "there.recv()"])
def test_what_fails_fails_as_ever(call: str) -> None:
    program = f"""
        from multiprocessing import Pipe
        there, here = Pipe(duplex=False)
        here.send_bytes(b"longer")
        here.close()
        try:
            {call}
            there.recv_bytes()
        finally:
            print(there.closed)
    """
    seen = observe(program)
    assert (seen.stdout, seen.code) == bare(program)[::2]
    assert seen.stderr.splitlines()[-1] == bare(program)[1].splitlines()[-1]
    assert "agent" not in seen.stderr


@everywhere()
def test_what_is_closed_while_it_is_read_does_not_end_the_observation(python: str) -> None:
    program = places.program("""
        import time
        from multiprocessing import Pipe
        there, here = Pipe(duplex=False)
        def close():
            there.close()  # (the signal has interrupted the read: it tries again)
        when_waiting("here", close)
        try:
            there.recv_bytes()  # here
        except OSError:
            print(there.closed)
        when_waiting("later", lambda: None)
        time.sleep(0.05)  # later
    """)
    seen = observe(program, python).ok()
    assert (seen.stdout, seen.notes()) == ("True\n", [])
    assert [b.site.line for b in seen.log.blocks("sleep")] == [places.line(program, "later")]


@everywhere()
def test_a_place_is_found_by_whichever_way_it_is_reached(python: str) -> None:
    """The library waits at the same instruction each time; where the user stands is not the same."""
    program = places.program("""
        import threading
        lines = []
        def wait():
            threading.Event().wait(0.001)  # inside
        def deeper():
            wait()
        for _ in range(3):
            threading.Event().wait(0.001)  # first
            threading.Event().wait(0.001)  # second
            wait()
            deeper()
            threading.Event().wait(0.001)  # third
    """)
    seen = observe(program, python).ok()
    expected = [places.line(program, m) for m in ("first", "second", "inside", "inside", "third")] * 3
    assert [b.site.line for b in seen.log.blocks("lock")] == expected


@everywhere(since=(3, 11))
def test_what_is_left_alone_is_held_at_once(python: str) -> None:
    program = """
        from multiprocessing import Pipe
        from multiprocessing.connection import Connection
        there, here = Pipe(duplex=False)

        def until(left_alone):
            while not left_alone():
                here.send(0)
                there.recv()

        until(lambda: not hasattr(Connection._recv, "__wrapped__"))
        print("left alone", flush=True)
        until(lambda: False)
    """
    with Held(program, python, mode=L.CONTROL_FREE) as held:
        held.run(until=held.printed)
        assert held.said("at") == []
        held.hold(L.CONTROL_SYNC)
        held.run(until=lambda: {"read", "write"} <= set(held.kinds()))
