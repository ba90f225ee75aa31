"""A loop that is blocked again and again, as a session whose every event is known."""

from __future__ import annotations

from collections.abc import Sequence
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


def blocked_in_each(
    path: Path, *, workers: int, blocks: int, names: Sequence[str] = (), late: float = 0,
) -> Story:
    """Worker processes whose loops are each blocked every tenth of a second, for 60 ms at line 7.

    Args:
        names: of the workers; by default ForkProcess-1, … late: the last one is blocked once more, until so
            many milliseconds after the others have ended.
    """
    story = Story(path, command=["python", "app.py"])
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    over = 100 + blocks * ROUND
    for number in range(workers):
        pid = 200 + number
        name = names[number] if names else f"ForkProcess-{number + 1}"
        app.child(1, pid, "fork", name, by=main)
        child = story.process(pid, ppid=100, opened=2)
        loop = child.thread("MainThread", tid=pid, main=True).loop(3)
        site = child.site("/srv/app.py", 7, "handle")
        others = [loop.task(f"client {place}", born=4) for place in range(2)]
        request = loop.task("request", born=4)
        for begin in range(20 + 10 * number, over - ROUND, ROUND):
            loop.block(begin + 1, begin + 59, L.OP_SLEEP, site)
            request.step(begin, begin + 60, ready=0.5, awaits=L.REF_IO)
            for place, client in enumerate(others):
                client.step(begin + 61 + place, begin + 62 + place, ready=30, waker=L.REF_IO, awaits=L.REF_IO)
        if late and number == workers - 1:
            begin = over - ROUND + 10
            loop.block(begin + 1, over + late - 1, L.OP_SLEEP, site)
            request.step(begin, over + late, ready=0.5, ended=L.REF_ENDED)
            others[0].step(over + late, over + late + 1, ready=over + late - begin - 5, ended=L.REF_ENDED)
            child.closed = over + late + 2
        else:
            child.closed = over
        app.child_end(child.closed, pid)
    main.block(5, over + late + 5, L.OP_CHILD)
    app.closed = over + late + 10
    story.end(app.closed, 0)
    return story
