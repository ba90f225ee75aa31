"""Who was on which core: never more than was sampled, and what was is told at any zoom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from concviz.core.session.session import Session
from concviz.core.system import layout as S
from concviz.core.timeline.cores import NOBODY, CoreCells, Cores, Occupant
from concviz.core.timeline.stays import STAY, GrowingStays, Stays
from tests.core.timeline.build import Story, Thread, ns
from tests.core.timeline.stories import read

MS = 1_000_000
ON, HOLDS, WAITS, BLOCKED = (
    S.ThreadState.ON_CORE, S.ThreadState.HOLDS_GIL, S.ThreadState.WAITS_FOR_GIL, S.ThreadState.BLOCKED,
)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A session whose machine has two cores, counted every 100 ms: core 0 busy all the time, core 1 idle."""
    made = Story(tmp_path / "session")
    for t in range(0, 1001, 100):
        made.sampled(t, S.Record.CORE, 0, 0, 0, t * MS, 0)
        made.sampled(t, S.Record.CORE, 0, 0, 1, 0, t * MS)
    return made


def thread(story: Story, number: int = 0) -> Thread:
    """A thread of process 100."""
    app = story.processes[0] if story.processes else story.process(100, closed=990)
    return app.thread(f"thread {number}", tid=100 + number, main=number == 0)


def told(story: Story) -> Cores:
    return read(story.end(1000).write()).timeline.cores


def row(cells: CoreCells) -> list[float]:
    """How much of each cell was ours, in milliseconds."""
    return (cells.ours_ns / MS).round(1).tolist()


def cells(cores: Cores, core: int, step_ms: int = 100, t0_ms: int = 0, t1_ms: int = 1000) -> CoreCells:
    return cores.cells(core, ns(t0_ms), step_ms * MS, (t1_ms - t0_ms) // step_ms)


def test_a_thread_that_stays_running_is_carried_from_look_to_look(story: Story) -> None:
    runs = thread(story)
    for t in range(200, 401, 50):
        runs.sample(t, HOLDS, cpu=t, core=1)
    runs.sample(450, BLOCKED, S.Wait.IO, cpu=450, core=1)
    cores = told(story)
    assert row(cells(cores, 1)) == [0, 0, 100, 100, 50, 0, 0, 0, 0, 0]
    assert row(cells(cores, 0)) == [0] * 10
    assert cells(cores, 1).who.tolist()[1:6] == [NOBODY, 0, 0, 0, NOBODY]
    assert cores.occupants == [Occupant(100, 100)]


def test_where_looks_were_too_far_apart_nothing_is_claimed(story: Story) -> None:
    runs = thread(story)
    runs.sample(100, ON, cpu=0, core=1)
    runs.sample(900, ON, cpu=800, core=1)
    runs.sample(950, BLOCKED, cpu=850, core=1)
    assert row(cells(told(story), 1)) == [0, 50, 0, 0, 0, 0, 0, 0, 0, 50]


def test_the_last_look_reaches_no_further_than_the_last_sweep(story: Story) -> None:
    runs = thread(story)
    runs.sample(500, ON, cpu=0, core=1)
    story.sweep(560, 100)
    assert row(cells(told(story), 1)) == [0, 0, 0, 0, 0, 60, 0, 0, 0, 0]


def test_who_waits_for_the_gil_or_does_not_tell_a_core_is_on_none(story: Story) -> None:
    waits, unknown = thread(story), thread(story, 1)
    for t in range(100, 501, 50):
        waits.sample(t, WAITS, cpu=0, core=1)
        unknown.sample(t, ON, cpu=t, core=-1)
    assert row(cells(told(story), 1)) == [0] * 10


def test_two_threads_that_share_a_core_have_the_share_their_clocks_tell(story: Story) -> None:
    one, two = thread(story), thread(story, 1)
    for t in range(0, 1001, 50):
        one.sample(t, ON, cpu=t * 0.75, core=0)
        two.sample(t, ON, cpu=t * 0.25, core=0)
    found = cells(told(story), 0)
    assert row(found) == [100] * 10
    assert set(found.who.tolist()) == {0}


def test_a_thread_that_moves_is_told_on_both_cores(story: Story) -> None:
    runs = thread(story)
    for t in range(0, 1001, 50):
        runs.sample(t, ON, cpu=t, core=0 if t < 500 else 1)
    cores = told(story)
    assert row(cells(cores, 0)) == [100] * 5 + [0] * 5
    assert row(cells(cores, 1)) == [0] * 5 + [100] * 5
    assert cells(cores, 1).moved.tolist() == [False] * 5 + [True] + [False] * 4
    assert not cells(cores, 0).moved.any()
    stay = cores.at(1, ns(720))
    assert stay is not None
    assert (stay.t0_ns, stay.t1_ns, cores.since(1, stay)) == (ns(700), ns(750), ns(500))
    assert cores.from_core(1, stay.who, ns(500)) == 0
    assert cores.at(0, ns(720)) is None
    assert (cores.edge(1, ns(400), 1), cores.edge(1, ns(520), -1)) == (ns(500), ns(500))
    assert cores.edge(1, ns(400), -1) is None


def test_what_else_kept_a_core_busy_is_not_ours(story: Story) -> None:
    runs = thread(story)
    for t in range(0, 501, 50):
        runs.sample(t, ON, cpu=t, core=0)
    runs.sample(510, BLOCKED, cpu=510, core=0)
    found = cells(told(story), 0)
    assert found.others_ns[:5].tolist() == [0] * 5
    assert (found.others_ns[6:] == 100 * MS).all()
    assert found.known.all()
    idle = cells(told(story), 1)
    assert (idle.others_ns.sum(), idle.known.all()) == (0, True)


def test_before_the_first_and_after_the_last_look_nothing_is_known(tmp_path: Path) -> None:
    made = Story(tmp_path / "session")
    for t in (300, 400, 500):
        made.sampled(t, S.Record.CORE, 0, 0, 0, 0, t * MS)
    made.process(100, closed=990)
    assert cells(told(made), 0).known.tolist() == [False] * 3 + [True] * 2 + [False] * 5


def test_a_process_without_threads_of_its_own_is_told_by_its_cpu_clock(story: Story) -> None:
    thread(story)
    story.born(0, 200, 100, "gzip")
    for t in range(0, 601, 100):
        story.usage(t, 200, t * 0.5, core=1)
        story.sampled(t, S.Record.SWITCHES, 200, 0, 1, 0, 0)
    story.usage(700, 200, 350, core=0)
    cores = told(story)
    assert row(cells(cores, 1)) == [50] * 6 + [0] * 4, "from the sixth to the seventh look it was on either"
    assert cores.occupants == [Occupant(200, 0)]


def test_a_process_of_several_threads_is_claimed_to_be_nowhere(story: Story) -> None:
    thread(story)
    for t in range(0, 601, 100):
        story.sampled(t, S.Record.SWITCHES, 200, 0, 3, 0, 0)
        story.usage(t, 200, t * 2, core=1)
    assert row(cells(told(story), 1)) == [0] * 10


def test_pinning_is_told_for_the_instant(story: Story) -> None:
    thread(story)
    story.sampled(10, S.Record.AFFINITY, 100, 0, 2, 0b11)
    story.sampled(500, S.Record.AFFINITY, 100, 0, 1, 0b10)
    story.sampled(600, S.Record.AFFINITY, 200, 0, 1, 0b01)
    story.gone(800, 200)
    cores = told(story)
    forbidden = [cores.rights.forbidden(0, ns(t)) for t in (5, 100, 550, 700, 900)]
    assert forbidden == [False, False, True, False, True]
    assert not cores.rights.forbidden(1, ns(900))
    assert cores.rights.living(ns(700)) == [100, 200]


def test_more_than_64_cores_are_one_mask(story: Story) -> None:
    thread(story)
    story.sampled(10, S.Record.AFFINITY, 100, 0, 2, -(1 << 63))
    story.sampled(10, S.Record.AFFINITY, 100, 1, 2, 0b100)
    assert told(story).rights.of(100, ns(20)) == 1 << 63 | 1 << 66


def test_it_is_the_same_in_whatever_pieces_it_arrives(story: Story) -> None:
    for number in range(3):
        runs = thread(story, number)
        for t in range(7 * number, 1000, 13):
            runs.sample(t, (ON, WAITS, HOLDS)[(t + number) % 3], cpu=t * 0.3, core=(t // 200 + number) % 2)
    for t in range(0, 1001, 100):  # a process that is told as a whole until its threads are looked at
        story.usage(t, 200, t, core=1)
        story.sampled(t, S.Record.SWITCHES, 200, 0, 1 if t < 300 else 2, 0, 0)
        story.usage(t, 300, t, core=0)
        if 400 < t < 1000:
            story.sampled(t + 5, S.Record.THREAD, 300, 300, S.thread_value(ON, 0, 0), t * MS, 0)
    whole = told(story)
    session = Session.open(story.path, alive=lambda pid, ticks: True)
    for t in (*range(0, 1001, 17), 1001):
        story.write(until=t)
        session.advance(ns(t))
        session.timeline.cores.cells(0, ns(0), 10 * MS, 100)
    pieces = session.timeline.cores
    for core in (0, 1):
        for step in (1, 10, 100, 1000):
            one, other = cells(whole, core, step), cells(pieces, core, step)
            assert row(one) == row(other)
            assert one.moved.tolist() == other.moved.tolist()


def test_cells_add_up_at_any_zoom(story: Story) -> None:
    runs = thread(story)
    for t in range(0, 1001, 30):
        runs.sample(t, ON if t % 4 else BLOCKED, cpu=t * 0.9, core=0)
    cores = told(story)
    sums = [cells(cores, 0, step).ours_ns.sum() for step in (1, 10, 100, 500)]
    assert max(sums) - min(sums) < 1000


def test_of_very_many_stays_in_a_cell_the_one_who_ran_most_is_named() -> None:
    made = np.zeros(3000, STAY)
    made["t0"] = np.arange(3000) * MS
    made["t1"] = made["t0"] + MS
    made["share"], made["who"] = 1, np.where(np.arange(3000) % 3, 7, 4)
    cell, who, ran = Stays(made).pairs(np.array([0, 3000 * MS]))
    assert len(cell) <= 32, "however many there are"
    assert ran[who == 7].sum() > ran[who == 4].sum()


def test_growing_stays_are_those_that_were_added() -> None:
    grown, parts = GrowingStays(), []
    for start in range(0, 20_000, 500):
        made = np.zeros(500, STAY)
        made["t0"] = (start + np.arange(500)) * MS
        made["t1"], made["share"] = made["t0"] + MS, 0.5
        parts.append(made)
        grown.add(made)
        sums = sum(part.area(np.array([20_000 * MS]))[0] for part in grown.parts)
        assert sums == pytest.approx((start + 500) * MS / 2)


def test_nothing_sampled_is_nothing_known(tmp_path: Path) -> None:
    made = Story(tmp_path / "session")
    made.process(100, closed=990)
    cores = told(made)
    assert cores.count == 0
    found = cells(cores, 3)
    assert (found.ours_ns.sum(), found.known.any(), set(found.who.tolist())) == (0, False, {NOBODY})
    assert cores.at(0, ns(5)) is None
    assert cores.busy.share(0, ns(5), MS) is None
