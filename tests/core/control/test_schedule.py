"""Decisions written, read and repeated; where they cannot be, what is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from concviz.core.control.decisions import Decision, Schedule, ScheduleError, Writer
from concviz.core.control.view import OPCODE, SYNC, Link, State
from concviz.core.control.wishes import PATIENCE_NS
from concviz.core.model import Site
from concviz.core.session.files import Folder
from concviz.core.session.held import NAME, Deadlock, deadlocks, held_ns, was_held
from tests.core.control.workers import Program, Thread, held


def written(folder: Path, *decisions: Decision, granularity: int = SYNC, from_start: bool = True) -> Path:
    writer = Writer(folder)
    writer.held(granularity, from_start, {"PYTHONHASHSEED": "7"}, 5)
    for decision in decisions:
        writer.decided(decision)
    writer.close()
    return folder / NAME


def decisions(*words: str) -> tuple[Decision, ...]:
    """``"0/t1 acquire"`` …"""
    pairs = (word.split() for word in words)
    return tuple(Decision(n, worker, kind, None) for n, (worker, kind) in enumerate(pairs, 1))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_text("x = 1\n")
    made = (Decision(1, "0/t1", "acquire", (str(source), 1), 3),
            Decision(2, "0.1/k2", "task", (str(source), 1), 2, False),
            Decision(3, "0/t1", "callback", None, callback="Future.set_result"))
    schedule = Schedule.load(written(tmp_path, *made, granularity=OPCODE))
    assert schedule.decisions == made
    assert (schedule.granularity, schedule.environment) == (OPCODE, {"PYTHONHASHSEED": "7"})
    assert Schedule.load(tmp_path) == schedule
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_a_changed_source_is_told(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    for path in (one, two):
        path.write_text("x = 1\n")
    made = [Decision(n, "0/t1", "line", (str(path), 1)) for n, path in enumerate((one, two, one), 1)]
    schedule = Schedule.load(written(tmp_path, *made))
    assert schedule.changed_sources() == []
    one.write_text("x = 2\n")
    assert schedule.changed_sources() == [str(one)]
    two.unlink()
    assert schedule.changed_sources() == [str(one), str(two)]


def test_a_schedule_ends_where_the_program_was_released(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    for n in (1, 2):
        writer.held(SYNC, n == 1, {}, n)
        writer.decided(Decision(n, "0/t1", "sleep", None))
        writer.released(n)
    writer.close()
    assert [decision.n for decision in Schedule.load(tmp_path).decisions] == [1]


def test_for_how_long_a_program_was_held(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    assert (was_held(files), held_ns(files, 5, 100)) == (False, 0)
    writer = Writer(tmp_path)
    writer.held(SYNC, True, {}, 10)
    writer.decided(Decision(1, "0/t1", "sleep", None))
    writer.held(OPCODE, True, {}, 15)
    writer.released(20)
    writer.held(SYNC, True, {}, 90)
    writer.close()
    assert (was_held(files), held_ns(files, 5, 100)) == (True, 20)
    with open(tmp_path / NAME, "ab") as file:
        file.write(b'{"release": true, "at_ns": "x"}\n[1, "at_ns"]\n\xff"at_ns"\n')
        file.write(b'{"release": true, "at_ns": 95}')
    assert held_ns(files, 5, 100) == 20
    with open(tmp_path / NAME, "ab") as file:
        file.write(b"\n")
    assert held_ns(files, 5, 100) == 15


def test_it_was_held_while_it_ran_and_neither_before_nor_afterwards(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.held(SYNC, True, {}, 10)
    writer.released(50)
    writer.close()
    assert held_ns(Folder(tmp_path), 20, 45) == 25
    assert held_ns(Folder(tmp_path), 20, 100) == 30


def test_deadlocks_are_written_down(tmp_path: Path) -> None:
    link = Link("0/t2", "a", Site("app.py", 7, "work"), "lock 1", "0/t3", "b", None, "p1.t2")
    writer = Writer(tmp_path)
    writer.held(SYNC, True, {}, 10)
    for begin, end in ((20, 21), (30, 90)):
        writer.deadlock((link, replace(link, lane="p1.t3")), begin * 1_000_000)
        writer.deadlock(None, end * 1_000_000)
    writer.deadlock((), 100_000_000)
    writer.close()
    assert Schedule.load(tmp_path).decisions == ()
    with open(tmp_path / NAME, "ab") as file:
        file.write(b'{"deadlock": 3, "at_ns": 1}\n{"deadlock": null, "at_ns": "x"}\n{"deadlock"\n')
    assert deadlocks(Folder(tmp_path)) == [
        Deadlock(30_000_000, 90_000_000, ("p1.t2", "p1.t3"), "app.py", 7), Deadlock(100_000_000, None, ())]


def test_a_schedule_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = written(tmp_path, *decisions("0/t1 sleep", "0/t2 sleep"))
    path.write_bytes(path.read_bytes()[:-5])
    assert [decision.n for decision in Schedule.load(path).decisions] == [1]


HEAD = '{"schedule": 4, "from_start": true}\n'
LATER = '{"schedule": 4, "from_start": false}\n'


@pytest.mark.parametrize(("text", "says"), [
    ("", "is no schedule"), ("{}\n", "is no schedule"), ("\0\xff\n", "is damaged"), ("[1]\n", "is damaged"),
    ('{"schedule": 99}\n', "newer concviz"), ('{"schedule": 2}\n', "an older concviz"),
    (LATER, "not held from its start"),
    (HEAD + '{"n": 1}\n', "is damaged"),
    (HEAD + '{"n": 1, "worker": "w", "kind": "k", "site": 3}\n', "is damaged"),
    (HEAD + "[" * 100000 + "\n", "is damaged"),
])
def test_a_bad_schedule_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / NAME
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ScheduleError, match=says) as refused:
        Schedule.load(path)
    assert "\n" not in str(refused.value)


def test_there_may_be_no_schedule(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="never stepped"):
        Schedule.load(tmp_path)


def test_a_program_held_later_cannot_be_repeated(tmp_path: Path) -> None:
    with held(tmp_path, granularity="") as program:
        program.process()
        program.controller.hold()
    with pytest.raises(ScheduleError, match="not held from its start"):
        Schedule.load(program.session)


def test_a_schedule_that_cannot_be_written_is_silent(tmp_path: Path) -> None:
    assert not written(tmp_path / "there is no such folder", *decisions("0/t1 sleep")).exists()


def two_threads(program: Program) -> tuple[Thread, Thread]:
    process = program.process()
    return process.thread(1).at("sleep"), process.thread(2).at("sleep")


def test_decisions_are_repeated_and_then_the_program_is_held(tmp_path: Path) -> None:
    schedule = Schedule(decisions("0/t2 sleep", "0/t2 read", "0/t1 sleep", "0/t1 sleep"))
    with held(tmp_path, granularity="", replay=schedule, upto=3) as program:
        one, two = two_threads(program)
        assert two.answer() == "go"
        two.at("read")
        assert two.answer() == "go"
        two.at("sleep")
        assert one.answer() == "go"
        one.at("sleep")
        seen = program.wait(state=State.HELD, ready={"0/t1", "0/t2"}, step=3)
        assert (seen.divergence, seen.replaying) == (None, None)
    lines = [json.loads(line) for line in (program.session / NAME).read_text().splitlines()]
    assert [line["worker"] for line in lines if "n" in line] == ["0/t2", "0/t2", "0/t1"]


def test_a_thread_at_another_gate_ends_a_replay(tmp_path: Path) -> None:
    with held(tmp_path, granularity="", replay=Schedule(decisions("0/t1 sleep", "0/t2 read"))) as program:
        one, two = two_threads(program)
        assert one.answer() == "go"
        one.at("sleep")
        seen = program.controller.wait(lambda view: view.divergence is not None, 20)
        assert seen is not None
        assert seen.state is State.HELD
        assert str(seen.divergence) == (
            "replay stopped at decision 2: expected 0/t2 before read; found 0/t2 before sleep")
        assert two.has_no_answer()
        program.let_go("0/t2")
        assert two.answer() == "go"


@pytest.mark.parametrize("call", [("sleep", ""), ("select", "timeout")])
def test_a_replay_waits_for_a_call_that_ends_by_itself_however_long(
    tmp_path: Path, call: tuple[str, str],
) -> None:
    kind, detail = call
    schedule = Schedule(decisions("0/t1 back", "0/t2 sleep"))
    with held(tmp_path, granularity="", replay=schedule) as program:
        process = program.process()
        one, two = process.threads(2)
        one.leave(kind, detail=detail)
        two.at("sleep")
        for more in (3, 4):
            program.wait(state=State.RUNNING, step=0)
            program.clock.pass_s(3 * PATIENCE_NS / 1e9)
            process.thread(more).at("sleep")  # something happens: it is looked at the clock
            program.choice(f"0/t{more}")
        one.at("back", detail=kind)
        assert one.answer() == "go"
        one.leave("read")
        assert two.answer() == "go"


def test_whoever_is_on_his_way_is_waited_for_but_not_forever(tmp_path: Path) -> None:
    with held(tmp_path, granularity="", replay=Schedule(decisions("0/t2 sleep", "0/t3 sleep"))) as program:
        process = program.process()
        process.thread(1).leave("read")
        two = process.thread(2).at("sleep")
        assert two.answer() == "go"
        two.at("sleep")
        program.wait(state=State.RUNNING, step=1, ready={"0/t2"})
        program.clock.pass_s(PATIENCE_NS / 1e9)
        seen = program.controller.wait(lambda view: view.divergence is not None, 20)
        assert seen is not None
        assert "expected 0/t3 before sleep; found 0/t2 before sleep" in str(seen.divergence)


def test_in_a_loop_the_recorded_order_counts_even_behind_a_callback(tmp_path: Path) -> None:
    schedule = Schedule((
        Decision(1, "0/t1", "timer", None, callback="late"), Decision(2, "0/k4", "task", None, fifo=True)))
    with held(tmp_path, granularity="", replay=schedule) as program:
        thread = program.process().thread()
        thread.loop("t3", "m:early")
        program.wait(state=State.RUNNING, step=0)
        thread.loop("t3", "m:early", "m:late", "t4", flags=2)
        assert thread.answer() == "run 2 2"
        thread.loop("t3", "m:early", "t4")
        assert thread.answer() == "run 3 2"
        thread.loop("t3")
        assert program.wait(state=State.HELD, step=2).fifo


def test_an_empty_prefix_is_a_program_held_from_its_start(tmp_path: Path) -> None:
    with held(tmp_path, granularity="", replay=Schedule(decisions("0/t1 sleep")), upto=0) as program:
        one = program.process().thread().at("sleep")
        program.wait(state=State.HELD, ready={"0/t1"}, step=0)
        assert one.has_no_answer()


READS = (
    Decision(1, "0/t1", "callback", None, callback="read", size=7),
    Decision(2, "0/t2", "read", None), Decision(3, "0/t2", "back", None, size=5),
)


def test_a_read_is_repeated_when_there_is_as_much_as_it_found(tmp_path: Path) -> None:
    """Of a loop's it is known at once, of a thread's when it has come back."""
    with held(tmp_path, granularity="", replay=Schedule(READS)) as program:
        process = program.process()
        loop, thread = process.thread(1), process.thread(2)
        thread.at("read")
        loop.loop("c:read#3")
        program.wait(state=State.RUNNING, step=0)
        loop.loop("c:read#12", flags=2)
        assert loop.answer() == "run 2 0 7"
        loop.loop("c:other")
        assert thread.answer() == "go 5"
        thread.leave("read")
        thread.say("at", "back", 0, 0, "read", 5)
        assert thread.answer() == "go"
        thread.at("sleep")
        assert program.wait(state=State.HELD, step=3).divergence is None
    assert Schedule.load(program.session).decisions[0].size == 7


SELECTS = (
    Decision(1, "0/t2", "select", None), Decision(2, "0/t2", "back", None, found=6),
    Decision(3, "0/t2", "select", None), Decision(4, "0/t2", "back", None, found=0),
)


def test_a_select_is_told_what_it_found_when_it_was_recorded(tmp_path: Path) -> None:
    with held(tmp_path, granularity="", replay=Schedule(SELECTS)) as program:
        thread = program.process().thread(2)
        for bits in (6, 0):
            thread.at("select")
            assert thread.answer() == f"go {bits}"
            thread.leave("select")
            thread.say("at", "back", 0, 0, "select", bits)
            assert thread.answer() == "go"
        thread.at("sleep")
        assert program.wait(state=State.HELD, step=4).divergence is None
    assert [made.found for made in Schedule.load(program.session).decisions] == [None, 6, None, 0]


@pytest.mark.parametrize(("schedule", "told", "finds", "expected", "found"), [
    (READS[1:], 5, 4, "back of 5 bytes", "back of 4 bytes"),
    (SELECTS, 6, 1, "back from a select that found #1, #2", "back from a select that found #0"),
])
def test_one_that_finds_something_else_is_a_divergence(
    tmp_path: Path, schedule: tuple[Decision, ...], told: int, finds: int, expected: str, found: str,
) -> None:
    kind = schedule[0].kind
    with held(tmp_path, granularity="", replay=Schedule(schedule)) as program:
        thread = program.process().thread(2)
        thread.at(kind)
        assert thread.answer() == f"go {told}"
        thread.leave(kind)
        thread.say("at", "back", 0, 0, kind, finds)
        seen = program.controller.wait(lambda view: view.divergence is not None, 20)
        assert seen is not None
        assert f"expected 0/t2 before {expected}; found 0/t2 before {found}" in str(seen.divergence)
