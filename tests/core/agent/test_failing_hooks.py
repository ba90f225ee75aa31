"""A hook that fails is switched off and reported, and the program goes on."""

from __future__ import annotations

import sys

import pytest

from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere

# Each waits in one way; the sites, which all of them ask for, are broken by then.
CALLS = {
    "lock": "held.acquire(timeout=0.01)",
    "with": "threading.Timer(0.01, held.release).start() or held.__enter__()",
    "condition": "threading.Event().wait(0.01)",
    "queue": "attempt(queue.SimpleQueue().get, timeout=0.01)",
    "sleep": "time.sleep(0.001)",
    "recv": "attempt(here.recv, 1)",
    "two arguments": "attempt(here.recv, 1, 0)",
    "selector": "selectors.DefaultSelector().select(0.01)",
    "select": "select.select([here], [], [], 0.01)[0]",
    "semaphore": "multiprocessing.Semaphore(0).acquire(timeout=0.01)",
}
PROGRAM = """
    import multiprocessing, queue, select, selectors, socket, sys, threading, time
    import multiprocessing.synchronize

    def attempt(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error), error.__context__

    held = threading.Lock()
    held.acquire()
    here, there = socket.socketpair()
    here.settimeout(0.01)
    if "_concviz_agent.sites" in sys.modules:
        sys.modules["_concviz_agent.sites"]._whose = None
    print({call})
    print({call})
    raise SystemExit(3)
"""


def _check(name: str, python: str) -> None:
    program = PROGRAM.format(call=CALLS[name])
    seen = observe(program, python)
    assert (seen.stdout, seen.stderr, seen.code) == bare(program, python)
    off = [topic for topic, message in seen.notes() if message.startswith("switched off: AttributeError")]
    assert len(off) == len(set(off)) >= 1, seen.notes()


@everywhere()
def test_a_failing_receive(python: str) -> None:
    _check("recv", python)


@pytest.mark.parametrize("name", CALLS)
def test_each_kind_of_wait(name: str) -> None:
    _check(name, sys.executable)
