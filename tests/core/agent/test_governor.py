"""Calls that come in thousands a second are left alone for a while; what was recorded stays exact."""

from __future__ import annotations

import textwrap

import pytest

from concviz.core.agent import governor
from concviz.core.agent import layout as L
from tests.core.agent import places
from tests.core.agent.held import Held
from tests.core.agent.run import observe
from tests.interpreters import everywhere

# The time for which hooks rest is over: the clock that they look at is put forward.
LATER = """
import sys, time
def rest_is_over():
    governor = sys.modules["_concviz_agent.governor"]
    governor.now = lambda: time.perf_counter_ns() + 10_000_000_000
    time.sleep(0)  # a wait of another kind, which calls them back
"""
BUSY = LATER + places.program("""
    import queue, socket, sys, threading, time

    def until_left_alone():
        here, there = socket.socketpair()
        while "recv" in vars(socket.socket):
            here.send(b"x")
            there.recv(1)

    quiet, wakes = socket.socketpair()
    recv = quiet.recv  # as it is now, whenever the thread calls it
    def waits():
        recv(1)  # before
    waiting = threading.Thread(target=waits)
    waiting.start()
    while sys._current_frames()[waiting.ident].f_code.co_name != "method":  # not yet in the hook
        pass
    until_left_alone()
    print("sendall" in vars(socket.socket), "connect" in vars(socket.socket))
    wakes.send(b"x")
    waiting.join()

    rest_is_over()
    print("recv" in vars(socket.socket))
    when_waiting("after", lambda: wakes.send(b"x"))
    quiet.recv(1)  # after
""")


class Hooks:
    """Fake patches: are they on?"""

    on = True

    def suspend(self) -> None:
        self.on = False

    def resume(self) -> None:
        self.on = True


def test_all_that_have_rested_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]
    monkeypatch.setattr(governor, "now", lambda: clock[0])
    monkeypatch.setattr(governor, "resting", [])
    hooks = Hooks(), Hooks()
    for each in hooks:
        busy = governor.Governor(each, "calls")
        busy.left = -1
        busy.look()
    assert [each.on for each in hooks] == [False, False]
    governor.come_back()
    assert [each.on for each in hooks] == [False, False]
    clock[0] += governor.REST_NS
    governor.come_back()
    assert ([each.on for each in hooks], governor.resting) == ([True, True], [])


@everywhere()
def test_sockets_are_left_alone_and_observed_again(python: str) -> None:
    seen = observe(BUSY, python).ok()
    assert seen.stdout == "False True\nTrue\n"
    ((topic, message),) = seen.notes()
    assert (topic, "their waits are sampled" in message) == ("sockets", True)
    lines = [b.site.line for b in seen.log.blocks("io_read")]
    for marker in "before", "after":
        assert lines.count(places.line(BUSY, marker)) == 1


def test_what_the_program_puts_in_meanwhile_is_kept() -> None:
    seen = observe(LATER + textwrap.dedent("""
        import socket
        here, there = socket.socketpair()
        while "recv" in vars(socket.socket):
            here.send(b"x")
            there.recv(1)
        socket.socket.recv = lambda self, n: b"mine"
        rest_is_over()
        print("send" in vars(socket.socket), here.recv(1))
    """)).ok()
    assert seen.stdout == "True b'mine'\n"


def test_a_queue_is_left_alone() -> None:
    seen = observe("""
        import queue
        simple = queue.SimpleQueue()
        while "get" in vars(queue.SimpleQueue):
            simple.put(1)
            simple.get()
        print(simple.get is not None, type(simple).get)
    """).ok()
    assert seen.stdout == "True <method 'get' of '_queue.SimpleQueue' objects>\n"
    assert [topic for topic, _ in seen.notes()] == ["queues"]


@everywhere(since=(3, 11))
def test_what_could_be_held_is_left_alone_too_and_is_held_at_once(python: str) -> None:
    program = """
        import queue, socket
        here, there = socket.socketpair()
        simple = queue.SimpleQueue()
        class_recv, class_get = socket.socket.__base__.recv, queue.SimpleQueue.__mro__[-2].get

        def until(left_alone):
            while not left_alone():
                here.send(b"x")
                there.recv(1)
                simple.put(1)
                simple.get()

        until(lambda: socket.socket.recv is class_recv and queue.SimpleQueue.get is class_get)
        print("left alone", flush=True)
        until(lambda: False)
    """
    with Held(program, python, mode=L.CONTROL_FREE) as held:
        held.run(until=held.printed)
        assert held.said("at") == []
        held.hold(L.CONTROL_SYNC)
        held.run(until=lambda: {"read", "write", "queue"} <= set(held.kinds()))
