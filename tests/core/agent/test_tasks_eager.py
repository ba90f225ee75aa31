"""Eager tasks: their first step runs inside their creator's step."""

from __future__ import annotations

from tests.core.agent.run import observe
from tests.interpreters import everywhere

EAGER = """
import asyncio
async def at_once():
    pass
async def fails():
    raise ValueError
async def later():
    await asyncio.sleep(0)
async def nested():
    await asyncio.create_task(later(), name="inner")
async def main():
    await asyncio.sleep(0)
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    tasks = [asyncio.create_task(f(), name=f.__name__) for f in (at_once, fails, later, nested)]
    await asyncio.gather(*tasks, return_exceptions=True)
asyncio.run(main())
"""


@everywhere(since=(3, 12))
def test_eager_steps(python):
    log = observe(EAGER, python).ok().log

    def steps(name):
        return [(type(s).__name__, s.awaits.kind) for s in log.steps(name)]

    assert steps("at_once") == [("EagerStep", "ended")]
    assert steps("fails") == [("EagerStep", "failed")]
    assert steps("later") == [("EagerStep", "ready"), ("Step", "ended")]
    assert steps("inner") == [("EagerStep", "ready"), ("Step", "ended")]
    assert steps("nested") == [("EagerStep", "task"), ("Step", "ended")]
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    parents = {b.task: b.parent for b in log.of("TaskBorn")}
    assert parents[log.task("later")] == main
    assert parents[log.task("inner")] == log.task("nested")
    (creator,) = [s for s in log.of("Step") if s.task == main and s.awaits.kind == "gather"]
    for step in log.of("EagerStep"):
        assert creator.t0 <= step.t0 <= step.t0 + step.dur <= creator.t0 + creator.dur
    assert log.steps("later")[0].site.line == 8
    assert log.steps("inner")[0].waker[:2] == ("task", log.task("nested"))


@everywhere(since=(3, 12))
def test_the_creators_step_goes_on(python):
    """After an eager step the register names the creator again, with its own beginning."""
    seen = observe("""
        import asyncio, os
        async def child():
            await asyncio.sleep(0)
        async def main():
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            asyncio.create_task(child(), name="child")
            os._exit(0)
        asyncio.run(main())
    """, python)
    (register,) = [r for r in seen.log.registers if r.step_t0]
    (main,) = [b for b in seen.log.of("TaskBorn") if b.site.function == "main"]
    (eager,) = seen.log.of("EagerStep")
    assert register.task == main.task
    assert register.step_t0 < eager.t0


@everywhere()
def test_a_factory_that_is_not_eager(python):
    log = observe("""
        import asyncio
        async def child():
            await asyncio.sleep(0)
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory(lambda loop, coro, **options: asyncio.Task(coro, loop=loop, **options))
            await asyncio.create_task(child(), name="child")
        asyncio.run(main())
    """, python).ok().log
    steps = [(type(s).__name__, s.awaits.kind) for s in log.steps("child")]
    assert steps == [("Step", "ready"), ("Step", "ended")]
    assert len([b for b in log.of("TaskBorn") if b.site.function == "child"]) == 1


@everywhere()
def test_a_factory_that_makes_no_tasks(python):
    seen = observe("""
        import asyncio
        async def child():
            return 1
        class Made(asyncio.Future):
            def set_name(self, name):  # which CPython 3.13.0 asks of it
                pass
        def factory(loop, coro, **options):
            coro.close()
            return Made(loop=loop)
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory(factory)
            made = loop.create_task(child())
            loop.set_task_factory(None)
            print(made.done())
            await asyncio.sleep(0)
        asyncio.run(main())
    """, python).ok()
    assert seen.stdout == "False\n"
    born = {b.site.function: b.task for b in seen.log.of("TaskBorn")}
    tasks = (born["child"], born["main"])
    steps = [(s.task, type(s).__name__, s.awaits.kind) for s in seen.log.steps() if s.task in tasks]
    assert steps == [
        (born["child"], "EagerStep", "cancelled"),
        (born["main"], "Step", "ready"), (born["main"], "Step", "ended"),
    ]
