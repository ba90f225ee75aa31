"""What pools run: one WORK record per call, with its function, who submitted it and its outcome."""

from __future__ import annotations

from concviz.core.agent import layout as L
from tests.core.agent.decode import Ref
from tests.core.agent.run import both, observe
from tests.interpreters import everywhere


@everywhere()
def test_a_thread_pool(python: str) -> None:
    source = """
        import functools, threading
        from concurrent.futures import ThreadPoolExecutor

        def good(x): return x
        def bad(): raise LookupError
        class Callable:
            def __call__(self): pass
        gate = threading.Event()
        def block(): gate.wait()

        with ThreadPoolExecutor(1, "pool") as pool:
            pool.submit(block)
            cancelled = pool.submit(good, 0)
            assert cancelled.cancel()
            futures = [pool.submit(functools.partial(good, 1)), pool.submit(bad), pool.submit(Callable())]
            gate.set()
            for future in futures:
                future.exception()
    """
    seen = observe(source, python).ok()
    worker = seen.log.threads()["pool_0"]
    assert worker.flags & L.THREAD_POOL
    works = seen.log.of("Work")
    done, failed = L.OUTCOME_DONE, L.OUTCOME_FAILED
    expected = [("block", done), ("good", done), ("bad", failed), ("Callable", done)]
    assert [(w.function, w.outcome) for w in works] == expected
    assert {w.thread for w in works} == {worker.thread}
    assert {w.submitter for w in works} == {Ref("thread", 1)}
    assert [w.work for w in works] == [1, 2, 3, 4]
    first = works[0]
    assert all(w.queued_ns > 0 and w.t0 >= first.t0 + first.dur for w in works[1:])


@everywhere()
def test_a_workers_first_call_costs_it_no_write(python: str) -> None:
    """A write lets go of the GIL, and a worker that has not yet said that it is idle gets a colleague."""
    seen = observe(
        """
        from concurrent.futures import ThreadPoolExecutor
        def work(): pass
        with ThreadPoolExecutor(1, "pool") as pool:
            pool.submit(work).result()
        """,
        python,
    ).ok()
    numbers = {text: number for number, text in seen.log.texts.items()}
    assert numbers["work"] < numbers["pool_0"]  # known before the worker was there


@everywhere()
def test_work_from_a_task_is_linked_to_it(python: str) -> None:
    source = """
        import asyncio
        def compute(): pass
        async def main():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, compute)
            if hasattr(asyncio, "to_thread"):
                await asyncio.to_thread(compute)
        async def named():
            task = asyncio.current_task()
            getattr(task, "set_name")("asker")
            await main()
        asyncio.run(named())
    """
    seen = observe(source, python).ok()
    asker = seen.log.task("asker")
    works = [w for w in seen.log.of("Work") if w.function == "compute"]
    assert [w.submitter for w in works] == [Ref("task", asker)] * 2


POOLS = """
    import multiprocessing as mp, os, sys
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import _RemoteTraceback

    def square(x):
        if x == 3:
            raise ValueError(x)
        return x * x

    def main(method):
        context = mp.get_context(method)
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            print(pool.submit(square, 2).result(), list(pool.map(square, [1, 2], chunksize=2)))
            error = pool.submit(square, 3).exception()
            print(repr(error), "agent" in str(error.__cause__))
            print(pool.submit(dict, self=1, fn=2, function=3, queue=4).result())
        with context.Pool(1) as pool:
            print(pool.apply(square, (2,)), pool.map(square, [1, 2]), pool.starmap(square, [(4,)]))
            try:
                pool.apply(square, (3,))
            except ValueError as error:
                print(repr(error), "agent" in str(error.__cause__))
            pool.close()
            pool.join()

    if __name__ == "__main__":
        main(sys.argv[1])
"""


def _pools(python: str, method: str) -> None:
    seen, (out, err, code) = both(POOLS, python, method)
    assert code == 0, err
    seen.ok()
    assert seen.stdout.replace(" True\n", " False\n") == out  # before 3.11 our frame can't be hidden
    assert seen.stderr == err
    works = [[(w.function, w.outcome) for w in log.of("Work")] for log in seen.children]
    works = [w for w in works if w]
    done, failed = L.OUTCOME_DONE, L.OUTCOME_FAILED
    square = ("square", done)
    bad = ("square", failed)
    assert works == [[square, square, bad, ("dict", done)], [*[square] * 4, bad]]


@everywhere()
def test_forked_pools_of_processes(python: str) -> None:
    _pools(python, "fork")


@everywhere()
def test_spawned_pools_of_processes(python: str) -> None:
    _pools(python, "spawn")
