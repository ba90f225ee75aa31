"""Real programs under a controller, without a screen and without a recorder.

    with started(tmp_path, "threads.py", python=python) as child:
        child.controller.step()
        …
        assert child.end() == (out, 0)
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from concviz.core.control.controller import Controller
from concviz.core.control.starting import held_from_start
from concviz.core.control.view import State, View
from concviz.core.launch import environment
from tests.core.agent.run import clean_environment

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE_S = 60.0


class Child:
    """A program, its controller, and what it says."""

    def __init__(self, process: subprocess.Popen[str], controller: Controller, session: Path) -> None:
        self.process, self.controller, self.session = process, controller, session

    def wait(self, predicate: Callable[[View], bool]) -> View:
        """Wait for a view."""
        seen = self.controller.wait(predicate, PATIENCE_S)
        assert seen is not None, self.controller.view()
        return seen

    def held(self) -> View:
        """Wait until somebody can be chosen."""
        return self.wait(lambda view: view.state is State.HELD and bool(view.ready))

    def step(self) -> View:
        """Make one step; how things stand after it."""
        before = self.held().step
        self.controller.step()
        return self.wait(lambda view: view.step > before and view.state is not State.RUNNING)

    def type(self, text: str) -> None:
        """Write into its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self) -> tuple[str, int]:
        """Wait for the program's end: its output and code."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert not err, err
        return out, self.process.returncode


@contextmanager
def started(
    folder: Path, *words: str, python: str = sys.executable,
    controlled: Callable[[Path], Controller] = held_from_start,
) -> Iterator[Child]:
    """Run a program of ``programs`` (or ``-c code``); by default it is held from its start."""
    session = folder / "session"
    (session / "events").mkdir(parents=True)
    with controlled(session) as controller:
        variables = {**clean_environment(), **controller.environment}
        env = environment.observed(variables, session, controller.path)
        process = subprocess.Popen(
            [python, *_target(words)], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with process:
            try:
                yield Child(process, controller, session)
            finally:
                process.kill()


@functools.cache
def free(*words: str) -> str:
    """What a program prints without us."""
    return subprocess.check_output([sys.executable, *_target(words)], text=True, env=dict(os.environ))


def _target(words: tuple[str, ...]) -> list[str]:
    first, *rest = words
    return [first if first.startswith("-") else str(PROGRAMS / first), *rest]
