"""Who is stuck, and in which circle."""

from __future__ import annotations

import pytest

from concviz.core.control import wire
from concviz.core.control.view import State
from concviz.core.control.view_of import view_of
from concviz.core.control.wishes import Until
from tests.core.control.stage import Stage


def test_a_deadlock_has_two_sites_a_link(stage: Stage) -> None:
    stage.join(1)
    stage.takes(1, 1, site=10)
    stage.at(1, "sleep")
    stage.join(2)
    stage.at(2, "acquire", 2, 20)
    stage.scheduler.want(Until("0/t2"), 0)
    stage.at(1, "acquire", 2, 11)
    stage.say(2, "got", 2, 20)
    stage.at(2, "acquire", 1, 21)
    stage.taken()
    for _ in range(2):
        ((thread, _go),) = stage.step()
        stage.say(thread, "blocked", 3 - thread, 11 if thread == 1 else 21)
    seen = view_of(stage.scheduler, ())
    assert seen.state is State.DEADLOCK
    links = {link.key: link for link in seen.cycle}
    lines = {
        key: (link.waits_at and link.waits_at.line, link.owner, link.taken_at and link.taken_at.line)
        for key, link in links.items()}
    assert lines == {"0/t1": (11, "0/t2", 20), "0/t2": (21, "0/t1", 10)}
    assert stage.step() == []
    stage.join(3)
    stage.at(3, "sleep")
    assert stage.taken() == [(3, wire.GO)]
    assert len(view_of(stage.scheduler, ()).cycle) == 2


@pytest.mark.parametrize(("kind", "obj", "detail", "state"), [
    ("join", 2, "worker", State.DEADLOCK), ("join", 0, "", State.DEADLOCK),
    ("join", 2, "timeout", State.HELD), ("join", 9, "", State.HELD),
    ("child", 100, "", State.DEADLOCK), ("child", 7, "", State.HELD),
    ("read", 2, "", State.HELD),
])
def test_who_waits_for_the_end_of_one_that_is_stuck_is_stuck(
    stage: Stage, kind: str, obj: int, detail: str, state: State,
) -> None:
    stage.join(2)
    stage.takes(2, 7, site=1)
    stage.fails(2, 7, site=2)
    stage.join(1)
    stage.leaves(1, kind, obj, 3, detail)
    assert stage.state is state
    if state is State.DEADLOCK:
        assert [link.key for link in view_of(stage.scheduler, ()).cycle] == ["0/t2"]


def test_who_waits_to_be_notified_is_no_circle(stage: Stage) -> None:
    stage.join(1)
    stage.takes(1, 7, site=5)
    stage.fails(1, 7, site=5)
    seen = view_of(stage.scheduler, ())
    assert (seen.state, seen.cycle) == (State.DEADLOCK, ())
