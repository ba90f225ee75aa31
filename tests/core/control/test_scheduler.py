"""The state machine by itself: events in, answers out, time as a number."""

from __future__ import annotations

import pytest

from concviz.core.control import wire
from concviz.core.control.decisions import Decision
from concviz.core.control.program import Family, Process
from concviz.core.control.scheduler import Scheduler
from concviz.core.control.silence import AGAIN_NS, BIRTH_NS, DELAY_NS, LOOSE_NS
from concviz.core.control.view import SYNC, State
from concviz.core.control.views import view_of
from concviz.core.control.wait_queue import RETRY_NS
from concviz.core.control.watchdog import COMPUTING, IN_A_CALL
from concviz.core.control.whereabouts import Standing
from concviz.core.control.wishes import PATIENCE_NS, QUEUED, Auto, Follow, Steps, Until, Wish, at_random, fifo
from concviz.core.model import Site

HELLO = 1000  # connections of processes are numbered from here, those of threads by thread


class Places:
    """Site n is line n of app.py; tasks have their number as a name."""

    def site(self, number: int) -> Site | None:
        return Site("app.py", number, "work") if number else None

    def task(self, number: int) -> Standing | None:
        return Standing(f"job {number}", number)

    def thread_name(self, number: int) -> str:
        return ""

    def moved(self) -> None:
        pass


class Stage:
    """A held scheduler with one process; every event happens at ``now_ns``."""

    def __init__(self) -> None:
        self.decided: list[Decision] = []
        self.scheduler = Scheduler(self.decided.append)
        self.now_ns = 0
        self.scheduler.hold(SYNC, 0)
        self.process = Process("0", 100, "100-0-1", Places())
        self.scheduler.process_joined(HELLO, self.process, 0)
        self.scheduler.answers.clear()

    def join(self, *threads: int) -> None:
        for thread in threads:
            self.scheduler.thread_joined(thread, self.process, thread, 100 + thread, self.now_ns)

    def say(self, thread: int, *fields: object) -> None:
        message = wire.parse("\t".join(map(str, fields)).encode())
        assert message is not None
        self.scheduler.said(thread, message, self.now_ns)
        self.scheduler.advance(self.now_ns)

    def at(self, thread: int, kind: str, lock: int = 0, site: int = 0, detail: str = "") -> None:
        self.say(thread, "at", kind, lock, site, detail)

    def step(self) -> list[tuple[int, bytes]]:
        """Ask for a step: the answers that go out at once."""
        self.scheduler.want(Wish(), self.now_ns)
        return self.taken()

    def taken(self) -> list[tuple[int, bytes]]:
        answers, self.scheduler.answers = self.scheduler.answers, []
        return answers

    def takes(self, thread: int, lock: int, site: int = 0) -> None:
        self.at(thread, "acquire", lock, site)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "got", lock, site)

    def fails(self, thread: int, lock: int, site: int = 0) -> None:
        self.at(thread, "acquire", lock, site)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "blocked", lock, site)

    def leaves(self, thread: int, kind: str, obj: int = 0, site: int = 0, detail: str = "") -> None:
        self.at(thread, kind, obj, site, detail)
        assert self.step() == [(thread, wire.GO)]
        self.say(thread, "leave", kind, obj, site, detail)

    @property
    def state(self) -> State:
        return self.scheduler.state

    @property
    def ready(self) -> list[str]:
        return [choice.key for choice in view_of(self.scheduler, ()).ready]

    def decisions(self) -> list[str]:
        return [str(decision) for decision in self.decided]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_nobody_goes_before_all_that_ran_have_come_to_a_gate(stage: Stage) -> None:
    stage.join(1, 2)
    stage.at(1, "sleep")
    assert stage.state is State.HOLDING
    assert stage.step() == []
    stage.at(2, "sleep")
    assert (stage.taken(), stage.state.value) == ([(1, wire.GO)], "running")


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


def test_a_new_thread_is_waited_for(stage: Stage) -> None:
    stage.join(1)
    stage.at(1, "start")
    stage.step()
    stage.at(1, "sleep")
    assert stage.step() == []
    stage.join(2)
    stage.at(2, "begin")
    assert stage.taken() == [(1, wire.GO)]


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


def ends(stage: Stage) -> Process:
    """Another process, whose main thread has the baton and ends: the kernel has not buried it yet."""
    child = Process("0.0", 200, "200-0-1", Places(), watched=True)
    stage.join(1)
    stage.at(1, "sleep")
    stage.scheduler.process_joined(HELLO + 1, child, 0)
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
    stage.scheduler.process_joined(HELLO + 1, child, 0)
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
    stage.scheduler.process_joined(HELLO + 2, other, 0)
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
    stage.scheduler.process_joined(HELLO + 1, child, 0)
    stage.scheduler.tick(0)
    assert stage.taken() == [(HELLO + 1, wire.mode(SYNC)), (1, wire.GO)]
    stage.say(1, "spawning")
    stage.scheduler.release()
    assert stage.taken() == [(1, wire.GO)]
    message = wire.parse(b"spawning")
    assert message is not None
    stage.scheduler.said(1, message, 0)
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
    stage.scheduler.process_joined(HELLO + 1, child, 5)
    stage.taken()
    assert stage.step() == []
    assert stage.scheduler.overdue(DELAY_NS) == []
    assert stage.scheduler.overdue(DELAY_NS + 5) == [child]
    stage.scheduler.excuse(child, IN_A_CALL, DELAY_NS + 5)
    assert stage.taken() == [(1, wire.GO)]


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


def test_forks_have_their_names_by_the_order_in_which_they_were_made() -> None:
    family = Family(lambda pid, stem: 0 if pid == 1 else 1)
    names = [family.join(pid, f"{pid}", (), Places(), 0, nth).path for pid, nth in (
        (1, 0), (3, 2), (2, 1), (4, 0), (5, 2), (6, 0))]
    assert names == ["0", "0.1", "0.0", "0.2", "0.3", "0.4"]
