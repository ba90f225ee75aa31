"""A loop that is blocked again and again, as a session whose every event is known."""

from __future__ import annotations

from pathlib import Path

from concviz.core.agent import layout as L
from tests.core.timeline.build import Story

ROUND = 100
"""Milliseconds from one time to the next."""


def blocked_often(
    path: Path, *, blocks: int, computes: bool = False, until: int = 0, pid: int = 100,
) -> Story:
    """Every tenth of a second a request blocks the loop for 60 ms, the fourth for 80; between, tasks wait.

    Args:
        computes: rather than to wait at line 7 (the sixth: at line 17). until: when it ends.
    """
    story = Story(path, command=["python", "app.py"], pid=pid)
    app = story.process(pid)
    main = app.thread("MainThread", tid=pid, main=True).loop(0)
    sites = [app.site("/srv/app.py", line, "handle") for line in (7, 17)]
    handle = app.site("/srv/app.py", 3, "handle")
    clients = [main.task(f"client {number}", born=1) for number in range(3)]
    for number, begin in enumerate(range(10, 10 + blocks * ROUND, ROUND)):
        end = begin + (80 if number == 3 else 60)
        if not computes:
            main.block(begin + 1, end - 1, L.OP_SLEEP, sites[number == 5])
        main.task(f"request {number}", born=begin - 1, site=handle).step(
            begin, end, ready=0.5, ended=L.REF_ENDED)
        for place, client in enumerate(clients):
            client.step(end + place, end + place + 1, ready=20, waker=L.REF_IO, awaits=L.REF_IO)
    over = until or 10 + blocks * ROUND
    app.closed = over
    story.end(over, 0)
    return story
