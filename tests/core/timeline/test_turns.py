"""Who runs when: one thread of a GIL at a time, no more threads than cores, and as much as the clocks say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.agent import layout as L
from concviz.core.model import State
from concviz.core.system import layout as S
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.turns import Intervals, covered, union
from tests.core.timeline.build import Story, Thread, ns
from tests.core.timeline.stories import cores, crowd, read, spans, watched, worker

HOLDS, NATIVE, FOR_GIL, BLOCKED, FOR_CORE = list(ThreadState)[:5]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "session")


def finished(story: Story, t: float = 100) -> Timeline:
    return read(story.end(t).write()).timeline


def pair(story: Story) -> tuple[Thread, Thread]:
    """Two threads of a process whose main thread waits for them."""
    app = story.process(100)
    main = app.thread("main", tid=100, main=True)
    main.block(0, 100, L.OP_JOIN)
    return app.thread("one", tid=101), app.thread("two", tid=102)


def running(timeline: Timeline, name: str) -> list[tuple[float, float]]:
    return [(t0, t1) for word, t0, t1 in spans(timeline, name) if word == "running"]


def test_threads_of_one_gil_do_not_run_at_once(story: Story) -> None:
    one, two = pair(story)
    # By its clock one ran 25 ms until 40, and two 15; by 80 it was 40 each. Samples alone would have two wait
    # until 80, though it was seen with the GIL, or both run from 65 on.
    one.sample(0, HOLDS, cpu=0).sample(40, FOR_GIL, cpu=25).sample(80, FOR_GIL, cpu=40)
    two.sample(0, FOR_GIL, cpu=0).sample(20, FOR_GIL, cpu=0).sample(40, HOLDS, cpu=15)
    two.sample(80, HOLDS, cpu=40).sample(100, HOLDS, cpu=60)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "one") == [(0, 25), (65, 80)]
    assert running(timeline, "two") == [(25, 65), (80, 100)]
    assert ("gil", 65, 80) in spans(timeline, "two")
    assert timeline.parallelism.peak(ns(0), ns(100)) == 1


def test_what_finds_no_room_is_due_later(story: Story) -> None:
    one, two = pair(story)
    one.sample(0, HOLDS, cpu=0).sample(40, HOLDS, cpu=40).sample(80, FOR_GIL, cpu=40)
    # the kernel had counted 5 ms of it by then: clocks are read one after another, and move by ticks
    two.sample(0, FOR_GIL, cpu=0).sample(40, FOR_GIL, cpu=5).sample(80, HOLDS, cpu=40)
    two.sample(100, HOLDS, cpu=60)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "one") == [(0, 40)]
    assert running(timeline, "two") == [(40, 100)]


def test_native_code_runs_beside_the_holder(story: Story) -> None:
    one, two = pair(story)
    one.sample(0, HOLDS, cpu=0).sample(50, HOLDS, cpu=50).sample(100, HOLDS, cpu=100)
    two.sample(0, FOR_GIL, cpu=0).sample(20, NATIVE, cpu=0).sample(80, FOR_GIL, cpu=60)
    two.sample(100, FOR_GIL, cpu=60)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "two") == [(20, 80)]
    assert timeline.parallelism.peak(ns(0), ns(100)) == 2


def test_native_code_that_waits_for_a_core_does_not_have_the_gil(story: Story) -> None:
    one, two = pair(story)
    for thread in (one, two):  # each is off its core now and then: without the GIL all the time
        thread.sample(0, NATIVE, cpu=0)
        for t in range(20, 1000, 20):
            thread.sample(t, FOR_CORE if t % 100 else NATIVE, cpu=t / 2, queue=t / 2)
        thread.sample(1000, NATIVE, cpu=500, queue=500)
    story.sampled(0, S.Record.GIL, 100, 0, 0, 5, 0)  # it is free
    story.sweep(1000)
    timeline = finished(story, 1000)
    for name in ("one", "two"):
        assert {word for word, _, _ in spans(timeline, name)} == {"running", "core"}
        assert timeline.totals(worker(timeline, name).index).running_ns / 1e6 == pytest.approx(500, abs=15)


@pytest.mark.parametrize(("queue", "missing"), [(50, ("io", 100, 1050)), (600, ("core", 100, 1000))])
def test_what_is_not_seen_of_a_thread_that_waited_for_a_core(
    story: Story, queue: float, missing: tuple[str, float, float]
) -> None:
    """As on a busy machine, where the first look comes late, and finds it reading a file."""
    main = story.process(100).thread("main", tid=100, main=True)
    main.sample(1000, BLOCKED, Wait.IO, cpu=100, queue=queue)
    story.sweep(1050)
    assert spans(finished(story, 1050), "main")[:2] == [("running", 0, 100), missing]


def test_a_gil_that_was_only_seen_free_is_known(story: Story) -> None:
    one, two = pair(story)
    for thread in (one, two):
        thread.sample(0, NATIVE, cpu=0).sample(60, NATIVE, cpu=60)
    story.sampled(0, S.Record.GIL, 100, 0, 0, 5, 0)
    one.sample(80, HOLDS, cpu=80).sample(100, HOLDS, cpu=100)
    two.sample(80, FOR_GIL, cpu=80).sample(100, FOR_GIL, cpu=80)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "one") == [(0, 100)]
    assert running(timeline, "two") == [(0, 80)]


def test_without_samples_of_a_gil_threads_may_run_at_once(story: Story) -> None:
    one, two = pair(story)
    for thread in (one, two):
        thread.sample(0, NATIVE, cpu=0).sample(50, NATIVE, cpu=50).sample(100, NATIVE, cpu=100)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "one") == running(timeline, "two") == [(0, 100)]


def test_a_pool_on_fewer_cores_shares_them(story: Story) -> None:
    cores(story, 2)
    for number in range(4):  # each ran half of the time, and waited for a core as long
        pid = 200 + number
        thread = story.process(pid, ppid=100).thread(f"worker {number}", tid=pid, main=True)
        thread.sample(0, HOLDS, cpu=0)
        for t in range(40 + 5 * number, 1000, 40):
            thread.sample(t, HOLDS, cpu=t / 2, queue=t / 2)
        thread.sample(1000, HOLDS, cpu=500, queue=500)
        story.sweep(1000, pid)
    timeline = finished(story, 1000)
    assert timeline.parallelism.peak(ns(0), ns(1000)) == 2
    for number in range(4):
        index = worker(timeline, f"worker {number}").index
        assert timeline.totals(index).running_ns / 1e6 == pytest.approx(500, abs=15)
        ready = [s for s in timeline.spans(index, 0, 1 << 62) if s.state is State.READY]
        assert {s.reason.name for s in ready} == {"CORE"}


def test_more_threads_than_cores_are_believed_where_nothing_is_sampled(story: Story) -> None:
    cores(story, 1)
    pair(story)
    assert finished(story).parallelism.peak(ns(0), ns(100)) == 2


def test_a_thread_that_wakes_waits_while_another_runs(story: Story) -> None:
    one, two = pair(story)
    one.sample(0, HOLDS, cpu=0).sample(90, BLOCKED, Wait.IO, cpu=50)
    two.sample(0, BLOCKED, Wait.IO, cpu=0).sample(60, BLOCKED, Wait.IO, cpu=10)
    two.sample(90, BLOCKED, Wait.IO, cpu=10).sample(95, FOR_GIL, cpu=10)
    story.sweep(100)
    timeline = finished(story)
    assert running(timeline, "one") == [(0, 50)]
    assert running(timeline, "two")[0] == (50, 60)


edges = st.lists(st.integers(0, 40), max_size=8, unique=True).map(lambda t: sorted(t)[: len(t) // 2 * 2])


@given(st.lists(st.tuples(edges, st.sampled_from((1, -1))), max_size=4), st.integers(1, 3))
def test_covered_is_what_counting_gives(parts: list[tuple[list[int], int]], least: int) -> None:
    intervals = [(Intervals(np.array(t[::2], np.int64), np.array(t[1::2], np.int64)), w) for t, w in parts]
    found = covered(least, *intervals)
    expected = [
        sum(w for t, w in parts for a, b in zip(t[::2], t[1::2]) if a <= i < b) >= least for i in range(41)
    ]
    assert found.has(np.arange(41)).tolist() == expected
    assert (found.t0 < found.t1).all()
    assert (found.t0[1:] > found.t1[:-1]).all()


def test_history_is_settled_soon_however_many_threads_wait(story: Story) -> None:
    crowd(story, idle=40, busy=20, until=2400)
    for session, t in watched(story, 2400):
        if t > 1600:
            lanes = [lane for lane in session.timeline.lanes if lane.name.startswith(("idle", "busy"))]
            settled = [int(lane.spans.starts[lane.spans.n - 1]) for lane in lanes]
            assert min(settled) > ns(t - 1000)


def test_what_is_shown_of_one_gil_is_counted_once(story: Story) -> None:
    crowd(story, idle=40, busy=20, until=2400)
    for session, t in watched(story, 2400):
        if t > 1600:  # (what is settled may for a moment lie where others are still shown)
            assert 0.5 < session.timeline.parallelism.mean(ns(t - 400), ns(t)) < 1.7


def test_threads_of_one_gil_stay_apart_when_they_are_settled_live(story: Story) -> None:
    crowd(story, idle=4, busy=8, until=3000)
    for session, t in watched(story, 3000):
        if t > 2000:
            assert session.timeline.parallelism.peak(ns(0), ns(t - 1300)) == 1


parts = st.lists(edges, max_size=4)


@given(parts)
def test_union_is_where_any_is(times: list[list[int]]) -> None:
    intervals = [Intervals(np.array(t[::2], np.int64), np.array(t[1::2], np.int64)) for t in times]
    expected = covered(1, *((each, 1) for each in intervals))
    found = union(*intervals)
    assert (found.t0.tolist(), found.t1.tolist()) == (expected.t0.tolist(), expected.t1.tolist())
