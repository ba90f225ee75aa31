"""A session whose names try to break out of whatever they are written into."""

from __future__ import annotations

import re
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.session.session import Session
from tests.core.export.drawn import NAUGHTY
from tests.core.timeline.build import Story
from tests.core.timeline.stories import read
from tests.tui.sessions import HOSTILE, PID

NAMES = (
    *HOSTILE, *NAUGHTY, 'quote " comma , semi ;', "it's", "\\\"};alert(1)//", "=cmd|' /C calc'!A0", "+1",
    "-1", "@SUM(1)", "\t=1", "\u2028line\u2029para", "{{7*7}}", "%s%n$(id)`id`",
)

_HARMFUL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def harmless(text: str) -> bool:
    """No controls, no change of direction, no halves of surrogates, no megabytes."""
    return len(text) <= 1200 and not _HARMFUL.search(text)


def hostile_session(path: Path) -> Session:
    """Each name on a task, a thread, a site and an exception."""
    story = Story(path, command=["python", *NAMES[:10]], pid=PID)
    app = story.process(PID)
    main = app.thread("Main</script>\nThread\x1b[0m", tid=PID, main=True).loop(1)
    before = None
    for number, name in enumerate(NAMES):
        app.thread(name, tid=PID + 1 + number, born=2).end(90, L.OUTCOME_FAILED, name)
        task = main.task(name, born=5 + number)
        site = app.site(f"/srv/{name[:300]}.py", 3, name[:300], call=(f"/lib/{name[:50]}.py", 1, name[:300]))
        waker = before.ref if before is not None else L.REF_TIMER
        task.step(10 + number * 2, 11 + number * 2, ready=0.5, waker=waker, awaits=L.REF_TIMER, site=site)
        before = task
    app.closed = 100
    story.end(100, 0)
    return read(story.write())
