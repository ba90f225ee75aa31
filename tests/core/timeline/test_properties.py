"""What must hold for every session, however it is cut into pieces and at whatever zoom it is looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concviz.core.session.session import Session
from concviz.core.timeline import history
from tests.core.timeline.build import START_NS, ns
from tests.core.timeline.stories import read, stories, told

slow = settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
Fresh = Callable[[], Path]


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """A new folder for every example of a test."""
    numbers = itertools.count()
    return lambda: tmp_path / f"session{next(numbers)}"


@pytest.mark.parametrize("late_ns", [0, history.BIRTHS_LATE_NS])
@slow
@given(data=st.data(), limit=st.integers(1, 9))
def test_any_chunking_tells_the_same(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch, late_ns: int, data: st.DataObject, limit: int
) -> None:
    monkeypatch.setattr(history, "BIRTHS_LATE_NS", late_ns)  # 0: what is placed is forgotten at once
    path = data.draw(stories(fresh())).write()
    whole, pieces = read(path).timeline, read(path, limit).timeline
    assert told(pieces) == told(whole)
    for series, other in ((whole.concurrency, pieces.concurrency), (whole.parallelism, pieces.parallelism)):
        for t in range(0, 410, 7):
            assert series.at(ns(t)) == other.at(ns(t))


@slow
@given(data=st.data())
def test_cells_sum_to_the_time_alive_at_any_zoom(fresh: Fresh, data: st.DataObject) -> None:
    path = data.draw(stories(fresh())).write()
    timeline = read(path).timeline
    begin = START_NS - data.draw(st.integers(0, 10**9))
    cell = data.draw(st.integers(1, 3 * 10**7))
    for worker in timeline.workers:
        fine = timeline.cells(worker.index, begin, cell, 64)
        coarse = timeline.cells(worker.index, begin, cell * 8, 8)
        assert (fine.ns.reshape(8, 8, 3).sum(axis=1) == coarse.ns).all()
        assert (fine.switches.reshape(8, 8).sum(axis=1) == coarse.switches).all()
        end = worker.end_ns if worker.end_ns is not None else timeline.end_ns
        alive = np.clip(begin + cell * np.arange(65), worker.start_ns, max(end, worker.start_ns))
        assert (fine.ns.sum(axis=1) == np.diff(alive)).all()
        assert (fine.ns >= 0).all()
        for i in range(0, 64, 9):
            a, b = begin + i * cell, begin + (i + 1) * cell
            slow_way = [0, 0, 0]
            for span in timeline.spans(worker.index, a, b):
                slow_way[span.state] += max(min(span.t1_ns, b) - max(span.t0_ns, a), 0)
            assert fine.ns[i].tolist() == slow_way
            totals = timeline.totals(worker.index, a, b)
            assert [totals.running_ns, totals.ready_ns, totals.waiting_ns] == slow_way


@slow
@given(data=st.data())
def test_watched_while_it_grows_it_ends_up_the_same(fresh: Fresh, data: st.DataObject) -> None:
    story = data.draw(stories(fresh()))
    story.end(400)
    instants = sorted(data.draw(st.lists(st.integers(1, 399), max_size=5)))
    living = [True]
    path = story.write(until=0)
    session = Session.open(path, alive=lambda pid, ticks: living[0])
    for t in instants:
        story.write(until=t)
        session.advance(ns(t))
        for worker in session.timeline.workers:  # what is shown meanwhile is contiguous
            spans = list(session.timeline.spans(worker.index, 0, 1 << 62))
            assert all(a.t1_ns <= b.t0_ns for a, b in itertools.pairwise(spans))
            if worker.end_ns is None:
                live = max(session.timeline.end_ns, worker.start_ns)
                assert sum(s.duration_ns for s in spans) == live - worker.start_ns
    story.write()
    living[0] = False
    while session.advance(ns(100_000)):
        pass
    seen, whole = told(session.timeline), told(read(path).timeline)
    for id, (_, steps, spans) in whole.items():
        if ".a" in id:
            assert seen[id][1:] == (steps, spans)
    assert seen.keys() == whole.keys()


@slow
@given(data=st.data())
def test_columns_tell_what_the_spans_tell(fresh: Fresh, data: st.DataObject) -> None:
    timeline = read(data.draw(stories(fresh())).write()).timeline
    t0, t1 = ns(data.draw(st.integers(-5, 400))), ns(data.draw(st.integers(0, 420)))
    for worker in timeline.workers:
        columns = timeline.columns(worker.index, t0, t1)
        found = zip(
            columns.t0_ns.tolist(), columns.t1_ns.tolist(), columns.state.tolist(), columns.reason.tolist(),
            columns.known.tolist(), map(timeline.words.site_of, columns.site.tolist()), columns.peer.tolist(),
        )
        told_in_bulk = [(*facts, peer if peer >= 0 else None) for *facts, peer in found]
        assert told_in_bulk == [
            (s.t0_ns, s.t1_ns, s.state, s.reason, s.known, s.site, s.awaits if s.waker is None else s.waker)
            for s in timeline.spans(worker.index, t0, t1)
        ]


@slow
@given(data=st.data())
def test_cells_between_any_edges_tell_what_even_cells_tell(fresh: Fresh, data: st.DataObject) -> None:
    timeline = read(data.draw(stories(fresh())).write()).timeline
    cuts = sorted(set(data.draw(st.lists(st.integers(0, 420), min_size=2, max_size=9))))
    for worker in timeline.workers:
        uneven = timeline.cells_between(worker.index, [ns(cut) for cut in cuts])
        even = timeline.cells(worker.index, ns(0), 1_000_000, 420)
        for i, (a, b) in enumerate(itertools.pairwise(cuts)):
            assert uneven.ns[i].tolist() == even.ns[a:b].sum(axis=0).tolist()


@slow
@given(data=st.data())
def test_wake_ups_in_bulk_are_those_found_one_by_one(fresh: Fresh, data: st.DataObject) -> None:
    timeline = read(data.draw(stories(fresh())).write()).timeline
    wakes = timeline.wakes.between(ns(0), ns(10_000))
    assert (np.diff(wakes.t_ns) >= 0).all()
    for worker in timeline.workers:
        mine = wakes.t_ns[wakes.waker == worker.index]
        found = timeline.wake_after(worker.index, ns(0))
        assert (found is None) == (len(mine) == 0)
        assert found is None or found.t_ns == mine[0]
