"""The screen goes without having been left: what it held goes on, and the session says so."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from concviz.core.launch import sessions
from tests.core.launch.commands import CONCVIZ, OnTerminal
from tests.core.timeline.stories import read

PROGRAM = """
import threading
thread = threading.Thread(target=print, args=("through",))
thread.start()
thread.join()
"""
TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


@pytest.mark.parametrize("how", ["closed", "ended"])
def test_what_was_held_goes_on_and_the_session_says_why(tmp_path: Path, how: str) -> None:
    path = tmp_path / "s"
    words = [*CONCVIZ, "step", "--hz", "0", "-o", path, "-c", PROGRAM]
    terminal = OnTerminal(words, env={**os.environ, **TERMINAL})
    terminal.read_until(b"HELD")
    if how == "closed":
        assert terminal.hang_up() == -signal.SIGHUP
    else:
        terminal.process.terminate()
        assert terminal.end() == 128 + signal.SIGTERM
        assert b"was left running, recorded in" in terminal.shown
    sessions.wait_for_recorder(path)
    session = read(path)
    assert (session.info.exit_code, session.output(0)[0].split()) == (0, [b"through"])
    assert any("the screen went away" in note for note in session.notes)
    assert b'"release": true' in (path / "schedule.jsonl").read_bytes()


@pytest.mark.parametrize("words", [[], ["compare", "--screen", "fetch"]])
def test_who_ignores_that_the_terminal_hangs_up_goes_all_the_same(tmp_path: Path, words: list[str]) -> None:
    """As under ``nohup``, or where nobody is told: it would read the end of a file for ever."""
    unheard = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *CONCVIZ, *words]
    environment = {**os.environ, **TERMINAL, "XDG_STATE_HOME": str(tmp_path)}
    terminal = OnTerminal(unheard, env=environment, cwd=tmp_path)
    terminal.read_until(b"help")
    assert terminal.hang_up() in (-signal.SIGHUP, 128 + signal.SIGHUP)
