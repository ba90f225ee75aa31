from __future__ import annotations

from concviz.core.model import Kind, Worker
from concviz.tui.rows import NO_PARENT, Folds, build, in_peeked

P, T, K = Kind.PROCESS, Kind.THREAD, Kind.TASK


def worker(index: int, kind: Kind, parent: int | None, *, ended: bool = False, name: str = "") -> Worker:
    return Worker(index, str(index), kind, parent, 1, 1, name or f"w{index}", 0, 5 if ended else None)


def family(tasks: int, ended: int) -> list[Worker]:
    found = [worker(0, P, None), worker(1, T, 0)]
    return found + [worker(2 + i, K, 1, ended=i < ended) for i in range(tasks)]


def test_a_tree_in_order_with_depths() -> None:
    rows = build([worker(0, P, None), worker(1, T, 0), worker(2, T, 0), worker(3, K, 1)], Folds(), 10)
    assert [(row.worker, row.depth, row.count) for row in rows] == [
        (0, 0, 2),
        (1, 1, 1),
        (3, 2, 0),
        (2, 1, 0),
    ]


def test_a_child_process_stands_after_the_threads_that_were_there_before_it() -> None:
    workers = [
        worker(0, P, None),
        Worker(1, "p2", P, 0, 2, 2, "child", 7, None),
        Worker(2, "p1.t1", T, 0, 1, 1, "MainThread", 0, None),
        Worker(3, "p1.t2", T, 0, 1, 1, "later", 8, None),
    ]
    assert [row.worker for row in build(workers, Folds(), 10)] == [0, 2, 1, 3]


def test_a_folded_lane_hides_its_children_but_tells_their_number() -> None:
    folds = Folds()
    workers = family(3, 0)
    folds.toggle(build(workers, folds, 10)[1])
    rows = build(workers, folds, 10)
    assert [row.worker for row in rows] == [0, 1]
    assert (rows[1].count, rows[1].opened) == (3, False)
    folds.toggle(rows[1])
    assert len(build(workers, folds, 10)) == 5


def test_few_ended_workers_keep_their_lanes() -> None:
    assert not any(row.group for row in build(family(10, 10), Folds(), 10))


def test_many_ended_workers_become_one_row_and_can_be_opened() -> None:
    folds = Folds()
    workers = family(9953, 9950)
    rows = build(workers, folds, 64)
    assert [row.worker for row in rows] == [0, 1, 9952, 9953, 9954, 1]
    assert (rows[-1].group, rows[-1].title, rows[-1].opened) == (True, "9 950 ended tasks", False)
    folds.toggle(rows[-1])
    rows = build(workers, folds, 64)
    assert len(rows) == 2 + 3 + 1 + 9950
    assert (rows[6].worker, rows[6].depth) == (2, 3)


def test_as_of_an_instant_nobody_is_born_later_and_who_ended_later_lives() -> None:
    workers = family(6, 6)
    for late in (6, 7):
        workers[late] = Worker(late, str(late), K, 1, 1, 1, "late", 4, 5)
    assert [row.title for row in build(workers, Folds(), 3) if row.group] == ["6 ended tasks"]
    assert [row.worker for row in build(workers, Folds(), 3, as_of_ns=3)] == [0, 1, 2, 3, 4, 5]
    assert [row.worker for row in build(workers, Folds(), 3, "late", as_of_ns=3)] == [0, 1]
    assert len(build(workers, Folds(), 3, as_of_ns=5)) == 3


def test_an_ended_worker_with_living_children_is_not_collapsed() -> None:
    workers = [worker(0, P, None), worker(1, P, 0, ended=True), worker(2, P, 1)]
    workers += [worker(3 + i, P, 0, ended=True) for i in range(5)]
    rows = build(workers, Folds(), 3)
    assert [(row.worker, row.group) for row in rows] == [(0, False), (1, False), (2, False), (0, True)]
    assert rows[-1].title == "5 ended processes"


def test_workers_without_a_parent_are_collapsed_too() -> None:
    rows = build([worker(i, P if i else T, None, ended=True) for i in range(5)], Folds(), 2)
    assert [(row.worker, row.title) for row in rows] == [(NO_PARENT, "5 ended workers")]


def test_a_filter_shows_matches_with_their_ancestors_and_opens_what_hides_them() -> None:
    folds = Folds(folded={0})
    workers = family(100, 100)
    workers[7] = worker(7, K, 1, ended=True, name="Fetch the page")
    assert [row.worker for row in build(workers, folds, 3, "fetch")] == [0, 1, 7]
    assert build(workers, folds, 3, "no such name") == []


def test_numbers_in_ids_which_are_on_no_screen_match_only_as_a_whole() -> None:
    workers = [
        Worker(0, "p77", P, None, 77, 77, "app.py", 0, None),
        Worker(1, "p77.t1", T, 0, 77, 77, "MainThread", 0, None),
        Worker(2, "p77.a7", K, 1, 77, 77, "page 5", 0, None),
        Worker(3, "p77.a8", K, 1, 77, 77, "page 7", 0, None),
    ]
    assert [row.worker for row in build(workers, Folds(), 3, "7")] == [0, 1, 3]
    assert [row.worker for row in build(workers, Folds(), 3, "P77.a7")] == [0, 1, 2]
    for whole in ("77", "p77"):
        assert len(build(workers, Folds(), 3, whole)) == 4, "of that process"


def test_revealing_opens_folds_and_groups() -> None:
    folds = Folds(folded={0, 1}, revealed=50)
    workers = family(100, 100)
    rows = build(workers, folds, 3)
    keys = [row.key for row in rows]
    assert {row.key for row in rows if row.peeked} == {(0, False), (1, False), (1, True)}
    assert in_peeked(rows, keys.index((50, False)))
    assert not in_peeked(rows, keys.index((0, False)))
    folds.revealed = None
    assert (50, False) not in {row.key for row in build(workers, folds, 3)}


def test_who_folds_what_was_opened_for_a_jump_has_it_folded() -> None:
    folds, workers = Folds(revealed=50), family(100, 100)
    group = next(row for row in build(workers, folds, 3) if row.group)
    folds.toggle(group)
    assert [row.key for row in build(workers, folds, 3)] == [(0, False), (1, False), (1, True)]
    folds.toggle(next(row for row in build(workers, folds, 3) if row.group))
    assert len(build(workers, folds, 3)) == 103, "and opened by hand it stays open"


def test_only_what_hides_it_is_opened() -> None:
    workers = family(100, 100)
    workers[50] = worker(50, K, 1)
    rows = build(workers, Folds(folded={1}, revealed=50), 3)
    assert [row.opened for row in rows if row.group] == [False]


def test_a_very_deep_tree_is_no_problem() -> None:
    workers = [worker(i, K, i - 1 if i else None) for i in range(5000)]
    rows = build(workers, Folds(), 3)
    assert rows[-1].depth == 4999


def test_a_cycle_of_parents_hangs_nothing() -> None:
    workers = [worker(0, P, 1), worker(1, P, 0), worker(2, P, None)]
    assert [row.worker for row in build(workers, Folds(), 3, "w")] == [2]
