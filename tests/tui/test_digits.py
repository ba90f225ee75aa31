"""A worker of a held program keeps its digit from step to step; who comes takes the lowest that is free."""

from __future__ import annotations

from dataclasses import replace

from concviz.core.control.view import SYNC, Blocked, Choice, State, View
from concviz.tui.digits import Digits
from concviz.tui.stepping import Stepper
from tests.tui.held_views import NOW_NS, PID, Shown, handle, payers, thread


def ready(*choices: Choice, blocked: tuple[Blocked, ...] = (), last: str = "") -> View:
    return View(State.HELD, SYNC, 1, choices, blocked, last=last)


def numbers(digits: Digits, view: View) -> dict[str, int]:
    """The digit of each worker that has one and is ready."""
    found = digits.renew(view)
    return {choice.name: found[choice.id] for choice in view.ready if choice.id in found}


def gone_on(choice: Choice, kind: str = "release") -> Choice:
    """The same worker, ready for something else."""
    return replace(choice, id=f"{choice.id}+", kind=kind)


def test_the_same_digit_is_the_same_worker_after_its_step() -> None:
    a, b, c = (thread(number, f"t{number}") for number in (2, 3, 4))
    digits = Digits()
    assert numbers(digits, ready(a, b, c)) == {"t2": 1, "t3": 2, "t4": 3}
    running = replace(ready(a, c), state=State.RUNNING, running=b.key)
    assert numbers(digits, running) == {"t2": 1, "t4": 3}
    assert numbers(digits, ready(a, c, gone_on(b), last=b.key)) == {"t2": 1, "t3": 2, "t4": 3}


def test_who_comes_takes_the_lowest_that_is_free() -> None:
    a, b, c, d = (thread(number, f"t{number}") for number in (2, 3, 4, 5))
    digits = Digits()
    numbers(digits, ready(a, b, c))
    assert numbers(digits, ready(c, d)) == {"t4": 3, "t5": 1}
    assert numbers(digits, ready(a, b, c, d)) == {"t2": 4, "t3": 2, "t4": 3, "t5": 1}


def test_who_went_last_keeps_it_though_it_is_not_ready() -> None:
    a, b, c = (handle(number, f"task {number}") for number in (1, 2, 3))
    digits = Digits()
    numbers(digits, ready(a, b))
    assert numbers(digits, ready(b, c, last=a.key)) == {"task 2": 2, "task 3": 3}
    assert numbers(digits, ready(b, c, handle(4, "task 4"), last=c.key))["task 4"] == 1


def test_where_there_are_more_than_digits_those_give_way_that_cannot_go() -> None:
    many = [thread(number, f"t{number}") for number in range(2, 13)]
    digits = Digits()
    assert numbers(digits, ready(*many)) == {f"t{number}": number - 1 for number in range(2, 11)}
    stuck = Blocked("0/t5", PID, 5, None, "t5", None, NOW_NS, 1, "lock 1", "0/t2")
    left = [choice for choice in many if choice.name != "t5"]
    found = numbers(digits, ready(*left, blocked=(stuck,)))
    assert (found["t11"], "t12" in found, found["t4"], found["t6"]) == (4, False, 3, 5)


def test_callbacks_of_one_loop_have_digits_of_their_own() -> None:
    timers = [handle(number, f"timer {number}", "timer") for number in (1, 2)]
    assert numbers(Digits(), ready(*timers)) == {"timer 1": 1, "timer 2": 2}


def test_the_same_key_twice_runs_the_same_worker() -> None:
    control = Shown(payers())
    step = Stepper(control)
    first, second = payers().ready
    assert step.run_number(1) is None
    control.becomes(replace(payers(), state=State.RUNNING, ready=(second,), running=first.key))
    step.look()
    assert step.run_number(1) == "payer 1 has number 1, and is not ready"
    again = gone_on(first)
    control.becomes(replace(payers(), ready=(second, again), step=6, last=first.key))
    step.look()
    assert step.run_number(1) is None
    assert control.asked == [("run", first.id), ("run", again.id)]


def test_a_fresh_process_that_repeats_the_steps_goes_on_with_the_same_digits() -> None:
    main, first, second = thread(1, "MainThread"), thread(2, "w0"), thread(3, "w1")
    control = Shown(ready(main))
    before = Stepper(control)
    control.becomes(ready(first, second, blocked=(Blocked(
        main.key, PID, 1, None, main.name, None, NOW_NS, 1, "lock 1", first.key),), last=second.key))
    before.look()
    assert before.situation(NOW_NS, "").digits == {first.id: 2, second.id: 3}
    control.becomes(View(State.OVER, SYNC, 6, last=second.key))  # it is ended to go back
    before.look()
    again, stranger = replace(second, id="another connection"), handle(7, "callback", "timer")
    fresh = Shown(View(State.FREE))
    step = Stepper(fresh)
    step.follow(before, 5)
    fresh.becomes(replace(ready(stranger), step=2))  # the others are not there yet
    step.look()
    fresh.becomes(replace(ready(again, first, stranger), step=5))
    step.look()
    assert step.situation(NOW_NS, "").digits == {again.id: 3, first.id: 2, stranger.id: 1}
    assert step.goal == 5


def test_held_anew_they_are_numbered_anew() -> None:
    control = Shown(payers())
    step = Stepper(control)
    control.becomes(View(State.FREE))
    step.look()
    control.becomes(replace(payers(), ready=payers().ready[::-1]))
    step.look()
    assert step.situation(NOW_NS, "").digits == {payers().ready[1].id: 1, payers().ready[0].id: 2}
