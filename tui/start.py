"""Showing the application, from its start until its reader leaves."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from concviz.core.launch.recording import Recording
from concviz.core.session.session import Session
from concviz.core.text import clean
from concviz.tui.app import ConcvizApp
from concviz.tui.units import program

if TYPE_CHECKING:
    from concviz.core.insight.moment import Kind
    from concviz.core.lab.asked import Asked

_LONGEST = 10_000


def run(
    session: Path | None = None, recording: Recording | None = None, screenshots: Path = Path("screenshots"),
    size: tuple[int, int] | None = None, comparison: Asked | None = None, looked_for: Sequence[Kind] = (),
) -> int:
    """Show the application until the reader quits.

    Args:
        session: folder of the session to show, or None; a recording brings its own.
        recording: the program just started for this screen.
        screenshots: where ``S`` writes.
        size: columns and rows where there is no terminal to ask.
        comparison: begin with it. looked_for: kinds of moments that matter most in the session.

    Returns:
        The exit code of the program just started, 128 + n where signal n killed it; 0 otherwise.

    Raises:
        SessionError: the session cannot be opened.
    """
    path = recording.session if recording is not None else session
    opened = None if path is None else Session.open(path)
    if recording is None and path is not None:
        recording = Recording.join(path)
    app = ConcvizApp(opened, recording, screenshots, looked_for=looked_for)
    app.comparisons.first = comparison
    app.run(size=size)
    if app.recording is not None:
        app.recording.detach()
    for line in (*map(left_words, app.leaving.left), *app.leaving.told):
        print(f"concviz: {clean(line, _LONGEST)}", file=sys.stderr)
    return app.return_value or app.status


def left_words(session: Path) -> str:
    """What to say on leaving a program that still runs: where its session is and how to come back."""
    return (
        f"{program(session.name)} was left running, recorded in {session}; "
        f"to come back: concviz replay {shlex.quote(str(session))}"
    )
