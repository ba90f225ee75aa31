"""Threads: born and ended, with name, parent, flags and outcome; joins name the thread they wait for."""

from __future__ import annotations

from concviz.core.agent import layout as L
from tests.core.agent import places
from tests.core.agent.run import bare, both, observe
from tests.interpreters import everywhere

FAMILY = """
    import threading
    def child():
        pass
    def parent():
        thread = threading.Thread(target=child, name="child", daemon=True)
        thread.start()
        thread.join()
        threading.current_thread().name = "renamed"
        print(threading.get_native_id())
    def fails():
        raise LookupError("gone")
    def leaves():
        raise SystemExit
    for target in parent, fails, leaves:
        thread = threading.Thread(target=target, name=target.__name__)
        thread.start()
        thread.join()
"""


@everywhere()
def test_births_and_ends(python: str) -> None:
    seen = observe(FAMILY, python).ok()
    born = seen.log.threads()
    assert set(born) == {"MainThread", "parent", "child", "fails", "leaves"}
    main = born["MainThread"]
    assert (main.thread, main.parent, main.flags, main.tid) == (1, 0, L.THREAD_MAIN, seen.pid)
    assert [born[n].parent for n in ("parent", "fails", "leaves")] == [main.thread] * 3
    assert (born["child"].parent, born["child"].flags) == (born["parent"].thread, L.THREAD_DAEMON)
    assert born["parent"].tid == int(seen.stdout)
    ended = {r.thread: (r.outcome, r.exception) for r in seen.log.of("ThreadEnd")}
    assert ended == {
        born["parent"].thread: (L.OUTCOME_DONE, ""),
        born["child"].thread: (L.OUTCOME_DONE, ""),
        born["fails"].thread: (L.OUTCOME_FAILED, "LookupError"),
        born["leaves"].thread: (L.OUTCOME_DONE, ""),
    }


@everywhere()
def test_a_failing_thread_is_reported_as_ever(python: str) -> None:
    seen, (_, theirs, _) = both(FAMILY, python)
    mine = seen.ok().stderr
    assert [line for line in mine.splitlines() if "program.py" not in line] == [
        line for line in theirs.splitlines() if "program.py" not in line
    ]


@everywhere()
def test_a_join_names_the_thread_it_waits_for(python: str) -> None:
    source = places.program("""
        import threading
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait, name="long")
        thread.start()
        thread.join(0.01)  # join
        stop.set()
        thread.join()
    """)
    seen = observe(source, python).ok()
    (join,) = [b for b in seen.log.blocks("join") if b.site.line == places.line(source, "join")]
    assert (join.object, join.site.call) == (seen.log.threads()["long"].thread, None)


@everywhere()
def test_the_main_thread_joins_the_others_at_exit(python: str) -> None:
    source = """
        import atexit, sys, threading
        done = threading.Event()
        def late():
            threading.main_thread().join(0.01)
            done.wait(0.05)
        threading.Thread(target=late, name="late").start()
    """
    seen = observe(source, python).ok()
    (join,) = [b for b in seen.log.blocks("join") if b.thread == 1]
    assert (join.site.function, join.site.library) == ("_shutdown", True)
    (end,) = seen.log.of("ThreadEnd")
    assert join.t0 < end.t0


@everywhere()
def test_a_thread_without_threading_is_met_when_it_waits(python: str) -> None:
    source = """
        import _thread, time
        lock = _thread.allocate_lock()
        lock.acquire()
        def raw():
            time.sleep(0.001)
            lock.release()
        _thread.start_new_thread(raw, ())
        lock.acquire()
    """
    seen = observe(source, python).ok()
    (foreign,) = [r for r in seen.log.of("ThreadBorn") if r.flags & L.THREAD_FOREIGN]
    (sleep,) = seen.log.blocks("sleep")
    assert (sleep.thread, sleep.site.function) == (foreign.thread, "raw")


@everywhere()
def test_a_number_is_never_used_twice(python: str) -> None:
    source = """
        import threading
        for i in range(50):
            thread = threading.Thread(target=str, name="t%d" % i)
            thread.start()
            thread.join()
    """
    seen = observe(source, python).ok()
    born = seen.log.of("ThreadBorn")
    assert [r.name for r in born] == ["MainThread", *(f"t{i}" for i in range(50))]
    assert [r.thread for r in born] == list(range(1, 52))
    assert [r.thread for r in seen.log.of("ThreadEnd")] == list(range(2, 52))


@everywhere((3, 11))
def test_a_thread_has_as_much_recursion_as_ever(python: str) -> None:
    source = """
        import threading
        def depth(n=0):
            try:
                return depth(n + 1)
            except RecursionError:
                return n
        threading.Thread(target=lambda: print(depth())).start()
    """
    assert observe(source, python).ok().stdout == bare(source, python)[0]


@everywhere()
def test_a_forked_child_begins_with_one_main_thread(python: str) -> None:
    source = """
        import os, threading, time
        threading.Thread(target=str).start()
        pid = os.fork()
        if pid == 0:
            thread = threading.Thread(target=time.sleep, args=(0.001,), name="in child")
            thread.start()
            thread.join()
            os._exit(0)
        print(pid, os.waitpid(pid, 0)[1])
    """
    seen = observe(source, python).ok()
    pid, status = map(int, seen.stdout.split())
    assert status == 0
    born = seen.of(pid).threads()
    assert [(r.thread, r.parent) for r in born.values()] == [(1, 0), (2, 1)]
    assert (born["in child"].tid, born["MainThread"].tid) != (pid, 0)
    assert born["MainThread"].tid == pid


def test_timers_and_pools_are_named_by_what_they_wait_in() -> None:
    source = """
        import threading
        timer = threading.Timer(0.01, print)
        timer.start()
        timer.join()
    """
    seen = observe(source).ok()
    main = seen.log.threads()["MainThread"].thread
    (wait,) = [b for b in seen.log.blocks("lock") if b.thread != main and b.dur >= 9_000_000]
    assert (wait.site.function, wait.site.call.function) == ("Timer.run", "Event.wait")




@everywhere((3, 11))
def test_a_thread_inside_of_another_has_no_lane_and_takes_none(python: str) -> None:
    source = """
        import threading, time
        join = threading.Thread.join
        class Green(threading.Thread):
            def acts(self, act):
                own, threading.get_ident = threading.get_ident, lambda: 77  # as gevent's monkey does
                try:
                    act()
                finally:
                    threading.get_ident = own
        green = Green(name="green")
        green.acts(green._set_ident)
        time.sleep(0.02)
        threading._active[77] = green
        green.acts(green._delete)
        time.sleep(0.02)
        real = threading.Thread(target=time.sleep, args=(0.01,), name="real")
        real.start()
        real.join()
        print(threading.Thread.join is join)
    """
    seen = observe(source, python).ok()
    born = seen.log.threads()
    assert set(born) == {"MainThread", "real"}
    assert {r.thread for r in seen.log.of("ThreadEnd")} == {born["real"].thread}
    main = born["MainThread"].thread
    slept = [block.thread for block in seen.log.blocks("sleep")]
    assert slept == [main, main, born["real"].thread]
    assert [topic for topic, _ in seen.notes()] == ["greenlets"]
    assert seen.stdout == "False\n", "who joins a greenlet does not keep its thread waiting"


@everywhere()
def test_a_thread_after_hundreds_of_others_is_seen_while_it_waits(python: str) -> None:
    source = places.program("""
        import os, signal, threading
        for _ in range(511):
            thread = threading.Thread(target=str)
            thread.start()
            thread.join()
        stop = threading.Event()
        last = threading.Thread(target=stop.wait, name="last")  # its number would be 512 more
        last.start()
        when_waiting("joins", lambda: os.kill(os.getpid(), signal.SIGKILL))
        last.join()  # joins
    """)
    seen = observe(source, python)
    born = seen.log.threads()
    assert {r.thread for r in seen.log.registers if r.block_t0} == {1, born["last"].thread}
    assert seen.notes() == []


def test_more_threads_than_can_be_seen_while_they_wait_are_told_of() -> None:
    seen = observe("""
        import threading
        threading.stack_size(65536)
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait) for _ in range(600)]
        for thread in threads:
            thread.start()
        stop.set()
        for thread in threads:
            thread.join()
    """).ok()
    ((topic, message),) = seen.notes()
    assert (topic, "more than 512 are alive at once" in message) == ("threads", True)
    assert len({r.thread for r in seen.log.of("ThreadBorn")}) == 601
