"""Waits for locks, conditions and queues are seen once each, where the user waits; free locks are not."""

from __future__ import annotations

import pytest

from tests.core.agent import places
from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere

WAITS = places.program("""
    import queue, threading

    held = threading.Lock()
    held.acquire()
    held.acquire(timeout=0.01)  # lock

    when_waiting("with", held.release)
    with held:  # with
        pass

    reentrant = threading.RLock()
    ready, stop = threading.Event(), threading.Event()
    def hold():
        with reentrant:
            ready.set()
            stop.wait()  # stop
    holder = threading.Thread(target=hold)
    holder.start()
    ready.wait()
    reentrant.acquire(timeout=0.01)  # rlock

    threading.Event().wait(0.01)  # event
    condition = threading.Condition()
    with condition:
        condition.wait(0.01)  # condition
    threading.Semaphore(0).acquire(timeout=0.01)  # semaphore
    try:
        threading.Barrier(2).wait(0.01)  # barrier
    except threading.BrokenBarrierError:
        pass
    for kind in queue.Queue, queue.SimpleQueue:
        try:
            kind().get(timeout=0.01)  # get
        except queue.Empty:
            pass
    full = queue.Queue(1)
    full.put(1)
    try:
        full.put(2, timeout=0.01)  # put
    except queue.Full:
        pass
    stop.set()
    holder.join()
""")


@everywhere()
def test_each_wait_is_one_record_at_the_users_line(python: str) -> None:
    seen = observe(WAITS, python).ok()
    main = seen.log.threads()["MainThread"].thread
    mine = [b for b in seen.log.blocks() if b.thread == main]

    def at(marker: str) -> list[tuple[str, str]]:
        line = places.line(WAITS, marker)
        return [(b.op, b.site.call.function if b.site.call else "") for b in mine if b.site.line == line]

    assert at("lock") == [("lock", "")]
    assert at("with") == [("lock", "")]
    assert at("rlock") == [("lock", "")]
    assert at("event") == [("lock", "Event.wait")]
    assert at("condition") == [("lock", "")]
    assert at("semaphore") == [("lock", "Semaphore.acquire")]
    assert at("barrier") == [("lock", "Barrier.wait")]
    assert at("get") == [("lock", "Queue.get"), ("queue", "")]
    assert at("put") == [("lock", "Queue.put")]
    timed = [places.line(WAITS, marker) for marker in ("lock", "rlock")]
    assert all(b.dur >= 9_000_000 for b in mine if b.site.line in timed)


@everywhere()
def test_no_two_waits_of_a_thread_overlap(python: str) -> None:
    seen = observe(WAITS, python).ok()
    ends: dict[int, int] = {}
    for block in sorted(seen.log.blocks(), key=lambda b: b.t0):
        assert block.t0 >= ends.get(block.thread, 0)
        ends[block.thread] = block.t0 + block.dur


@everywhere()
def test_a_free_lock_leaves_no_record(python: str) -> None:
    seen = observe(
        """
        import threading
        for lock in threading.Lock(), threading.RLock():
            for _ in range(1000):
                with lock:
                    pass
                lock.acquire()
                lock.release()
        """,
        python,
    ).ok()
    assert seen.log.blocks() == []


@everywhere()
def test_a_deadlock_can_be_seen_while_it_lasts(python: str) -> None:
    source = """
    import os, signal, threading
    lock = threading.Lock()
    lock.acquire()
    when_waiting("stuck", lambda: os.kill(os.getpid(), signal.SIGKILL))
    lock.acquire()  # stuck
    """
    text = places.program(source)
    seen = observe(text, python)
    assert seen.code == -9
    (register,) = [r for r in seen.log.registers if r.block_t0]
    assert (register.op, register.site.line) == ("lock", places.line(text, "stuck"))
    assert register.block_t0 not in [b.t0 for b in seen.log.blocks()]


LOOKS = r"""
    import contextlib, copy, pickle, queue, re, threading, weakref, _thread

    def attempt(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            return type(error).__name__, str(error)

    def masked(value):
        return re.sub(r"owner=[1-9]\d*", "owner=me", repr(value).rpartition(" at ")[0])

    for make, real in (threading.Lock, _thread.LockType), (threading.RLock, _thread.RLock):
        lock = make()
        print(isinstance(lock, real), masked(lock), hash(lock) == hash(lock), weakref.ref(lock)() is lock)
        nan = float("nan")
        for arguments in (False, 1), (True, -2), (True, 1e100), (False, 1e100), (True, None), (True, nan):
            print(arguments, attempt(lock.acquire, *arguments))
        print(attempt(lock.release))
        print(lock.acquire(), lock.acquire(False), lock.acquire(timeout=0), masked(lock))
        lock._at_fork_reinit()
        print(masked(lock))
        with lock as entered:
            print(entered)
        for call in pickle.dumps, copy.copy, copy.deepcopy:
            print(attempt(call, lock))
        print(attempt(getattr, lock, "nothing")[0])
        with contextlib.ExitStack() as stack:
            print(stack.enter_context(lock), masked(lock))
        print(masked(lock), type(lock).__enter__(lock), type(lock).release(lock))
    print(threading.RLock()._is_owned(), threading.Condition(threading.RLock())._is_owned())
    for kind in threading.Lock, threading.RLock, queue.SimpleQueue:
        print(pickle.loads(pickle.dumps(kind)) is kind)
    lock = threading.Lock()
    print(lock.locked(), lock.acquire_lock(), lock.locked_lock(), lock.release_lock(), lock.locked())
    print(repr(threading.Lock), isinstance(_thread.allocate_lock(), type(lock)))
    for empty in queue.SimpleQueue(),:
        print(isinstance(empty, queue.SimpleQueue), masked(empty), attempt(pickle.dumps, empty))
        print(attempt(empty.get, False), attempt(empty.get, True, -1), attempt(empty.get_nowait))
        print(attempt(empty.get, timeout="x")[0])
    print(threading.Condition.wait.__qualname__, threading.Lock().acquire.__name__)
"""


@everywhere()
def test_locks_and_queues_look_and_fail_as_ever(python: str) -> None:
    assert _same(LOOKS, python)


@everywhere((3, 11))
def test_an_interrupted_wait_shows_none_of_our_frames(python: str) -> None:
    source = places.program("""
        import queue, threading, traceback
        def stop():
            raise KeyboardInterrupt
        def show(error):
            print([f.name for f in traceback.extract_tb(error.__traceback__) if "agent" in f.filename])
        held = threading.Lock()
        held.acquire()
        when_waiting("lock", stop)
        try:
            held.acquire()  # lock
        except KeyboardInterrupt as error:
            show(error)
        when_waiting("queue", stop)
        try:
            queue.SimpleQueue().get()  # queue
        except KeyboardInterrupt as error:
            show(error)
    """)
    seen = observe(source, python, timeout=20).ok()
    assert seen.stdout.count("[]\n") == 2, seen.stdout


def _same(source: str, python: str) -> bool:
    out, err, code = bare(source, python)
    seen = observe(source, python)
    assert code == 0, err
    assert seen.stdout == out
    assert (seen.stderr, seen.code) == (err, code)
    return True


@pytest.mark.parametrize("name", ["locks", "threads", "io", "executors"])
def test_a_hook_can_be_left_out(name: str) -> None:
    seen = observe("import threading; threading.Event().wait(0.01)", env={"CONCVIZ_OFF": name}).ok()
    assert (seen.log.blocks("lock") == []) == (name == "locks")


@everywhere()
def test_below_a_library_s_call_stands_the_one_that_blocks(python: str) -> None:
    """A semaphore blocks in its condition, an event, too: what they are is told by how they were called."""
    seen = observe("""
        import threading
        LIBRARY = '''
        class Pool:
            def take(self, what): self.really(what)
            def really(self, what): what(timeout=0.001)
        '''
        space = {}
        exec(compile(LIBRARY.replace("        ", ""), "/lib/site-packages/pool.py", "exec"), space)
        event, semaphore, lock = threading.Event(), threading.Semaphore(0), threading.Lock()
        lock.acquire()
        for waits in event.wait, semaphore.acquire, lock.acquire:
            space["Pool"]().take(waits)
    """, python).ok()
    calls = [b.site.call for b in seen.log.blocks("lock")]
    assert [(call.function, call.call and call.call.function) for call in calls if call] == [
        ("Pool.take", "Event.wait"), ("Pool.take", "Semaphore.acquire"), ("Pool.take", None)]
