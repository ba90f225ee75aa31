"""Holding, choosing and letting go, over real sockets."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.control.view import State
from tests.core.control.workers import Line, Program, held


def test_who_is_let_go_goes_and_nobody_else(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        one, two = program.process().threads(2)
        one.at("acquire", 7)
        two.at("sleep")
        seen = program.wait(state=State.HELD, ready={"0/t1", "0/t2"})
        program.controller.run(next(choice.id for choice in seen.ready if choice.key == "0/t2"))
        assert two.answer() == "go"
        seen = program.wait(state=State.RUNNING)
        assert (seen.running, [choice.key for choice in seen.ready]) == ("0/t2", ["0/t1"])
        two.at("sleep")
        program.wait(state=State.HELD, ready={"0/t1", "0/t2"}, step=1)
        assert one.has_no_answer()


def test_a_step_takes_the_one_that_waits_longest(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        one, two, three = program.process().threads(3)
        for thread in (two, three, one):
            thread.at("acquire")
            program.choice(thread.key)
        for thread in (two, three, one):
            program.controller.step()
            assert thread.answer() == "go"
            thread.at("acquire")
            program.choice(thread.key)


def test_a_step_asked_for_too_early_is_made_once_somebody_comes(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        program.controller.step()
        thread = program.process().thread()
        thread.at("sleep")
        assert thread.answer() == "go"


def test_a_deadlock_is_over_as_soon_as_one_of_it_is_heard_of(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        thread = process.thread()
        thread.takes(1, process.site(1, "app.py", 1))
        thread.fails(1, process.site(2, "app.py", 2))
        assert len(program.wait(state=State.DEADLOCK).cycle) == 1
        program.controller.release()
        assert thread.answer() == "free"
        assert len(program.wait(state=State.FREE).cycle) == 1
        program.controller.hold()
        program.wait(state=State.HOLDING)
        thread.at("sleep")
        assert program.wait(state=State.HELD, ready={"0/t1"}).cycle == ()


def test_release_frees_everybody_and_is_idempotent(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        assert (process.mode, process.mailbox) == ("mode 1", 1)
        one, two = process.thread(1).at("acquire", 1), process.thread(2).loop("t1", "t2")
        three = process.thread(3)
        three.takes(1)
        three.at("sleep")
        program.wait(state=State.HELD, ready={"0/t1", "0/k1", "0/k2", "0/t3"})
        for _ in range(2):
            program.controller.release()
            assert process.mailbox == 0
        assert [thread.answer() for thread in (one, two, three)] == ["free"] * 3
        assert program.controller.view().state is State.FREE
        one.at("sleep")  # it had looked into the mailbox just before
        assert one.answer() == "free"
        program.controller.step()
        assert program.controller.view().state is State.FREE


def test_hold_again_after_a_release(tmp_path: Path) -> None:
    with held(tmp_path, granularity="") as program:
        process = program.process()
        assert (process.mode, process.mailbox) == ("mode 0", 0)
        thread = process.thread()
        for granularity, word in (("sync", 1), ("opcode", 3), ("line", 2)):
            program.controller.hold(granularity)
            assert process.mailbox == word
            thread.at("line")
            program.choice("0/t1")
            program.controller.release()
            assert thread.answer() == "free"


def test_a_process_born_while_held_is_held_from_its_start(tmp_path: Path) -> None:
    with held(tmp_path, "line") as program:
        parent = program.process()
        child = program.process(parent)
        grandchild = program.process(child)
        assert [p.mailbox for p in (parent, child, grandchild)] == [2, 2, 2]
        grandchild.thread(4).at("sleep")
        program.process(parent).thread(5).at("sleep")
        program.wait(ready={"0.0.0/t4", "0.1/t5"})


def test_a_loop_offers_the_steps_before_its_first_callback(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        thread = program.process().thread()
        thread.loop("t1", "t2", "c:wake", "t3", "m:timeout")
        seen = program.wait(state=State.HELD)
        assert [(c.key, c.kind, c.choosable) for c in seen.ready] == [
            ("0/k1", "task", True), ("0/k2", "task", True), ("0/t1", "callback", False),
            ("0/k3", "task", False), ("0/t1", "timer", False)]
        assert all(c.why_not for c in seen.ready if not c.choosable)
        program.controller.run(seen.ready[3].id)
        assert program.controller.view().state is State.HELD
        program.let_go("0/k2")
        assert thread.answer() == "run 1 1"
        thread.loop("t1", "c:wake", "t3")
        assert not program.wait(state=State.HELD, step=1).fifo
        program.controller.step()
        assert thread.answer() == "run 2 0"
        thread.loop("c:wake", "t3")
        assert [c.choosable for c in program.wait(state=State.HELD, step=2).ready] == [True, False]
        program.controller.step()
        assert thread.answer() == "run 3 0"


def test_a_loop_that_cannot_be_reordered_offers_its_first(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        program.process().thread().loop("t1", "t2", flags=1)
        assert [choice.choosable for choice in program.wait(state=State.HELD).ready] == [True, False]


def test_what_arrives_while_a_loop_waits_joins_its_list(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        thread = program.process().thread()
        thread.loop("t1", "t2")
        before = program.choice("0/k2").id
        thread.loop("t1", "t2", "t3", flags=2)
        program.wait(state=State.HELD, ready={"0/k1", "0/k2", "0/k3"})
        assert program.choice("0/k2").id == before
        program.controller.run(before)
        assert thread.answer() == "run 2 1"


def test_a_list_that_crossed_our_answer_is_no_new_wait(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        thread = program.process().thread()
        thread.loop("t1")
        program.controller.step()
        assert thread.answer() == "run 1 0"
        thread.loop("t1", "t2", flags=2)
        thread.loop("t2")
        program.wait(state=State.HELD, ready={"0/k2"}, step=1)
        program.controller.step()
        assert thread.answer() == "run 3 0"


def test_a_tasks_name_and_place_come_from_the_log(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        process.names("T\t1\tfetch")
        process.record(L.TASK_BORN, 3, 0, 1, process.site(1, "app.py", 10), 1)
        process.record(L.STEP, 3, process.site(2, "app.py", 12))
        thread = process.thread()
        thread.loop("t3")
        choice = program.choice("0/k3")
        assert choice.site is not None
        assert (choice.name, choice.site.file, choice.site.line) == ("fetch", "app.py", 12)


def test_outside_a_worker_has_no_baton_and_comes_back_to_wait(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        one = process.thread(1).at("read")
        program.let_go("0/t1")
        assert one.answer() == "go"
        one.leave("read", 5)
        process.thread(2).at("sleep")
        seen = program.wait(state=State.HELD, ready={"0/t2"})
        assert [(o.key, o.kind) for o in seen.outside] == [("0/t1", "read")]
        one.at("back")
        program.wait(state=State.HELD, ready={"0/t1", "0/t2"})


def test_who_dies_with_the_baton_leaves_it(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        one, two = program.process().threads(2)
        one.at("sleep")
        two.at("sleep")
        program.let_go("0/t1")
        assert one.answer() == "go"
        one.end()
        program.wait(state=State.HELD, ready={"0/t2"}, step=1)
        program.controller.step()
        assert two.answer() == "go"


def test_a_killed_process_goes_with_all_its_threads(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        first = program.process()
        second = program.process(first)
        other = first.thread()
        other.at("child", second.pid)
        threads = [second.thread(1)]
        threads[0].takes(1)
        threads[0].at("sleep")
        threads.append(second.thread(2))
        threads[1].fails(1)
        threads.append(second.thread(3).at("sleep"))
        program.wait(state=State.HELD, ready={"0/t1", "0.0/t1", "0.0/t3"})
        for line in (second.line, *threads):
            line.end()
        program.wait(state=State.HELD, ready={"0/t1"})
        other.end()
        first.line.end()
        program.wait(state=State.OVER)


def test_closing_frees_whoever_waits(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        one, two = process.threads(2)
        one.at("sleep")
        two.loop("t1")
        program.wait(ready={"0/t1", "0/k1"})
        program.controller.close()
        program.controller.close()
        assert process.mailbox == 0
        assert [one.answer(), one.answer()] == ["free", ""]
        assert [two.answer(), two.answer()] == ["free", ""]
        assert not program.controller.path.parent.exists()
        program.controller.hold()
        program.controller.step()
        assert process.mailbox == 0


@pytest.mark.parametrize("garbage", [
    b"\xff\xfe\0\n", b"\n", b"at\n", b"frobnicate 1 2\n", b"hello\t99\t1\t0\tx\t3\t\n", b"thread\t1\tx\n",
    b"loop\t1\t0\t0:t\n", b"at\tacquire\t-1\t0\t\n", b"hello\t1\t1\t0\t../../etc/passwd\t3\n" + b"\xff\n",
    b"x" * (9 << 20),
])
def test_garbage_closes_its_own_connection_only(tmp_path: Path, garbage: bytes) -> None:
    with held(tmp_path) as program:
        process = program.process()
        thread = process.thread()
        stranger = Line(program)
        try:
            stranger.raw(garbage)
        except OSError:  # closed before it had said everything
            pass
        assert stranger.answer() in ("", "mode 1")
        other = process.thread(2)
        other.say("blocked")
        assert other.answer() == ""
        thread.at("sleep")
        program.controller.step()
        assert thread.answer() == "go"


def test_many_threads_wait_and_one_at_a_time_goes(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        threads = program.process().threads(400)
        for thread in threads:
            thread.at("sleep")
        program.wait(state=State.HELD, ready={thread.key for thread in threads})
        for n in range(1, 4):
            program.controller.step()
            program.wait(state=State.RUNNING, step=n)
            gone = next(t for t in threads if t.key == program.controller.view().running)
            assert gone.answer() == "go"
            gone.at("sleep")
            program.wait(state=State.HELD, step=n)
        program.controller.release()
        assert [thread.answer() for thread in threads] == ["free"] * 400


def test_without_descriptors_a_connection_is_turned_away_and_the_others_live(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        thread = program.process().thread()
        thread.at("sleep")
        program.choice("0/t1")
        asking = [Line(program, connect=False) for _ in range(3)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        highest = max(map(int, os.listdir("/proc/self/fd")))
        taken = [os.dup(0) for _ in range(highest + 1 - len(os.listdir("/proc/self/fd")) + 1)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(taken) + 1, hard))
        try:
            for line in asking:
                line.connect()
                assert line.answer() == ""
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for fd in taken:
                os.close(fd)
        program.controller.step()
        assert thread.answer() == "go"


def test_what_cannot_be_stepped_is_said(tmp_path: Path) -> None:
    with held(tmp_path, flags="uvloop,freethreaded,unheard-of") as program:
        program.process()
        notes = program.controller.view().notes
        assert len(notes) == 2
        assert "uvloop" in notes[0]


def test_until_a_worker_has_made_a_step(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        one, two = program.process().threads(2)
        one.at("sleep")
        program.choice(one.key)
        two.at("sleep")
        program.choice(two.key)
        program.controller.until("0/t2")
        assert one.answer() == "go"
        one.at("sleep")
        assert two.answer() == "go"
        two.at("sleep")
        program.wait(state=State.HELD, ready={"0/t1", "0/t2"}, step=2)


def test_until_a_line(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        first, second, third = (process.site(n, "app.py", 10 + n) for n in (1, 2, 3))
        thread = process.thread()
        thread.at("line", 0, first)
        program.choice(thread.key)
        program.controller.until_line()
        assert thread.answer() == "go"
        thread.at("line", 0, first)
        assert thread.answer() == "go"
        thread.at("line", 0, second)
        program.wait(state=State.HELD, step=2)
        program.controller.until_line("app.py", 13)
        for site in (first, second):
            assert thread.answer() == "go"
            thread.at("line", 0, site)
        assert thread.answer() == "go"
        thread.at("line", 0, third)
        program.wait(state=State.HELD, step=5)
        program.controller.until_line("app.py", 99)
        assert thread.answer() == "go"
        thread.say("ended")
        thread.end()
        program.wait(state=State.HOLDING, step=6)
        assert process.thread(2).at("begin").has_no_answer()


def test_every_decision_is_written_down(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_text("work()\n")
    with held(tmp_path) as program:
        process = program.process()
        process.site(1, str(source), 1)
        thread = process.thread()
        thread.at("acquire", 3, 1, "lock")
        program.controller.step()
        assert thread.answer() == "go"
        thread.loop("t1", "t2")
        program.let_go("0/k2")
        assert thread.answer() == "run 1 1"
    lines = [json.loads(line) for line in (program.session / "schedule.jsonl").read_text().splitlines()]
    assert lines[0] == {"schedule": 4, "from_start": True, "environment": {}}
    assert [next(iter(line)) for line in lines] == ["schedule", "hold", "source", "n", "n", "release"]
    assert lines[3] == {
        "n": 1, "worker": "0/t1", "kind": "acquire", "site": [str(source), 1], "of": 1, "fifo": True}
    assert lines[4] == {"n": 2, "worker": "0/k2", "kind": "task", "site": None, "of": 2, "fifo": False}


def test_an_error_of_ours_lets_the_program_go(tmp_path: Path) -> None:
    program = Program(tmp_path / "session")
    program.controller.hold()
    process = program.process()
    thread = process.thread()
    thread.at("sleep")
    program.choice("0/t1")
    program.clock.broken = True
    assert thread.answer() == "free"
    assert thread.answer() == ""
    assert process.mailbox == 0
    program.end()
    assert any("failed" in note for note in program.controller.view().notes)


def test_what_the_program_imports_that_cannot_be_stepped_is_told(tmp_path: Path) -> None:
    with held(tmp_path) as program:
        process = program.process()
        process.thread().at("sleep")
        assert program.wait(state=State.HELD).notes == ()
        process.line.say("flag", "gevent")
        seen = program.controller.wait(lambda view: bool(view.notes), 20)
        assert seen is not None
        assert [note.partition(": ")[2][:15] for note in seen.notes] == ["gevent switches"]
