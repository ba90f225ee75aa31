"""The reader's side of a controller: selection, what commands ask, what is told of a step."""

from __future__ import annotations

from dataclasses import replace

from concviz.core.control.view import FREE, State, View
from concviz.tui.stepping import Stepper
from tests.tui.held_views import NOW_NS, Shown, crawler, deadlock, over, payers, thread


def stepper(view: View) -> tuple[Stepper, Shown]:
    control = Shown(view)
    return Stepper(control), control


def test_the_next_one_is_selected_until_the_reader_selects_another() -> None:
    step, control = stepper(payers())
    assert step.chosen == payers().ready[0]
    step.move(1)
    assert step.chosen == payers().ready[1]
    step.move(5)
    assert step.chosen == payers().ready[1]
    ready = (thread(3, "payer 2", "release"), thread(2, "payer 1", "release"))
    control.becomes(replace(payers(), ready=tuple(replace(c, id=f"new{c.id}") for c in ready), step=6))
    assert step.look()
    chosen = step.chosen
    assert chosen is not None
    assert chosen.name == "payer 2"  # the same worker, though what it is ready for is another thing
    step.next()
    assert control.asked == [("step",)]
    control.becomes(payers())
    step.look()
    assert step.chosen == payers().ready[0]


def test_commands_ask_the_controller() -> None:
    step, control = stepper(payers())
    first, second = payers().ready
    assert step.next() is None
    assert step.run_number(2) is None
    assert step.run_chosen() is None
    assert step.until_chosen() is None
    assert step.until_line() is None
    step.release()
    assert control.asked == [
        ("step",), ("run", second.id), ("run", second.id), ("until", second.key), ("until_line",),
        ("release",),
    ]
    assert first.id != second.id


def test_what_cannot_be_run_says_why_and_asks_nothing() -> None:
    step, control = stepper(crawler())
    assert step.run_number(9) == "there is no number 9 in the list"
    step.move(3)
    assert "neither overtaken nor overtakes" in (step.run_chosen() or "")
    for view, words in ((deadlock(), "nobody can go on"), (over(), "has ended")):
        control.becomes(view)
        step.look()
        assert words in (step.next() or "")
        assert words in (step.run_chosen() or "")
        assert words in (step.until_line() or "")
        if view.state is State.DEADLOCK:
            assert words in (step.resume() or "")
    control.becomes(replace(payers(), replaying=3))
    step.look()
    assert "repeated" in (step.next() or "")
    assert control.asked == []


def test_a_step_is_told_once_it_is_over() -> None:
    step, control = stepper(payers())
    step.run_number(2)
    control.becomes(replace(payers(), state=State.RUNNING, step=6, running="0/t3"))
    step.look()
    assert step.situation(NOW_NS, "").told == ""
    control.becomes(replace(payers(), step=6, last="0/t3", did=payers().ready[1]))
    step.look()
    assert step.situation(NOW_NS, "").told == "step 6: payer 2 acquired a lock at lost_update.py:24"
    assert not step.look()


def test_h_holds_and_releases() -> None:
    control = Shown(View(State.FREE))
    step = Stepper(control, "line")
    assert not step.held
    step.toggle()
    control.becomes(payers())
    step.look()
    assert step.held
    step.toggle()
    assert control.asked == [("hold", "line"), ("release",)]
    control.becomes(View(State.OVER, FREE))
    step.look()
    step.toggle()
    assert control.asked == [("hold", "line"), ("release",)]


def test_the_sessions_end_is_believed_before_the_sockets() -> None:
    step, _ = stepper(payers())
    step.over = True
    assert step.look()
    assert step.view.state is State.OVER
    assert step.view.ready == ()
    assert step.held


def test_what_to_try_is_said_until_the_program_is_over() -> None:
    step, control = stepper(payers())
    step.hint = "press n"
    assert step.situation(NOW_NS, "").hint == "press n"
    control.becomes(over())
    step.look()
    assert step.situation(NOW_NS, "exit 0").hint == ""


def test_how_far_back() -> None:
    step, control = stepper(payers())
    assert [step.back(n) for n in (1, 3, 5, 9)] == [4, 2, 0, 0]
    control.becomes(replace(payers(), step=0))
    step.look()
    assert step.back(1) == "this is the beginning"
    step.goal = 5  # a fresh process is repeating so many
    assert step.back(2) == 3
