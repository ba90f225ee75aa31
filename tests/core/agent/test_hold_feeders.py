"""Who feeds a queue is waited for before a gate, but not while its pipe is full."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from concviz.core.agent import hold_feeders, log

MUCH = bytes(1 << 20)  # more than a pipe holds


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Connection, Connection]]:
    """Both ends of a pipe, while the program is held, in which nobody is waited for twice."""
    monkeypatch.setattr(log, "control", [0, 0])
    monkeypatch.setattr(hold_feeders, "_PATIENCE_S", 600.0)
    there, here = Pipe(duplex=False)
    with there, here:
        yield there, here


def test_a_pipe_that_was_full_before_the_program_was_held(pipe: tuple[Connection, Connection]) -> None:
    there, here = pipe
    feeder = hold_feeders.Feeder(deque([MUCH]), None)
    send = feeder.sends(here.send_bytes)
    writes = threading.Thread(target=lambda: send(feeder.popleft()), daemon=True)
    writes.start()
    assert there.poll(60)  # it has begun, and will not end
    log.control[0] = 1
    feeder.settle()
    assert writes.is_alive()
    assert there.recv_bytes() == MUCH
    writes.join()
    feeder.rests()
    feeder.settle()


def test_whoever_is_waited_for_in_vain_is_waited_for_once(
    pipe: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    log.control[0] = 1
    times = iter([0.0, 1000.0])
    monkeypatch.setattr(hold_feeders, "monotonic", lambda: next(times, 0.0))
    feeder = hold_feeders.Feeder(deque([b"pickled for ever"]), None)
    feeder.settle()
    feeder.settle()
    assert not list(times)
