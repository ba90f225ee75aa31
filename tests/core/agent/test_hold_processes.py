"""Pools that are held: a job at a time, taken out of the queue and not begun, under every start method."""

from __future__ import annotations

import pytest

from tests.core.agent.held import Held, stepped
from tests.core.agent.schedules import assert_any_schedule_does_the_same

POOLS = """
    import multiprocessing, os, sys
    from concurrent.futures import ProcessPoolExecutor
    def square(number):
        return number * number
    def work(queue, lock):
        with lock:
            queue.put(os.getpid() != 0)
    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            print(pool.map(square, range(4), chunksize=1))
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            print(list(pool.map(square, range(3))))
        queue, lock = context.Queue(), context.Lock()
        processes = [context.Process(target=work, args=(queue, lock)) for _ in range(2)]
        for process in processes:
            process.start()
        print([queue.get() for _ in processes])
        for process in processes:
            process.join()
        print([process.exitcode for process in processes])
"""
PRINTED = "[0, 1, 4, 9]\n[0, 1, 4]\n[True, True]\n[0, 0]\n"
methods = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])


@stepped
@methods
def test_a_worker_waits_with_its_job_in_hand(python: str, method: str) -> None:
    with Held(POOLS, python, method) as held:
        assert held.run().ok().stdout == PRINTED
    jobs = [fields[4] for _, _, fields in held.lines if fields[:2] == ["at", "job"]]
    assert jobs == ["square"] * 7


@stepped
@methods
def test_any_schedule_of_pools_does_the_same(python: str, method: str) -> None:
    assert_any_schedule_does_the_same(POOLS, python, PRINTED, method, count=3)


@stepped
def test_a_result_for_which_a_pipe_has_no_room_gives_its_turn_away(python: str) -> None:
    program = """
        from concurrent.futures import ProcessPoolExecutor
        def many(number):
            return bytes(number)
        if __name__ == "__main__":
            with ProcessPoolExecutor(1) as pool:
                print([len(made) for made in pool.map(many, (3, 300_000))])
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "[3, 300000]\n"
        child = next(pid for pid, _, _ in held.lines if pid not in (0, held.process.pid))
        lines = [fields[:2] for pid, _, fields in held.lines if pid == child]
    put, left, back = ["at", "queue"], ["leave", "queue"], ["at", "back"]
    taken = [left, back, ["at", "job"]]
    assert lines[lines.index(left) :][:11] == [*taken, put, *taken, put, left, back, left]


@stepped
def test_a_step_does_not_stop_where_a_queue_is_being_fed(python: str) -> None:
    """Else the others would go on in the midst of it, in one run and not in the next."""
    program = """
        import multiprocessing, time
        if __name__ == "__main__":
            queue = multiprocessing.Queue()
            condition = queue._notempty
            release = condition.release
            def slowly():  # called by who feeds the queue, and nobody else
                time.sleep(0.05)
                release()
            condition.release = slowly
            queue.put(1)
            while not condition._lock.locked():
                pass
            queue.put(2)
            print(queue.get(), queue.get())
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "1 2\n"
        assert not [fields for _, _, fields in held.lines if fields[0] == "blocked"]


FED = """
    import multiprocessing, sys
    class Odd:
        def __reduce__(self):
            raise ValueError("is not to be pickled")
    if __name__ == "__main__":
        queue = getattr(multiprocessing, sys.argv[1])()
        queue._on_queue_feeder_error = lambda error, obj: print(error)
        queue.put(0)
        queue.get()
        found = []
        for n in range(30):
            queue.put(n)
            found.append(queue.empty())
            queue.get()
        print(set(found))
        queue.put(Odd())
        queue.put(1)
        print(queue.get())
        for n in (300_000, 3):  # for the first of which a pipe has no room
            queue.put(bytes(n))
        print([len(queue.get()) for _ in range(2)])
"""


@stepped
@pytest.mark.parametrize("kind", ["Queue", "JoinableQueue"])
def test_what_was_put_into_a_queue_is_there(python: str, kind: str) -> None:
    with Held(FED, python, kind) as held:
        assert held.run().ok().stdout == "{False}\nis not to be pickled\n1\n[300000, 3]\n"


@stepped
@methods
def test_processes_are_called_by_the_order_in_which_they_were_started(python: str, method: str) -> None:
    """A fork says which it is, also a fork server's; who starts others waits until they have their names."""
    program = """
        import multiprocessing, sys
        def work():
            pass
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            children = [context.Process(target=work) for _ in range(3)]
            for child in children:
                child.start()
            print([child.pid for child in children])
            for child in children:
                child.join()
    """
    with Held(program, python, method) as held:
        pids = held.run().ok().stdout
    hellos = {int(fields[2]): fields[7] for _, _, fields in held.lines if fields[0] == "hello"}
    forked = ["1", "2", "3"] if method != "spawn" else ["0"] * 3
    assert [hellos[int(pid)] for pid in pids.strip("[]\n").split(",")] == forked
    assert len(held.said("spawning")) == (3 if method == "spawn" else 0)


@stepped
def test_what_runs_before_a_child_becomes_another_program_passes_the_gates(python: str) -> None:
    program = """
        import os, subprocess, sys, threading
        lock = threading.Lock()
        def before():
            with lock:
                os.setsid()
        answer = subprocess.run([sys.executable, "-c", "print(1)"], preexec_fn=before, capture_output=True)
        print(answer)
    """
    with Held(program, python) as held:
        done = held.run().ok()
    assert "returncode=0, stdout=b'1\\n', stderr=b''" in done.stdout
    assert done.stderr == ""
