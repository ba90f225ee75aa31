"""Sets of tasks and futures while held: as ever, but for an order that is known."""

from __future__ import annotations

from concviz.core.agent import layout as L
from tests.core.agent.held import Held, stepped
from tests.core.agent.run import observe

MAKES_SETS = """
    import asyncio, copy, traceback
    import concurrent.futures as futures

    async def work(n):
        await asyncio.sleep(0)
        return n

    async def main():
        tasks = [asyncio.create_task(work(n)) for n in range(9)]
        there = asyncio.all_tasks() - {asyncio.current_task()}
        done, pending = await asyncio.wait(set(tasks))
        return tasks, there, done, pending
"""


@stepped
def test_tasks_are_listed_in_the_order_in_which_they_were_made(python: str) -> None:
    program = MAKES_SETS + """
    async def every():
        tasks, _, done, _ = await main()
        print(list(done) == tasks)
        more = [asyncio.create_task(work(n)) for n in range(9)]
        print(list(asyncio.all_tasks()) == [asyncio.current_task(), *more])
        for soonest in asyncio.as_completed(set(more)):
            print(await soonest, end=" ")
        for soonest in asyncio.as_completed([work(n) for n in range(9)]):
            print(await soonest, end=" ")
    asyncio.run(every())
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "True\nTrue\n" + "0 1 2 3 4 5 6 7 8 " * 2


@stepped
def test_futures_are_listed_in_the_order_in_which_they_were_made(python: str) -> None:
    program = MAKES_SETS + """
    with futures.ThreadPoolExecutor(2) as pool:
        made = [pool.submit(int, n) for n in range(9)]
        done, rest = futures.wait(set(made), return_when=futures.FIRST_COMPLETED)
        print(sorted(done, key=made.index) == list(done), sorted(rest, key=made.index) == list(rest))
        futures.wait(made)
        print([future.result() for future in futures.as_completed(set(made))])
        print([future.result() for future in futures.wait(set(made)).done])
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == (
            "True True\n"
            "[8, 7, 6, 5, 4, 3, 2, 1, 0]\n"  # (from its end: ``as_completed`` takes them off a list)
            "[0, 1, 2, 3, 4, 5, 6, 7, 8]\n")


SETS = MAKES_SETS + """
    def wrong(call, *args):
        try:
            print(call(*args))
        except Exception as error:
            names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            print(type(error).__name__, error, names)

    def change(done, task):
        for _ in done:
            done.discard(task)

    tasks, there, done, pending = asyncio.run(main())
    print(isinstance(done, set), done == set(tasks), there == done, pending, len(done), tasks[3] in done)
    print(repr(done) == repr(set(done)), done | pending == done, type(done - {tasks[0]}) is set)
    print(copy.copy(done) == done == done.copy(), sorted(n.result() for n in done.copy()))
    wrong(change, done, tasks[0])
    print(done.pop() in tasks, len(done), *map(len, (done, [*done], list(done), {*done})))
    done.add(tasks[0])
    wrong(done.add, [])
    wrong(pending.pop)
    done.clear()
    print(list(done), repr(done), not done)
    wrong(asyncio.run, asyncio.wait([]))
    wrong(asyncio.run, asyncio.wait(5))
    wrong(futures.wait, 5)
    wrong(futures.wait, [5])
    wrong(futures.wait)
    wrong(next, futures.as_completed([[]]))
    wrong(futures.Future, 5)
    print(type(futures.wait([])).__name__, futures.wait.__module__, futures.Future().__init__.__name__)
"""


@stepped
def test_they_are_sets(python: str) -> None:
    """And what goes wrong with them goes wrong in the same way, without a frame of ours."""
    with Held(SETS, python) as held:
        assert held.run().ok().stdout == observe(SETS, python).ok().stdout


@stepped
def test_a_program_that_runs_freely_gets_pythons_own(python: str) -> None:
    program = MAKES_SETS + """
    tasks, there, done, pending = asyncio.run(main())
    print({type(each) for each in (there, done, pending, *futures.wait([]))} == {set})
    """
    with Held(program, python, mode=L.CONTROL_FREE) as held:
        assert held.run().ok().stdout == "True\n"
