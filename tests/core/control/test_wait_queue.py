"""Who waits at a lock, and when it is tried again."""

from __future__ import annotations

from concviz.core.control import wire
from concviz.core.control.view import State
from concviz.core.control.view_of import view_of
from concviz.core.control.wait_queue import RETRY_NS
from concviz.core.control.wishes import Until, Wish
from concviz.core.model import Site
from tests.core.control.stage import Stage


def test_a_lock_given_back_makes_ready_who_waits_for_it(stage: Stage) -> None:
    stage.join(1)
    stage.takes(1, 7, site=3)
    stage.at(1, "sleep")
    stage.join(2)
    stage.at(2, "acquire", 7, 5)
    stage.scheduler.want(Until("0/t2"), 0)
    stage.taken()
    stage.at(1, "sleep")
    stage.say(2, "blocked", 7, 5)
    (blocked,) = view_of(stage.scheduler, ()).blocked
    assert (blocked.key, blocked.owner, blocked.taken_at, blocked.site) == (
        "0/t2", "0/t1", Site("app.py", 3, "work"), Site("app.py", 5, "work"))
    assert stage.ready == ["0/t1"]
    stage.step()
    stage.say(1, "lost", 7)
    stage.at(1, "sleep")
    assert stage.ready == ["0/t2", "0/t1"]
    assert stage.step() == [(2, wire.GO)]
    stage.say(2, "got", 7, 5)
    stage.at(2, "sleep")
    assert view_of(stage.scheduler, ()).blocked == ()


def test_one_lock_given_back_is_taken_by_one(stage: Stage) -> None:
    stage.join(1)
    stage.takes(1, 7)
    stage.at(1, "sleep")
    for thread in (2, 3):
        stage.join(thread)
        stage.at(thread, "acquire", 7)
        stage.scheduler.want(Until(f"0/t{thread}"), 0)
        while stage.taken()[-1] != (thread, wire.GO):
            stage.at(1, "sleep")
        stage.say(thread, "blocked", 7, 0)
    stage.step()
    stage.say(1, "lost", 7)
    stage.say(1, "ended")
    stage.scheduler.gone(1, 0)
    assert stage.ready == ["0/t2", "0/t3"]
    stage.step()
    stage.say(2, "got", 7, 5)
    stage.at(2, "sleep")
    assert stage.ready == ["0/t2"]


def test_a_lock_of_nobody_known_is_tried_again_and_failing_is_no_decision(stage: Stage) -> None:
    stage.join(1)
    stage.fails(1, 7, site=4)
    assert (stage.ready, stage.state) == ([], State.HELD)
    assert stage.step() == []
    for _ in range(3):
        stage.now_ns += RETRY_NS
        stage.scheduler.tick(stage.now_ns)
        assert stage.taken() == [(1, wire.GO)]
        stage.say(1, "blocked", 7, 4)
    assert len(stage.decided) == 1
    stage.now_ns += RETRY_NS
    stage.scheduler.tick(stage.now_ns)
    stage.say(1, "got", 7, 4)
    stage.at(1, "sleep")
    assert stage.decisions() == ["0/t1 before acquire at app.py:4"] * 2
    assert (stage.state, stage.scheduler.wish) == (State.HELD, None)


def test_what_the_dead_had_is_tried_again(stage: Stage) -> None:
    stage.join(1)
    stage.takes(1, 7)
    stage.at(1, "sleep")
    stage.join(2)
    stage.at(2, "acquire", 7)
    stage.scheduler.want(Until("0/t2"), 0)
    stage.at(1, "sleep")
    stage.say(2, "blocked", 7, 0)
    stage.scheduler.gone(1, 0)
    stage.scheduler.tick(0)
    assert stage.ready == ["0/t2"]


def test_who_waits_for_a_librarys_lock_goes_on_with_its_step_when_it_is_free(stage: Stage) -> None:
    """Nobody has to choose it, and no decision is made, though others are ready, too."""
    stage.join(1)
    stage.takes(1, 7, site=3)
    stage.at(1, "sleep")
    stage.join(2, 3)
    stage.at(2, "sleep")
    stage.at(3, "sleep")
    stage.scheduler.want(Until("0/t2"), 0)
    assert stage.taken()[-1] == (1, wire.GO)
    stage.at(1, "join")
    assert stage.taken() == [(2, wire.GO)]
    stage.say(2, "blocked", 7, 5, 1)
    assert (stage.state, stage.ready) == (State.HELD, ["0/t3", "0/t1"])
    before = stage.decisions()
    stage.scheduler.want(Wish(), 0)
    assert stage.taken() == [(3, wire.GO)]
    stage.say(3, "lost", 7)
    assert stage.taken() == []
    stage.at(3, "sleep")
    assert stage.taken() == [(2, wire.GO)]
    assert stage.state is State.RUNNING
    stage.say(2, "got", 7, 5)
    stage.at(2, "read")
    assert (stage.state, stage.taken()) == (State.HELD, [])
    assert stage.decisions()[len(before):] == ["0/t3 before sleep"]
