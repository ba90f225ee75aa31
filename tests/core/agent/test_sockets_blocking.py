"""While no socket may block their traffic is not hooked; one that may block is observed from its begin."""

from __future__ import annotations

import sys
import textwrap

import pytest

from tests.core.agent import places
from tests.core.agent.run import Observed, observe
from tests.interpreters import everywhere

QUIET = places.program("""
    import socket, sys

    def pair(blocking):
        here, there = socket.socketpair()
        for end in here, there:
            end.setblocking(blocking)
        return here, there

    def is_hooked():
        return "recv" in vars(socket.socket)

    def traffic(here, there):
        '''Whether the hooks are still there after more calls than they are asked about at once.'''
        for _ in range(2000):
            here.send(b"x")
            there.recv(1)
        return is_hooked()

    quiet = pair(False)
""")


WAITS = textwrap.dedent("""
    when_waiting("waits", lambda: there.send(b"x"))
    here.recv(1)  # waits
""")


def waits(program: str, python: str = sys.executable) -> Observed:
    """Run a program, in which the one wait that is recorded is that of ``WAITS``."""
    seen = observe(program + WAITS, python).ok()
    assert [read.site.line for read in seen.log.blocks("io_read")] == [places.line(program + WAITS, "waits")]
    assert seen.notes() == []
    return seen


@everywhere()
def test_hooks_rest_while_no_socket_may_block(python: str) -> None:
    seen = waits(QUIET + textwrap.dedent("""
        print(is_hooked(), traffic(*quiet), "_accept" in vars(socket.socket))
        here, there = socket.socketpair()
        print(is_hooked(), traffic(*quiet))
    """), python)
    assert seen.stdout == "True False True\nTrue True\n"


@pytest.mark.parametrize("made", ["socket.socket()", "socket.create_server(('127.0.0.1', 0))", "subclass()"])
def test_a_socket_that_was_closed_is_none_that_may_block(made: str) -> None:
    seen = waits(QUIET + textwrap.dedent(f"""
        class subclass(socket.socket):
            def __init__(self):
                super().__init__(socket.AF_UNIX)
        one = {made}
        print(traffic(*quiet))
        one.close()
        print(traffic(*quiet))
        here, there = socket.socketpair()
    """))
    assert seen.stdout == "True\nFalse\n"


def test_a_number_that_another_socket_got_meanwhile() -> None:
    """A closed socket's descriptor is given to a new one, which may block, while it is asked for."""
    waits(QUIET + textwrap.dedent("""
        import os
        blocking = sys.modules["_concviz_agent.sockets"]._blocking
        one = socket.socket()
        number = one.fileno()
        one.close()
        fstat = os.fstat
        def made_meanwhile(fd):
            global here, there
            os.fstat = fstat
            try:
                return fstat(fd)
            finally:
                here, there = socket.socketpair()
                assert here.fileno() == number == fd
        os.fstat = made_meanwhile
        blocking.look()
        assert is_hooked()
    """))


def test_a_socket_that_is_made_while_the_hooks_are_taken_off() -> None:
    """It may have come to block no more before they are off: then they are put back as well."""
    waits(QUIET + textwrap.dedent("""
        blocking = sys.modules["_concviz_agent.sockets"]._blocking
        patches = blocking._patches
        class Interrupted:
            def suspend(self):
                for end in pair(False):
                    end.close()
                patches.suspend()
            resume = patches.resume
        blocking._patches = Interrupted()
        traffic(*quiet)
        blocking._patches = patches
        here, there = socket.socketpair()
    """))


@pytest.mark.parametrize("change", ["setblocking(True)", "settimeout(5)", "settimeout(None)"])
def test_a_socket_that_comes_to_block(change: str) -> None:
    waits(QUIET + textwrap.dedent(f"""
        here, there = pair(False)
        assert is_hooked() and not traffic(*quiet)
        here.{change}
    """))


def test_datagrams() -> None:
    seen = observe(QUIET + textwrap.dedent("""
        here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in here, there:
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
        while is_hooked():
            here.sendto(b"x", there.getsockname())
            there.recvfrom(1)
    """)).ok()
    assert not seen.log.blocks("io_read")
