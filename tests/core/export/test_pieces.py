"""What must hold for every session and window: nothing is lost by cutting a lane into pieces and columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concviz.core.export.markup import cells, fitted, number, text
from concviz.core.export.picture.crowd import crowd_name, summed
from concviz.core.export.picture.pieces import count_wide, cut, stretches
from concviz.core.export.picture.rows import rows_of
from concviz.core.export.picture.scale import Scale
from concviz.core.timeline.timeline import Timeline
from tests.core.timeline.build import START_NS, ns
from tests.core.timeline.stories import read, stories
from tests.tui.sessions import crawl, many

slow = settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
Fresh = Callable[[], Path]


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    """A new folder for every example of a test."""
    numbers = itertools.count()
    return lambda: tmp_path / f"session{next(numbers)}"


@slow
@given(data=st.data())
def test_pieces_cover_a_life_and_their_columns_tell_all_of_it(fresh: Fresh, data: st.DataObject) -> None:
    timeline = read(data.draw(stories(fresh())).write()).timeline
    t0 = ns(data.draw(st.integers(0, 300)))
    t1 = t0 + data.draw(st.integers(1, 200_000_000))
    least, cell = data.draw(st.integers(1, 50_000_000)), data.draw(st.integers(1_000_000, 9_000_000))
    for worker in timeline.workers:
        columns = timeline.columns(worker.index, t0, t1)
        pieces = list(cut(columns, t0, t1, least))
        assert sum(piece.spans for piece in pieces) == len(columns)
        assert sum(piece.wide for piece in pieces) == count_wide(columns, t0, t1, least)
        assert all(a.t1_ns == b.t0_ns for a, b in itertools.pairwise(pieces))
        found = [0, 0, 0]
        for piece in pieces:
            if piece.wide:
                assert piece.t1_ns - piece.t0_ns >= least
                found[int(columns.state[piece.first])] += piece.t1_ns - piece.t0_ns
        for stretch in stretches(timeline, worker.index, pieces, t0, cell, 0):
            assert stretch.columns[0].t0_ns == stretch.piece.t0_ns == stretch.whole.t0_ns
            assert stretch.columns[-1].t1_ns == stretch.piece.t1_ns == stretch.whole.t1_ns
            assert sum(column.alive_ns for column in stretch.columns) == stretch.whole.alive_ns
            for column in stretch.columns:
                assert column.t1_ns - column.t0_ns <= cell
                found[0] += column.running_ns
                found[1] += column.ready_ns
                found[2] += column.waiting_ns
        totals = timeline.totals(worker.index, t0, t1)
        assert found == [totals.running_ns, totals.ready_ns, totals.waiting_ns]


def shown(timeline: Timeline) -> set[int]:
    return {worker.index for worker in timeline.workers}


def test_a_child_process_has_its_row_after_the_threads_that_were_there_before_it(tmp_path: Path) -> None:
    timeline = read(crawl(tmp_path / "session").path).timeline
    names = [timeline.workers[row.worker].name for row in rows_of(timeline, shown(timeline), 50)
             if row.depth == 1]
    assert names == ["MainThread", "spinner_0", "spinner_1", "SpawnProcess-1"]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 50])
def test_rows_never_exceed_what_there_is_room_for_and_leave_nobody_out(tmp_path: Path, most: int) -> None:
    timeline = read(many(tmp_path / "session", 40).path).timeline
    rows = rows_of(timeline, shown(timeline), most)
    assert len(rows) <= most
    reached = {row.worker for row in rows if not row.members} | {m for row in rows for m in row.members}
    for parent in list(reached):
        pending = list(timeline.children(parent))
        while pending and any(parent in row.members for row in rows):
            reached.add(one := pending.pop())
            pending += timeline.children(one)
    assert reached == shown(timeline)


def test_rows_are_the_tree_where_all_fit(tmp_path: Path) -> None:
    timeline = read(crawl(tmp_path / "session").path).timeline
    rows = rows_of(timeline, shown(timeline), 99)
    names = [(row.depth, timeline.workers[row.worker].name) for row in rows]
    assert names[:3] == [(0, "crawl.py"), (1, "MainThread"), (2, "fetch-1")]
    assert (2, "fetch-8") in names
    assert not any(row.members for row in rows)


def test_a_crowd_is_never_one_alone(tmp_path: Path) -> None:
    timeline = read(many(tmp_path / "session", 40).path).timeline
    for most in range(1, 60):
        assert all(len(row.members) != 1 for row in rows_of(timeline, shown(timeline), most) if row.depth)


def test_ticks_are_round_and_apart() -> None:
    scale = Scale(START_NS + 130_000_000, START_NS + 1_930_000_000, 100, 900)
    ticks = list(scale.ticks(START_NS))
    assert [words for _, words in ticks] == [
        "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1.0 s", "1.2 s", "1.4 s", "1.6 s", "1.8 s",
    ]
    assert ticks[0][0] == 135
    assert scale.x(0) == 100
    assert scale.x(1 << 60) == 1000


@given(st.text(), st.integers(0, 400))
def test_a_fitted_text_fits(value: str, room: int) -> None:
    assert cells(fitted(value, room, 10)) <= max(room / 6.1, 0)


@given(st.text())
def test_text_holds_nothing_that_xml_forbids_or_reads(value: str) -> None:
    assert not set(text(value)) & set("<>\"'\x00\x0b\x1b\ufffe\uffff\ud800")


def test_numbers_are_short() -> None:
    assert [number(value) for value in (0, 1.0, 0.5, 12.3456, 100.0)] == ["0", "1", "0.5", "12.35", "100"]


def test_a_crowd_sums_what_each_member_did(tmp_path: Path) -> None:
    timeline = read(crawl(tmp_path / "session").path).timeline
    scale = Scale(START_NS + 300_000_000, START_NS + 1_900_000_000, 0, 160)
    members = [worker.index for worker in timeline.workers if worker.name.startswith("fetch")]
    each = [timeline.cells(member, scale.from_ns, 10_000_000, 160).ns for member in members]
    assert summed(timeline, members, scale, 10_000_000, 160).tolist() == sum(each).tolist()


def test_a_crowd_says_whether_it_is_all_of_them(tmp_path: Path) -> None:
    timeline = read(many(tmp_path / "session", 40).path).timeline
    for most, name in ((1, "many.py"), (8, "35 more tasks")):
        rows = rows_of(timeline, shown(timeline), most)
        assert [crowd_name(timeline, row) for row in rows if row.members] == [name]
