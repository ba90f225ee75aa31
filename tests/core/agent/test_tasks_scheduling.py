"""What is scheduled, by whom, and on which loop: a callback is no step, a loop of one's own stays so."""

from __future__ import annotations

from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere


@everywhere()
def test_a_method_of_a_task_that_is_called_back_is_no_step(python):
    seen = observe("""
        import asyncio, sys
        async def waits():
            for _ in range(3):
                await asyncio.sleep(0)
            await asyncio.get_running_loop().create_future()
        async def main():
            loop = asyncio.get_running_loop()
            for schedule in (
                lambda task: loop.call_soon(task.cancel),
                lambda task: loop.call_later(0.001, task.cancel),
                lambda task: sys.version_info >= (3, 9) and loop.call_soon(task.cancel, "enough"),
                lambda task: loop.call_soon(task.set_name, "waits"),
            ):
                task = asyncio.create_task(waits(), name="waits")
                for _ in range(5):  # it waits by then
                    await asyncio.sleep(0)
                schedule(task)
                await asyncio.sleep(0.005)  # longer than any of these takes to be due
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        asyncio.run(main())
    """, python).ok()
    numbers = [b.task for b in seen.log.of("TaskBorn") if b.name == "waits"]
    assert len(numbers) == 4
    for number in numbers:
        ends = [s.awaits.kind for s in seen.log.steps() if s.task == number]
        assert ends == ["ready"] * 3 + ["future", "cancelled"]


OWN_LOOP = """
import asyncio
class Loop(asyncio.SelectorEventLoop):
    scheduled = 0
    def _call_soon(self, *args):
        self.scheduled += 1
        return super()._call_soon(*args)
async def works():
    for _ in range(5):
        await asyncio.sleep(0)
loop = Loop()
loop.run_until_complete(works())
print(loop.scheduled)
loop.close()
try:
    loop.call_soon(print)
except RuntimeError as error:
    print(error)
"""


@everywhere()
def test_a_loop_that_schedules_in_its_own_way_is_left_to_do_so(python):
    seen = observe(OWN_LOOP, python).ok()
    assert seen.stdout == bare(OWN_LOOP, python)[0]
    assert [s.awaits.kind for s in seen.log.steps()] == ["ready"] * 5 + ["ended"]


@everywhere()
def test_steps_last_as_long_in_a_loop_that_makes_its_own_handles(python):
    seen = observe("""
        import asyncio, time
        class Loop(asyncio.SelectorEventLoop):
            def call_soon(self, callback, *args, context=None):
                handle = asyncio.Handle(callback, args, self, context)
                self._ready.append(handle)
                return handle
        async def works():
            for _ in range(4):
                time.sleep(0.02)
                await asyncio.sleep(0)
        loop = Loop()
        loop.run_until_complete(works())
        loop.close()
    """, python).ok()
    steps = seen.log.steps()
    assert [s.awaits.kind for s in steps] == ["ready"] * 4 + ["ended"]
    assert all(s.dur >= 20_000_000 for s in steps[:4])


@everywhere()
def test_a_loop_that_refuses_to_run_inside_itself_goes_on(python):
    seen = observe("""
        import asyncio
        async def works():
            await asyncio.sleep(0)
        async def main():
            loop = asyncio.get_running_loop()
            try:
                loop.run_forever()
            except RuntimeError as error:
                print(error)
            task = loop.create_task(works(), name="later")
            await task
        asyncio.run(main())
    """, python).ok()
    assert seen.stdout == "This event loop is already running\n"
    (main,) = {b.task for b in seen.log.of("TaskBorn") if b.site.function == "main"}
    (later,) = [b for b in seen.log.of("TaskBorn") if b.name == "later"]
    assert later.parent == main
    first = seen.log.steps("later")[0]
    assert (first.waker.kind, first.waker.number) == ("task", main)
