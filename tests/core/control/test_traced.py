"""Births while a program is held, where it traces itself (and us), and where nothing is born after all."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.control import wishes
from concviz.core.control.controller import Controller
from tests import interpreters
from tests.core.control.real import free, started

WAYS = [
    pytest.param(python.path, way, id=f"{way}-{python.label}")
    for python in interpreters.found() if python.version >= (3, 11)
    for way in ("trace", "profile", "monitoring")
    if way != "monitoring" or python.version >= (3, 12)
]


def patient(session: Path) -> Controller:
    """A controller for which no time passes: it waits for what was announced for as long as that takes."""
    controller = Controller(session, lambda: 0)
    controller.hold()
    return controller


@pytest.mark.parametrize(("python", "way"), WAYS)
def test_who_was_announced_comes_though_the_tracer_has_a_lock_to_take(
    tmp_path: Path, python: str, way: str,
) -> None:
    """Its gate would else be between the announcement of a thread, or a process, and its birth."""
    with started(tmp_path, "traced.py", way, python=python, controlled=patient) as child:
        child.controller.drive(wishes.fifo)
        assert child.end() == ("fork 0\nspawn 0\n3 True\n", 0)


FAILS = """
import os, sys, threading, time
def say(text):
    sys.stdout.write(f"{text}\\n")  # at once: running free, two may say something
def ban(event, arguments):
    if event == "os.fork":
        raise OSError("no forks")
def attempt(start):
    try:
        start()
    except (RuntimeError, OSError) as error:
        say(error)
    time.sleep(0)
thread = threading.Thread(target=say, args=("begins",))
thread.start()
attempt(thread.start)
attempt(threading.Thread.start.__get__(object.__new__(threading.Thread)))
before = threading.stack_size(1 << 46)
attempt(threading.Thread().start)
threading.stack_size(before)
sys.addaudithook(ban)
attempt(os.fork)
thread.join()
class Event(threading.Event): pass
thread = threading.Thread(target=say, args=("begins with an event of its own",))
thread._started = Event()
attempt(thread.start)
thread.join()
"""


@interpreters.everywhere((3, 11))
def test_what_can_not_be_started_is_not_waited_for(tmp_path: Path, python: str) -> None:
    with started(tmp_path, "-c", FAILS, python=python, controlled=patient) as child:
        child.controller.drive(wishes.fifo)
        out, code = child.end()
    assert (sorted(out.splitlines()), code) == (sorted(free("-c", FAILS).splitlines()), 0)
