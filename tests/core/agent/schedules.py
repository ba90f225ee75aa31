"""Runs a program under the real controller, in many schedules: the result must always be the same."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.control import wishes
from concviz.core.control.controller import Controller
from concviz.core.launch import environment
from tests.at_once import at_once
from tests.core.agent.run import clean_environment, read_logs

SCHEDULES = 20
PATIENCE_S = 60


def assert_any_schedule_does_the_same(
    program: str, python: str, expected: str, *args: str, granularity: str = "sync", count: int = SCHEDULES
) -> None:
    """Step ``program`` to its end in ``count`` random schedules; each must print ``expected``."""
    def stepped(seed: int) -> tuple[str, str, int]:
        return stepped_through(program, python, str(seed), *args, granularity=granularity)

    for seed, ended in enumerate(at_once([partial(stepped, seed) for seed in range(count)])):
        assert (seed, *ended) == (seed, expected, "", 0)


def stepped_through(
    program: str, python: str, seed: str, *args: str, granularity: str = "sync"
) -> tuple[str, str, int]:
    """(stdout, stderr, code) of a program whose every step was chosen at random."""
    with tempfile.TemporaryDirectory(prefix="cv-") as made:
        session, script = Path(made) / "session", Path(made) / "program.py"
        (session / "events").mkdir(parents=True)
        script.write_text(textwrap.dedent(program))
        with Controller(session) as controller:
            controller.hold(granularity)
            controller.drive(wishes.at_random(seed))
            env = environment.observed(clean_environment(), session)
            env |= {L.ENV_CONTROL: str(controller.path), **controller.environment}
            process = subprocess.Popen(
                [python, str(script), *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL, text=True, start_new_session=True,
            )
            try:
                out, err = process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"stuck, seed {seed}: {controller.view()}") from None
            finally:
                _end_group(process)
        assert list(_switched_off(session)) == []
        return out, err, process.returncode


def _end_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _switched_off(session: Path) -> Iterator[str]:
    for log in read_logs(session):
        for note in log.of("Note"):
            if "switched off" in note.message or "runs free" in note.message:
                yield note.message
