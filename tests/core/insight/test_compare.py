"""A model's figures, from sessions written by hand: of the time of the work alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from concviz.core.agent import layout as L
from concviz.core.insight.compare import Figures, figures, median
from concviz.core.insight.compare_lanes import choose
from concviz.core.insight.rounded import seconds
from concviz.core.session.system_log import SystemLog
from tests.core.timeline.build import Story, ns
from tests.core.timeline.stories import read


def measured(story: Story, t0: float, t1: float, **more: Any) -> Figures:
    """The figures of the work between two milliseconds."""
    path = story.end(1000).write()
    report = {
        "began_ns": ns(t0), "ended_ns": ns(t1), "own_cpu_s": 0.01, "children_cpu_s": 0.0,
        "context_switches": 7, "items": 4, "workers": 2, **more,
    }
    return figures(read(path), SystemLog(path).read(0, 1 << 62), report)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A loop with two tasks, one of which awaits from 500 to 900, one from 500 to 700."""
    made = Story(tmp_path / "session")
    app = made.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(450, 950)
    at = app.site("app.py", 4, "fetch", call=("/usr/lib/python3/asyncio/streams.py", 1, "StreamReader.read"))
    for name, until in (("one", 900), ("two", 700)):
        task = main.task(name, born=490)
        task.step(495, 500, awaits=L.REF_FUTURE, site=at)
        task.step(until, until + 10, ready=20, ended=L.REF_ENDED)
    return made


def test_only_the_time_of_the_work_counts(story: Story) -> None:
    found = measured(story, 500, 900)
    assert (found.wall_s, found.whole_s) == (pytest.approx(0.4), pytest.approx(1.0))
    assert found.concurrency == pytest.approx((400 + 210) / 400)
    assert (found.concurrency_peak, found.items, found.workers, found.switches) == (2, 4, 2, 7)
    assert found.steps == 4


def test_the_shares_are_of_the_work_in_progress(story: Story) -> None:
    found = measured(story, 500, 900)
    assert found.running + found.ready + found.waiting == pytest.approx(1)
    assert found.running == pytest.approx(10 / 610)
    assert found.ready == pytest.approx(40 / 610)
    assert found.reasons["loop"] == pytest.approx(40 / 610)
    assert found.reasons["io"] == pytest.approx((380 + 180) / 610)


def test_what_children_used_is_what_is_known_best(story: Story) -> None:
    story.born(500, 200, 100, "python")
    for t, root, child in ((400, 300, 0), (600, 350, 80), (800, 400, 120)):
        story.usage(t, 100, root, rss=30 << 20)
        if child:
            story.usage(t, 200, child, rss=20 << 20)
    story.gone(810, 200)
    found = measured(story, 500, 900)
    assert found.cpu_s == pytest.approx(0.01 + 0.12)
    assert found.cores_used == pytest.approx(0.13 / 0.4)
    assert found.peak_rss_bytes == 50 << 20
    assert measured(story, 500, 900, children_cpu_s=0.2).cpu_s == pytest.approx(0.21)


def test_without_samples_memory_is_not_known(story: Story) -> None:
    assert measured(story, 500, 900).peak_rss_bytes is None


def test_a_blocked_loop_is_told_by_the_ready_tasks(tmp_path: Path) -> None:
    made = Story(tmp_path / "session")
    app = made.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(90, 510)
    main.task("blocks", born=100).step(100, 500, ended=L.REF_ENDED)
    main.task("could run", born=100).step(500, 501, ready=400, ended=L.REF_ENDED)
    main.block(101, 499, L.OP_SLEEP, app.site("app.py", 3, "main"))
    found = measured(made, 100, 500)
    assert (found.running, found.reasons["loop"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found.parallelism < 0.02


def test_the_median_of_several_runs(story: Story) -> None:
    runs = [measured(story, 500, until, own_cpu_s=cpu) for until, cpu in ((900, 0.3), (800, 0.1), (700, 0.2))]
    middle = median(runs)
    assert (middle.wall_s, middle.cpu_s) == (pytest.approx(0.3), pytest.approx(0.2))
    assert (middle.switches, type(middle.switches)) == (7, int)
    assert middle.peak_rss_bytes is None
    assert middle.reasons["io"] == np.median([run.reasons["io"] for run in runs])


def test_lanes_are_those_at_work_and_the_rest_is_counted(tmp_path: Path) -> None:
    made = Story(tmp_path / "session")
    app = made.process(100, closed=990)
    main = app.thread("MainThread", tid=100, main=True)
    main.loop(90, 950)
    at = app.site("app.py", 4, "fetch", call=("/usr/lib/python3/asyncio/streams.py", 1, "StreamReader.read"))
    for number in range(5):
        task = main.task(f"task {number}", born=100)
        task.step(100, 101, awaits=L.REF_FUTURE, site=at)
        task.step(200 + 100 * number, 201 + 100 * number, ended=L.REF_ENDED)
    timeline = read(made.end(1000).write()).timeline
    chosen = choose(timeline, ns(100), ns(900), 80_000_000, 50, 2)
    assert [worker.name for worker, _ in chosen.lanes] == ["task 3", "task 4"]
    assert chosen.left_out == 3
    assert all(len(cells.ns) == 10 for _, cells in chosen.lanes), "as long as the work, not as the axis"


@pytest.mark.parametrize(("value", "said"), [
    (0.0004, "0.4 ms"), (0.0123, "12 ms"), (1.0456, "1.05 s"), (99.5, "99.50 s"), (321.4, "321 s"),
    (1234.5, "1 234 s"),
])
def test_a_length_of_time_has_the_digits_that_a_measurement_is_worth(value: float, said: str) -> None:
    assert seconds(value) == said, "thousands are set apart as everywhere: a comma is a decimal one elsewhere"
