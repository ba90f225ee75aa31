"""What the inspector says about the selected lane."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.session.session import Session
from concviz.core.system.layout import ThreadState
from concviz.tui.details import Inspection
from concviz.tui.palettes import DARK
from concviz.tui.view import SessionView
from tests.core.timeline.build import START_NS, Story
from tests.tui.sessions import PID, opened

MS = 1_000_000


@pytest.fixture
def computing(tmp_path: Path) -> Session:
    """A thread that was sampled at line 77 of spin.py while it computed."""
    story = Story(tmp_path / "session", command=["python", "spin.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True)
    for t in range(0, 101, 10):
        main.sample(t, ThreadState.HOLDS_GIL, cpu=t)
        main.stands(t, 77, "spin", file="/srv/spin.py")
    story.sweep(100, PID)
    app.closed = 100
    story.end(100, 0)
    story.write()
    return opened(story, 3000)


def test_a_computing_thread_says_at_which_line_it_was_seen(computing: Session) -> None:
    view = SessionView(computing)
    index = next(w.index for w in view.timeline.workers if w.name == "MainThread")
    view.choose_worker(index)
    view.viewport.move_cursor(START_NS + 55 * MS)
    facts = Inspection(view, DARK, lambda file, line: f"line {line} of {file}").facts()
    assert "".join(text for text, _ in facts.site) == "computing at spin.py:77 in spin  ≈ sampled"
    assert [text for text, _ in facts.source] == ["line 77 of /srv/spin.py"]
    places = ["".join(text for text, _ in words) for words in facts.places]
    assert any(words.endswith("≈spin.py:77 spin") for words in places)
