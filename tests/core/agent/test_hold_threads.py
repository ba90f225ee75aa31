"""Threads that are held: one runs at a time, locks are tried, not waited in, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from tests.core.agent.held import Held, Worker, stepped
from tests.core.agent.run import bare
from tests.core.agent.schedules import assert_any_schedule_does_the_same


def taken_by(held: Held, thread: int) -> list[str]:
    """Numbers of the locks that a thread said it took."""
    return [lock for lock, _ in held.said("got", thread)]


def the_new_one(held: Held) -> Callable[[Sequence[Worker]], Worker]:
    """Chooses a second thread, once it is there, before the first."""
    def choose(ready: Sequence[Worker]) -> Worker:
        while len(held.kinds()) > 1 and not held.kinds(2):
            held.hear()
        return max(held.ready(), key=lambda worker: worker.thread)

    return choose


@stepped
def test_a_lock_is_asked_for_tried_and_given_back(python: str) -> None:
    program = """
        import threading
        lock = threading.Lock()
        def work():
            with lock:
                print("worker")
        with lock:
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            print("main")
            threading.Event().wait(0.05)
        thread.join()
    """
    with Held(program, python) as held:
        done = held.run()
    assert (done.stdout, done.stderr) == ("main\nworker\n", "")
    ((lock, site),) = held.said("blocked", 2)
    begin, acquire = held.said("at", 2)
    assert (begin[:2], begin[3], acquire) == (["begin", "2"], "worker", ["acquire", lock, site, ""])
    assert [lock, "0"] not in held.said("got")
    assert lock in taken_by(held, 1)
    assert [lock] in held.said("lost")
    assert taken_by(held, 2) == [lock]  # (what is given back, any thread of the process may tell)
    assert held.said("ended", 2) == [[]]
    assert done.log.sites[int(site)].line == 5


@stepped
@pytest.mark.parametrize("mode", [L.CONTROL_FREE, L.CONTROL_SYNC])
def test_a_recursive_lock_made_in_python(python: str, mode: int) -> None:
    program = """
        import threading
        lock = threading._RLock()
        def work():
            with lock:
                print("worker")
        try:
            lock.acquire(timeout=-100)
        except ValueError as error:
            print(error)
        with lock, lock:
            thread = threading.Thread(target=work)
            thread.start()
            print(repr(lock).partition(" ")[0])
        thread.join()
    """
    with Held(program, python, mode=mode) as held:
        done = held.run()
    assert (done.stdout, done.stderr, done.code) == bare(program, python)


@stepped
def test_a_thread_begins_when_it_is_let(python: str) -> None:
    program = """
        import threading
        def work():
            print("work", threading.current_thread().name, threading.active_count())
        threads = [threading.Thread(target=work, name=f"w{i}") for i in range(2)]
        for thread in threads:
            thread.start()
        print("started", [thread.is_alive() for thread in threads], type(threads[0]._started).__name__)
        for thread in threads:
            thread.join()
        try:
            threads[0].start()
        except RuntimeError as error:
            print(error)
        try:
            threading.Thread.start(object.__new__(threading.Thread))
        except Exception as error:
            print(type(error).__name__)
    """
    def in_order(_: Sequence[Worker]) -> Worker:
        while len(held.kinds()) > 2 and not (held.kinds(2) and held.kinds(3)):  # on their way
            held.hear()
        return min(held.ready(), key=lambda worker: worker.thread)

    with Held(program, python) as held:
        held.choose = in_order
        done = held.run().ok()
    first, *rest = done.stdout.splitlines()
    assert first == "started [True, True] Event"
    assert [words.split()[1] for words in rest[:2]] == ["w0", "w1"]
    assert held.kinds()[:4] == ["start", "start", "join", "back"]
    assert held.kinds(2) == held.kinds(3) == ["begin"]


@stepped
def test_time_that_passes_while_it_is_held_does_not_count(python: str) -> None:
    program = """
        import queue, threading, time
        lock, items = threading.Lock(), queue.SimpleQueue()
        lock.acquire()
        def give():
            print("lock", lock.acquire(timeout=0.2))
            print("item", items.get(timeout=0.2))
        thread = threading.Thread(target=give)
        thread.start()
        with threading.RLock():  # waits for somebody to think
            lock.release()
        with threading.RLock():
            items.put("put")
        thread.join()
    """
    with Held(program, python) as held:
        held.choose = lambda ready: max(ready, key=lambda worker: worker.thread)

        def think() -> None:
            asks = [w for w in held.workers if w.thread == 1 and w.line[:2] == ["at", "acquire"]]
            if asks and asks[0].state == "parked" and held.turn is None:
                assert held.process.poll() is None
                for _ in range(40):
                    held.hear()  # 10 ms each, where nothing is said

        done = held.run(until=think)
    assert (done.stdout, done.stderr) == ("lock True\nitem put\n", "")


@stepped
def test_a_condition_hands_over_without_a_real_wait(python: str) -> None:
    program = """
        import threading
        condition, ready = threading.Condition(), []
        def wait():
            with condition:
                while not ready:
                    condition.wait()
                print("notified")
        thread = threading.Thread(target=wait)
        thread.start()
        with condition:
            ready.append(1)
            condition.notify()
            print("notifies")
        thread.join()
    """
    with Held(program, python) as held:
        held.choose = the_new_one(held)
        done = held.run()
    assert (done.stdout, done.stderr) == ("notifies\nnotified\n", "")
    assert held.kinds(2) == ["begin", "acquire", "wait", "acquire"]
    ((waiter, _),) = held.said("blocked", 2)[:1]
    assert waiter in taken_by(held, 2)  # the waiter's own lock is its own, until somebody notifies
    assert [waiter] in held.said("lost")


@stepped
def test_calls_that_block_give_their_turn_away(python: str) -> None:
    program = """
        import os, select, socket, subprocess, sys, time
        time.sleep(0)
        ours, theirs = socket.socketpair()
        theirs.sendall(b"x")
        ours.recv(1)
        read, write = os.pipe()
        os.write(write, b"x")
        select.select([read], [], [], 1)
        os.read(read, 1)
        ours.setblocking(False)
        try:
            ours.recv(1)
        except BlockingIOError:
            pass
        socket.getaddrinfo("127.0.0.1", 80)
        pid = subprocess.Popen([sys.executable, "-S", "-c", ""]).wait()
    """
    with Held(program, python) as held:
        held.run().ok()
    kinds = [kind for kind in held.kinds() if kind not in ("back", "acquire")]  # (Popen has a lock)
    assert kinds[:7] == ["sleep", "write", "read", "write", "select", "read", "dns"]
    assert kinds[-1] == "child"
    outside = [kind for kind in kinds if kind != "write"]  # there is room for so little
    assert [fields[0] for fields in held.said("leave")] == outside


@stepped
def test_who_computes_or_waits_when_it_is_held_stops_at_the_next_gate(python: str) -> None:
    program = """
        import threading, time
        lock = threading.Lock()
        lock.acquire()
        def work():
            with lock:
                pass
            print("worked")
        thread = threading.Thread(target=work)
        thread.start()
        print("begun", flush=True)
        time.sleep(0.2)
        lock.release()
        thread.join()
    """
    with Held(program, python, mode=L.CONTROL_FREE) as held:
        held.run(until=lambda: held.printed())
        held.hold(L.CONTROL_SYNC)
        done = held.run()
    assert (done.stdout, done.stderr) == ("begun\nworked\n", "")
    assert held.kinds(2) == ["back"]
    assert len(held.said("got", 2)) == 1


EVERYTHING = (Path(__file__).parent / "held_threads.py").read_text()


@stepped
def test_any_schedule_of_all_that_threads_wait_for_does_the_same(python: str) -> None:
    assert_any_schedule_does_the_same(EVERYTHING, python, "[0, 1, 2, 3] [0, 1, 2, 3] 8 True\n"
        "False False [0, 1, 4, 9, 16] empty empty\nfired ValueError\n")


@stepped
def test_a_librarys_own_lock_that_is_free_is_no_step(python: str) -> None:
    """A line of the user's that synchronises is one step, before the first lock that it takes."""
    program = """
        import logging, queue, sys, threading
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        items, event, semaphore = queue.Queue(), threading.Event(), threading.Semaphore()
        logging.warning("one")
        for item in (1, 2):
            items.put(item)
        print(items.get(), items.qsize())
        event.set()
        with semaphore:
            logging.warning("two")
        class Handler(logging.Handler):
            def emit(self, record):
                with lock:
                    print(record.getMessage())
        lock = threading.Lock()
        logging.getLogger().addHandler(Handler())
        logging.warning("three")
    """
    with Held(program, python) as held:
        done = held.run()
    assert (done.stdout, done.stderr) == ("one\n1 1\ntwo\nthree\nthree\n", "")
    lines = [done.log.sites[int(fields[2])].line for fields in held.said("at") if fields[0] == "acquire"]
    assert lines == [7, 7, 8, 8, 9, 10, 10, 14]


@stepped
def test_a_librarys_own_lock_that_is_taken_is_waited_for(python: str) -> None:
    program = """
        import logging, sys, threading
        handler = logging.StreamHandler(sys.stdout)
        logging.getLogger().addHandler(handler)
        handler.acquire()
        thread = threading.Thread(target=logging.warning, args=("said",))
        thread.start()
        with threading.Lock():
            print("before", flush=True)
        handler.release()
        thread.join()
    """
    with Held(program, python) as held:
        held.choose = the_new_one(held)
        assert held.run().stdout == "before\nsaid\n"
    assert {passes for _, _, passes in held.said("blocked", 2)} == {"1"}


@stepped
def test_a_write_for_which_there_may_be_no_room_gives_its_turn_away(python: str) -> None:
    program = """
        import os
        read, write = os.pipe()
        os.write(write, b"x" * 4096)
        os.write(write, b"x" * 4097)
    """
    with Held(program, python) as held:
        held.run().ok()
        assert [fields[0] for fields in held.said("at")] == ["write", "write", "back"]
        assert [fields[0] for fields in held.said("leave")] == ["write"]
