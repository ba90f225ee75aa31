"""Threads and processes that come and go while the program is held: who is waited for, and for how long."""

from __future__ import annotations

from concviz.core.control import wire
from concviz.core.control.decisions import Decision
from concviz.core.control.program import Family, Process
from concviz.core.control.silence import BIRTH_NS, DELAY_NS
from concviz.core.control.view import SYNC, State
from concviz.core.control.watchdog import COMPUTING, IN_A_CALL
from concviz.core.control.wishes import PATIENCE_NS, Follow, Until
from tests.core.control.stage import HELLO, Places, Stage


def test_a_new_thread_is_waited_for(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "start")
    stage.step()
    stage.at(1, "sleep")
    assert stage.step() == []
    stage.join(2)
    stage.at(2, "begin")
    assert stage.taken() == [(1, wire.GO)]


def ends(stage: Stage) -> Process:
    """Another process, whose main thread has the baton and ends: the kernel has not buried it yet."""
    child = Process("0.0", 200, "200-0-1", Places(), watched=True)
    stage.join(1)
    stage.at(1, "sleep")
    stage.scheduler.process_joined(HELLO + 1, child)
    stage.scheduler.thread_joined(5, child, 1, child.pid, 0)
    stage.at(5, "sleep")
    stage.scheduler.want(Until("0.0/t1"), 0)
    stage.taken()
    stage.at(1, "sleep")
    assert stage.taken() == [(5, wire.GO)]
    stage.scheduler.gone(5, 0)
    assert stage.step() == []
    return child


def test_nobody_goes_on_before_a_process_that_ends_is_over(stage: Stage) -> None:
    """Else who asks whether it is alive would be told this or that."""
    ends(stage)
    stage.scheduler.gone(HELLO + 1, 0)
    stage.scheduler.tick(0)
    assert (stage.taken(), stage.state) == ([], State.HOLDING)
    stage.scheduler.processes.over(HELLO + 1)
    stage.scheduler.tick(0)
    assert stage.taken() == [(1, wire.GO)]


def test_a_process_that_ends_for_long_is_waited_for_until_it_is_looked_at(stage: Stage) -> None:
    child = ends(stage)
    assert stage.scheduler.overdue(DELAY_NS - 1) == []
    assert stage.scheduler.overdue(DELAY_NS) == [child]
    stage.scheduler.excuse(child, IN_A_CALL, DELAY_NS)
    assert stage.taken() == [(1, wire.GO)]


def expected(stage: Stage) -> Process:
    """A process that has said hello, and whose first gate is the next in a replay."""
    stage.join(1)
    stage.at(1, "sleep")
    child = Process("0.0", 200, "200-0-1", Places())
    stage.scheduler.process_joined(HELLO + 1, child)
    stage.scheduler.want(Follow([Decision(1, "0.0/t1", "sleep", None)]), 0)
    return child


def test_a_replay_waits_for_a_process_that_imports_for_long(stage: Stage) -> None:
    """It is there and computes, and comes to its first gate some time later."""
    child = expected(stage)
    stage.scheduler.excuse(child, COMPUTING, DELAY_NS)
    for _ in range(20):
        stage.now_ns += PATIENCE_NS - 1
        assert stage.scheduler.overdue(stage.now_ns) == [child]
        stage.scheduler.excuse(child, COMPUTING, stage.now_ns)
        stage.scheduler.tick(stage.now_ns)
    assert stage.scheduler.divergence is None
    stage.scheduler.thread_joined(5, child, 1, child.pid, stage.now_ns)
    stage.taken()
    stage.at(5, "sleep")
    assert (stage.taken(), stage.scheduler.overdue(stage.now_ns)) == ([(5, wire.GO)], [])


def test_a_replay_does_not_wait_for_a_process_that_waits(stage: Stage) -> None:
    child = expected(stage)
    stage.scheduler.excuse(child, IN_A_CALL, DELAY_NS)
    stage.scheduler.tick(DELAY_NS + PATIENCE_NS)
    assert stage.scheduler.divergence is not None


def test_a_process_that_becomes_another_program_is_over(stage: Stage) -> None:
    child = ends(stage)
    stage.scheduler.gone(HELLO + 1, 0)
    other = Process("0.0.0", child.pid, "200-0-2", Places(), settled=True)
    stage.scheduler.process_joined(HELLO + 2, other)
    stage.scheduler.tick(0)
    assert (child.alive, other.alive) == (False, True)
    assert (1, wire.GO) in stage.taken()


def test_a_process_is_started_when_those_before_it_have_their_names(stage: Stage) -> None:
    """They are called by the order of their hellos."""
    stage.join(1)
    stage.at(1, "sleep")
    assert stage.step() == [(1, wire.GO)]
    stage.say(1, "spawning")
    assert stage.taken() == [(1, wire.GO)]
    stage.say(1, "spawning")
    assert (stage.taken(), stage.scheduler.overdue(DELAY_NS)) == ([], [])
    child = Process("0.0", 200, "200-0-1", Places())
    stage.scheduler.process_joined(HELLO + 1, child)
    stage.scheduler.tick(0)
    assert stage.taken() == [(HELLO + 1, wire.mode(SYNC)), (1, wire.GO)]
    stage.say(1, "spawning")
    stage.scheduler.release()
    assert stage.taken() == [(1, wire.GO)]
    message = wire.parse(b"spawning")
    assert message is not None
    stage.scheduler.said(1, message, 0)
    assert stage.taken() == [(1, wire.GO)]


def test_a_birth_that_nobody_hears_of_is_forgotten(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "sleep")
    stage.say(HELLO, "spawning")
    assert stage.step() == []
    stage.scheduler.tick(BIRTH_NS - 1)
    assert stage.taken() == []
    stage.scheduler.tick(BIRTH_NS)
    assert stage.taken() == [(1, wire.GO)]


def test_a_new_process_is_waited_for_until_it_is_looked_at(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "sleep")
    child = Process("0.0", 200, "200-0-1", Places(), since_ns=5)
    stage.scheduler.process_joined(HELLO + 1, child)
    stage.taken()
    assert stage.step() == []
    assert stage.scheduler.overdue(DELAY_NS) == []
    assert stage.scheduler.overdue(DELAY_NS + 5) == [child]
    stage.scheduler.excuse(child, IN_A_CALL, DELAY_NS + 5)
    assert stage.taken() == [(1, wire.GO)]


def test_forks_have_their_names_by_the_order_in_which_they_were_made() -> None:
    family = Family(lambda pid, stem: 0 if pid == 1 else 1)
    names = [family.join(pid, f"{pid}", (), Places(), 0, nth).path for pid, nth in (
        (1, 0), (3, 2), (2, 1), (4, 0), (5, 2), (6, 0))]
    assert names == ["0", "0.1", "0.0", "0.2", "0.3", "0.4"]
