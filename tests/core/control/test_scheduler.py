"""The state machine by itself: events in, answers out, time as a number."""

from __future__ import annotations

from concviz.core.control import wire
from concviz.core.control.silence import AGAIN_NS, DELAY_NS, LOOSE_NS
from concviz.core.control.view import SYNC, State
from concviz.core.control.view_of import view_of
from concviz.core.control.watchdog import COMPUTING, IN_A_CALL
from concviz.core.control.wishes import QUEUED, Auto, Steps, Until, Wish, at_random, fifo
from concviz.core.model import Site
from tests.core.control.stage import Stage


def test_nobody_goes_before_all_that_ran_have_come_to_a_gate(stage: Stage) -> None:
    stage.join(1, 2)
    stage.at(1, "sleep")
    assert stage.state is State.HOLDING
    assert stage.step() == []
    stage.at(2, "sleep")
    assert (stage.taken(), stage.state.value) == ([(1, wire.GO)], "running")


def test_what_was_taken_from_a_queue_by_another_is_waited_for_again(stage: Stage) -> None:
    """Two come when there is something for one: what the other does is no step."""
    stage.join(1, 2)
    for thread in (1, 2):
        stage.say(thread, "leave", "queue", 0, 0, "")
    for thread in (1, 2):
        stage.at(thread, "back", detail="queue")
    assert stage.step() == [(1, wire.GO)]
    stage.at(1, "job", detail="square")
    assert stage.decisions() == ["0/t1 before back"]
    assert stage.step() == [(2, wire.GO)]
    stage.say(2, "leave", "queue", 0, 0, "")
    assert stage.taken() == [(1, wire.GO)]
    stage.at(1, "sleep")
    assert stage.decisions() == ["0/t1 before back", "0/t1 before job"]
    assert stage.ready == ["0/t1"]


def test_who_takes_the_last_out_of_a_queue_and_ends_has_made_a_step(stage: Stage) -> None:
    """It says nothing any more: a worker of a pool that was told to end. In a replay it must do so, too."""
    stage.join(1, 2)
    stage.at(2, "sleep")
    stage.say(1, "leave", "queue", 0, 0, "")
    stage.at(1, "back", detail="queue")
    stage.scheduler.want(Until("0/t1"), 0)
    assert stage.taken() == [(2, wire.GO)]
    stage.at(2, "sleep")
    assert stage.taken() == [(1, wire.GO)]
    stage.scheduler.gone(1, 0)
    assert stage.decisions() == ["0/t2 before sleep", "0/t1 before back"]
    assert stage.scheduler.wish is None


def test_what_is_given_back_before_one_waits_again_tells_nothing_of_what_it_got(stage: Stage) -> None:
    stage.join(1)
    stage.say(1, "leave", "queue", 0, 0, "")
    stage.at(1, "back", detail="queue")
    assert stage.step() == [(1, wire.GO)]
    stage.say(1, "lost", 7)
    stage.say(1, "leave", "queue", 0, 0, "")
    assert stage.decided == []


def test_who_is_killed_before_another_comes_to_a_gate_is_not_chosen(stage: Stage) -> None:
    """Both are told together, in either order."""
    stage.join(1, 2)
    stage.at(1, "sleep")
    stage.at(2, "sleep")
    stage.scheduler.want(Auto(fifo), 0)
    assert stage.taken() == [(1, wire.GO)]
    message = wire.parse(b"at\tsleep\t0\t0\t")
    assert message is not None
    stage.scheduler.said(1, message, 0)
    stage.scheduler.gone(2, 0)
    stage.scheduler.tick(0)
    assert stage.taken() == [(1, wire.GO)]


def test_steps_that_are_asked_for_faster_than_they_are_made_are_made_all_the_same(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "sleep")
    for _ in range(QUEUED + 5):
        stage.scheduler.want(Steps(), 0)
    for made in range(1, QUEUED + 1):
        assert (len(stage.decided), stage.taken()) == (made, [(1, wire.GO)])
        stage.at(1, "sleep")
    assert (stage.state, stage.taken()) == (State.HELD, [])


def test_it_is_looked_again_what_a_silent_one_does(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "sleep")
    assert stage.step() == [(1, wire.GO)]
    worker = stage.scheduler.workers[1]
    stage.scheduler.excuse(worker, COMPUTING, DELAY_NS)
    assert stage.scheduler.overdue(DELAY_NS + AGAIN_NS - 1) == []
    assert stage.scheduler.overdue(DELAY_NS + AGAIN_NS) == [worker]
    stage.scheduler.excuse(worker, IN_A_CALL, DELAY_NS + AGAIN_NS)
    assert [report.what for report in view_of(stage.scheduler, ()).reports] == [IN_A_CALL]


def test_who_keeps_the_baton_is_reported_and_the_others_go_on(stage: Stage) -> None:
    stage.join(1, 2)
    stage.at(1, "acquire", 0, 9)
    stage.at(2, "sleep")
    stage.step()
    assert stage.scheduler.overdue(DELAY_NS - 1) == []
    (silent,) = stage.scheduler.overdue(DELAY_NS)
    stage.scheduler.excuse(silent, COMPUTING, DELAY_NS)
    (report,) = view_of(stage.scheduler, ()).reports
    assert (report.key, report.what, report.site) == ("0/t1", COMPUTING, Site("app.py", 9, "work"))
    assert (stage.state, stage.scheduler.wish) == (State.HELD, None)
    assert stage.step() == [(2, wire.GO)]
    stage.at(1, "sleep")
    assert view_of(stage.scheduler, ()).reports == ()
    assert stage.ready == ["0/t1"]


def test_who_slept_when_the_program_was_held_is_excused_sooner_than_who_computes(stage: Stage) -> None:
    stage.join(1, 2)
    one, two = stage.scheduler.overdue(LOOSE_NS)
    stage.scheduler.excuse(one, IN_A_CALL, LOOSE_NS)
    stage.scheduler.excuse(two, COMPUTING, LOOSE_NS)
    assert [report.key for report in view_of(stage.scheduler, ()).reports] == ["0/t1"]
    assert stage.scheduler.overdue(DELAY_NS) == [two]


def play(stage: Stage, wish: Wish, rounds: int = 12) -> list[str]:
    """Three threads that sleep again and again, under a wish that never ends."""
    stage.join(3, 1, 2)
    for thread in (3, 1, 2):
        stage.at(thread, "sleep")
    stage.scheduler.want(wish, 0)
    for _ in range(rounds):
        ((thread, _go),) = stage.taken()
        stage.at(thread, "sleep")
    return [decision.worker for decision in stage.decided]


def test_fifo_takes_turns() -> None:
    assert play(Stage(), Auto(fifo))[:6] == ["0/t3", "0/t1", "0/t2"] * 2


def test_a_seed_gives_one_order_and_another_seed_another() -> None:
    orders = [play(Stage(), Auto(at_random(seed))) for seed in ("1", "1", "2")]
    assert orders[0] == orders[1] != orders[2]


def test_hold_ends_what_is_going_on(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "sleep")
    stage.scheduler.want(Auto(fifo), 0)
    stage.scheduler.hold(SYNC, 0)
    stage.taken()
    stage.at(1, "sleep")
    assert (stage.taken(), stage.state) == ([], State.HELD)
