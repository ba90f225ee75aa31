"""Real programs, held and stepped: every order gives what running free gives, and nothing hangs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from concviz.core.agent import hold_reads
from concviz.core.control import wishes
from concviz.core.control.controller import Controller
from concviz.core.control.decisions import Schedule
from concviz.core.control.standing import SETTLED_NS
from concviz.core.control.view import State, View
from concviz.core.launch import environment
from concviz.core.session.files import Folder
from concviz.core.session.held import deadlocks
from tests import interpreters
from tests.at_once import at_once
from tests.core.control.real import PROGRAMS, Child, free, started

PYTHONS = [python for python in interpreters.found() if python.version >= (3, 11)]
WORDS = [
    ("threads.py",), ("tasks.py",), ("processes.py", "fork"), ("processes.py", "spawn"),
    ("processes.py", "forkserver"),
]
SEEDS = 20
everywhere = interpreters.everywhere((3, 11))


@pytest.mark.parametrize("words", WORDS, ids="-".join)
@pytest.mark.parametrize("python", range(len(PYTHONS)), ids=[python.label for python in PYTHONS])
def test_any_order_gives_the_same(tmp_path: Path, words: tuple[str, ...], python: int) -> None:
    """The seeds are spread over the interpreters: every one gets some."""
    def stepped(seed: int) -> tuple[int, str, int]:
        with started(tmp_path / str(seed), *words, python=PYTHONS[python].path) as child:
            child.controller.drive(wishes.at_random(str(seed)))
            return seed, *child.end()

    expected = free(*words), 0
    for ended in at_once([partial(stepped, seed) for seed in range(python, SEEDS, len(PYTHONS))]):
        assert ended[1:] == expected, f"seed {ended[0]}"


@everywhere
@pytest.mark.parametrize("words", WORDS[:3], ids="-".join)
def test_held_and_released_at_any_instant_a_program_does_the_same(
    tmp_path: Path, words: tuple[str, ...], python: str,
) -> None:
    """The instants are those at which the program comes to a gate: as many as it lets us have, up to 30."""
    dice = random.Random(1)
    with started(tmp_path, *words, python=python, controlled=Controller) as child:
        for _ in range(30):
            child.controller.hold()
            seen = child.wait(lambda view: bool(view.ready) or view.state is State.OVER)
            for _ in range(dice.randrange(3)):
                if seen.state is State.HELD and seen.ready:
                    seen = child.step()
            child.controller.release()
            if seen.state is State.OVER:
                break
        assert child.end() == (free(*words), 0)


HOLDS = 100


@everywhere
def test_held_and_released_a_hundred_times_a_running_program_does_the_same(
    tmp_path: Path, python: str,
) -> None:
    """At random instants, as far as the program has any: each time when it has told some rounds more."""
    dice = random.Random(2)
    with started(tmp_path, "rounds.py", python=python, controlled=Controller) as child:
        assert child.process.stdout
        assert child.process.stdin
        told = [child.process.stdout.readline()]
        for _ in range(HOLDS):
            child.controller.hold()
            child.wait(lambda view: view.state is State.HELD and bool(view.ready))
            for _ in range(dice.randrange(3)):
                child.step()
            child.controller.release()
            told += [child.process.stdout.readline() for _ in range(dice.randrange(3))]
        child.process.stdin.write("\n")
        out, code = child.end()
        assert (set(told) | set(out.splitlines(keepends=True)), code) == ({"10 (6, 6) [1, 2]\n"}, 0)


def repeated(
    folder: Path, schedule: Schedule, words: tuple[str, ...], python: str, n: int,
) -> tuple[str, int]:
    """What a program prints whose first ``n`` decisions are repeated, and its code."""
    again = partial(Controller, replay=schedule, upto=n)
    with started(folder, *words, python=python, controlled=again) as child:
        seen = child.wait(lambda view: view.replaying is None and view.state is not State.RUNNING)
        assert (seen.divergence, seen.step) == (None, n)
        child.controller.release()
        ended = child.end()
    made = Schedule.load(child.session).decisions
    assert [decision.what for decision in made] == [decision.what for decision in schedule.decisions[:n]]
    return ended


@everywhere
@pytest.mark.parametrize("words", WORDS, ids="-".join)
def test_a_schedule_is_repeated(tmp_path: Path, words: tuple[str, ...], python: str) -> None:
    with started(tmp_path / "first", *words, python=python) as child:
        child.controller.drive(wishes.at_random("5"))
        assert child.end() == (free(*words), 0)
    schedule = Schedule.load(child.session)
    assert not [each for each in schedule.decisions if each.site and "core/agent" in each.site[0]]
    n = len(schedule.decisions)
    for ended in at_once([
        partial(repeated, tmp_path / str(run), schedule, words, python, upto)
        for run, upto in enumerate((n // 2, n, n))
    ]):
        assert ended == (free(*words), 0)


TOLD = [("jobs.py", "fork"), ("jobs.py", "spawn"), ("jobs.py", "forkserver"), ("sets.py",)]


@everywhere
@pytest.mark.parametrize("words", TOLD, ids="-".join)
def test_what_was_told_is_told_again(tmp_path: Path, words: tuple[str, ...], python: str) -> None:
    """Which worker got which job, and in which order those came that were over."""
    with started(tmp_path / "first", *words, python=python) as child:
        child.controller.drive(wishes.at_random("6"))
        printed = child.end()
    schedule = Schedule.load(child.session)
    n = len(schedule.decisions)
    for ended in at_once(
        [partial(repeated, tmp_path / str(run), schedule, words, python, n) for run in range(3)]
    ):
        assert ended == printed


@everywhere
def test_timers_are_repeated_to_the_end(tmp_path: Path, python: str) -> None:
    """Which comes due first would depend on the machine, if a held loop's clock ran on."""
    printed = []
    with started(tmp_path / "first", "timers.py", python=python) as child:
        child.controller.drive(wishes.at_random("3"))
        printed.append(child.end())
    schedule = Schedule.load(child.session)
    for run in range(3):
        again = partial(Controller, replay=schedule)
        with started(tmp_path / str(run), "timers.py", python=python, controlled=again) as child:
            printed.append(child.end())
            assert child.controller.view().divergence is None
    assert printed == printed[:1] * 4


@everywhere
@pytest.mark.parametrize("by", ["asyncio", "recv", "into", "os"])
@pytest.mark.parametrize(("recorded", "repeated"), [("asked", "together"), ("together", "apart")])
def test_what_is_read_comes_in_the_pieces_that_were_recorded(
    tmp_path: Path, python: str, by: str, recorded: str, repeated: str,
) -> None:
    """Though the other side sends more at once, earlier than a timer comes due, or less at a time."""
    with started(tmp_path / "first", "pieces.py", recorded, by, python=python) as child:
        child.controller.drive(wishes.fifo)
        printed = child.end()
    pieces = ["b'abc'", "b'def'"] if recorded == "asked" else ["b'abcdef'"]
    assert printed == ("\n".join(["slept"] * (by == "asyncio") + pieces) + "\n", 0)
    again = partial(Controller, replay=Schedule.load(child.session))
    with started(tmp_path / "again", "pieces.py", repeated, by, python=python, controlled=again) as child:
        assert child.end() == printed
        assert child.controller.view().divergence is None


@everywhere
def test_a_repeated_read_leaves_its_bytes_till_its_turn_for_a_select_to_find(
    tmp_path: Path, python: str,
) -> None:
    """Two bytes were there when it was recorded; of the one that is there now the select is told, too."""
    with started(tmp_path / "first", "watched.py", "12", python=python) as child:
        choose(child, "0/t1", "start", "start")
        choose(child, "0/t2", "begin", "read")
        choose(child, "0/t3", "begin", "select")
        choose(child, "0/t1", "write")
        choose(child, "0/t3", "back")
        choose(child, "0/t1", "read")
        n = child.controller.view().step
        child.type("?")
        choose(child, "0/t1", "back")
        choose(child, "0/t2", "back")
        child.controller.drive(wishes.fifo)
        printed = child.end()
    again = partial(Controller, replay=Schedule.load(child.session))
    with started(tmp_path / "again", "watched.py", "1", python=python, controlled=again) as child:
        child.wait(lambda view: view.step == n and [c.key for c in view.ready] == ["0/t2"])
        with open(f"/proc/{child.process.pid}/fd/{printed[0].split()[0]}", "rb", buffering=0) as pipe:
            assert hold_reads.waiting(pipe.fileno()) == 1
        child.type("?")
        assert child.end() == printed
        assert child.controller.view().divergence is None


def program(text: str) -> tuple[str, str]:
    return "-c", textwrap.dedent(text)


DEADLOCK = program("""
    import signal, threading
    one, two = threading.Lock(), threading.Lock()
    def work(first, second):
        with first:
            with second:
                threading.Event().wait()
    signal.signal(signal.SIGUSR1, lambda *_: one.release())
    threads = [threading.Thread(target=work, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
""")


def choose(child: Child, key: str, *kinds: str) -> None:
    """Let a worker go that stands before each of these in turn."""
    for kind in kinds:
        seen = child.wait(lambda view, kind=kind: any(c.key == key and c.kind == kind for c in view.ready))
        before = seen.step
        child.controller.run(next(c.id for c in seen.ready if c.key == key))
        child.wait(lambda view, n=before: view.step > n and view.state is not State.RUNNING)


def deadlock(child: Child) -> View:
    choose(child, "0/t1", "start", "start")
    choose(child, "0/t2", "begin", "acquire")
    choose(child, "0/t3", "begin", "acquire", "acquire")
    choose(child, "0/t2", "acquire")
    choose(child, "0/t1", "join")
    return child.wait(lambda view: view.state is State.DEADLOCK)


@everywhere
def test_a_deadlock_that_was_released_is_known_as_long_as_it_lasts(tmp_path: Path, python: str) -> None:
    def settled(view: View) -> bool:
        desk = child.controller._desk
        lasts = desk.scheduler.standing
        return lasts is not None and desk._looked_ns - lasts.since_ns >= SETTLED_NS

    with started(tmp_path, *DEADLOCK, python=python) as child:
        known = deadlock(child)
        child.controller.release()
        seen = child.controller.view()
        assert (seen.state, seen.cycle) == (State.FREE, known.cycle)
        child.controller.hold()
        seen = child.wait(lambda view: view.state is State.DEADLOCK)
        assert (seen.cycle, seen.blocked, seen.outside) == (known.cycle, known.blocked, known.outside)
        child.controller.release()
        child.wait(settled)
        child.process.send_signal(signal.SIGUSR1)  # the main thread's handler gives one of the locks back
        child.wait(lambda view: not view.cycle)
    found = deadlocks(Folder(child.session))
    assert [(each.circle, each.line, each.t1_ns is None) for each in found] == [
        ((f"p{child.process.pid}.t2", f"p{child.process.pid}.t3"), 6, False)]


@everywhere
def test_a_deadlock_is_found_with_its_sites(tmp_path: Path, python: str) -> None:
    with started(tmp_path, *DEADLOCK, python=python) as child:
        seen = deadlock(child)
        lines = {
            link.key: (link.waits_at and link.waits_at.line, link.owner, link.taken_at and link.taken_at.line)
            for link in seen.cycle}
        assert lines == {"0/t2": (6, "0/t3", 5), "0/t3": (6, "0/t2", 5)}


@everywhere
def test_a_program_killed_while_held_is_over(tmp_path: Path, python: str) -> None:
    with started(tmp_path, "threads.py", python=python) as child:
        child.step()
        child.held()
        child.process.kill()
        child.wait(lambda view: view.state is State.OVER)


@everywhere
def test_a_program_may_end_while_it_is_held(tmp_path: Path, python: str) -> None:
    ends = program("""
        import os, threading
        threading.Thread(target=input, daemon=True).start()
        os._exit(3)
    """)
    with started(tmp_path, *ends, python=python) as child:
        child.step()
        child.wait(lambda view: view.state is State.OVER)
        assert child.end() == ("", 3)


@everywhere
def test_a_fork_while_held_makes_a_child_that_is_held(tmp_path: Path, python: str) -> None:
    forks = program("""
        import os, threading
        lock = threading.Lock()
        with lock: pass
        pid = os.fork()
        with lock: print("child" if not pid else "parent", flush=True)
        if pid: os.waitpid(pid, 0)
    """)
    with started(tmp_path, *forks, python=python) as child:
        while "0.0/t1" not in {choice.key for choice in child.held().ready}:
            child.step()
        child.controller.release()
        out, code = child.end()
        assert (sorted(out.split()), code) == (["child", "parent"], 0)


@everywhere
def test_whoever_computes_does_not_stop_the_others(tmp_path: Path, python: str) -> None:
    computes = program("""
        import threading, time
        over = []
        def compute():
            while not over: pass
        thread = threading.Thread(target=compute)
        thread.start()
        time.sleep(0)
        over.append(1)
        thread.join()
        print("over")
    """)
    with started(tmp_path, *computes, python=python) as child:
        child.controller.drive(wishes.fifo)
        assert child.end() == ("over\n", 0)


@everywhere
def test_the_end_of_the_controllers_process_frees_the_program(tmp_path: Path, python: str) -> None:
    """It is killed, while everybody waits."""
    session = tmp_path / "session"
    (session / "events").mkdir(parents=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent("""
            import sys, pathlib, time
            from concviz.core.control.starting import held_from_start
            controller = held_from_start(pathlib.Path(sys.argv[1]))
            print(controller.path, flush=True)
            controller.wait(lambda view: view.state == "held" and view.ready, 60)
            print("held", flush=True)
            time.sleep(600)
        """), str(session)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout
        path = Path(holder.stdout.readline().strip())
        env = environment.observed(os.environ, session, path)
        words = [python, str(PROGRAMS / "threads.py")]
        with subprocess.Popen(words, env=env, text=True, stdout=subprocess.PIPE) as child:
            assert holder.stdout.readline() == "held\n"
            holder.send_signal(signal.SIGKILL)
            assert child.communicate(timeout=60)[0] == free("threads.py")
            assert child.returncode == 0
