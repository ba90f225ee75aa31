"""A program that runs on a terminal of its own, for a screen, with a controller beside it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from concviz.core.control.controller import Controller
from concviz.core.control.starting import held_from_start
from concviz.core.control.view import State
from concviz.core.launch.recording import Recording
from concviz.core.launch.target import parse
from tests.core.control.real import PATIENCE_S, PROGRAMS, free
from tests.core.launch.commands import facts, until

TARGET = [str(PROGRAMS / "threads.py")]


def started(folder: Path, held: bool) -> tuple[Recording, Controller]:
    controlled = held_from_start if held else Controller
    recording = Recording.start(parse(TARGET), folder / "session", hz=0, controlled=controlled)
    assert recording.controller is not None
    return recording, recording.controller


def ended(recording: Recording) -> int | None:
    until(lambda: recording.exit_status is not None, recording.session)
    return recording.exit_status


def test_it_is_held_from_its_start_and_leaving_it_frees_it(tmp_path: Path) -> None:
    recording, controller = started(tmp_path, held=True)
    seen = controller.wait(lambda view: view.state is State.HELD and bool(view.ready), PATIENCE_S)
    assert seen is not None
    assert [choice.key for choice in seen.ready] == ["0/t1"]
    controller.step()
    assert controller.wait(lambda view: view.state is State.HELD and view.step == 1, PATIENCE_S)
    recording.detach()
    assert ended(recording) == 0
    assert not controller.path.exists()


def test_it_runs_free_and_can_be_held_at_any_time(tmp_path: Path) -> None:
    recording, controller = started(tmp_path, held=False)
    controller.wait(lambda view: view.state is not State.FREE, 0)
    controller.hold()
    assert controller.wait(lambda view: bool(view.ready) or view.state is State.OVER, PATIENCE_S)
    controller.release()
    assert ended(recording) == 0
    recording.detach()


def test_it_is_ended_while_it_is_held(tmp_path: Path) -> None:
    recording, controller = started(tmp_path, held=True)
    assert controller.wait(lambda view: bool(view.ready), PATIENCE_S)
    recording.end()
    assert ended(recording) == -15
    assert controller.wait(lambda view: view.state is State.OVER, PATIENCE_S)
    recording.detach()


def test_the_recorder_is_killed_while_it_is_held(tmp_path: Path) -> None:
    """It stays held, can be stepped on, and runs to its end once it is let go."""
    recording, controller = started(tmp_path, held=True)
    assert controller.wait(lambda view: bool(view.ready), PATIENCE_S)
    os.kill(facts(recording.session)["recorder_pid"], signal.SIGKILL)
    until(lambda: facts(recording.session)["recorder_pid"] == recording.keeper_pid, recording.session)
    controller.step()
    assert controller.wait(lambda view: view.state is State.HELD and view.step == 1, PATIENCE_S)
    recording.detach()
    assert ended(recording) == -signal.SIGKILL
    printed = (recording.session / "output.log").read_text()
    assert printed.replace("\r\n", "\n") == free(*TARGET)
