"""What a long history keeps: its spans, and little besides."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np

from concviz.core.agent import layout as L
from concviz.core.session.events import RECORD
from concviz.core.timeline.merge import BLOCK
from concviz.core.timeline.step_sites import StepSites
from tests.core.timeline.build import START_NS, Story
from tests.core.timeline.stories import read

CALLS = 60_000
_BYTES_A_CALL = 140
"""Two spans of 20 bytes of the thread and of its process each, in arrays that may be longer than they need
be, and two changes of parallelism. Views of what is settled, and calls kept for steps, would be 40 more."""


def _calls(path: Path) -> None:
    """One thread that makes short blocking calls, half of the time."""
    story = Story(path)
    app = story.process(100)
    app.site("app.py", 20, "fetch")
    app.thread("MainThread", tid=100, main=True)
    app.closed = 10 + CALLS / 100
    story.end(app.closed, 0)
    story.write()
    log = next((path / "events").glob("*.events"))
    first, i = len(app.records), np.arange(CALLS)
    records = np.zeros(CALLS, RECORD)
    records["t0"], records["dur"] = START_NS + 1_000_000 + i * 10_000, 5_000
    records["word"] = L.BLOCK | 1 << L.THREAD_SHIFT
    records["a"], records["b"] = 1, L.OP_SLEEP
    records["mark"] = L.RECORDS_AT + (first + i) * L.RECORD_SIZE
    whole = log.read_bytes()[: L.RECORDS_AT + first * L.RECORD_SIZE]
    log.write_bytes(whole + records.tobytes() + bytes(L.RECORD_SIZE * 64))


def test_a_blocking_call_leaves_its_spans_and_little_else(tmp_path: Path) -> None:
    _calls(tmp_path / "s")
    read(tmp_path / "s")  # what is imported and compiled once is there
    tracemalloc.start()
    try:
        session = read(tmp_path / "s", limit=10_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    thread = next(lane for lane in session.timeline.lanes if lane.name == "MainThread")
    assert thread.spans.n == 2 * CALLS + 1
    assert kept / CALLS < _BYTES_A_CALL


def test_a_step_finds_its_call_among_very_many() -> None:
    """Calls are forgotten only when those of the steps they may belong to were read."""
    calls = np.zeros(50_000, BLOCK)
    calls["t0"] = np.arange(len(calls)) * 10
    calls["t1"], calls["site"] = calls["t0"] + 9, np.arange(len(calls))
    steps = np.zeros(2, RECORD)
    steps["word"], steps["t0"] = L.STEP | 1 << L.THREAD_SHIFT, (0, 499_000)
    sites = StepSites()
    sites.add(1, calls[:20], np.ones(20, np.bool_))
    sites.add(1, calls[20:], np.ones(len(calls) - 20, np.bool_))
    assert sites.of(steps, np.array([10, 499_010])).tolist() == [0, 49_900]
