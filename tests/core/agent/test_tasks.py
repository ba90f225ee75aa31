"""Births, steps, wakers and outcomes of tasks, on every interpreter found.

A task that awaits ``sleep(0)`` M - 1 times is resumed M - 1 times after its first step: it has M steps.
"""

from __future__ import annotations

from tests.core.agent.run import observe
from tests.interpreters import everywhere

pytestmark = everywhere()

def test_every_step_of_every_task_is_counted(python):
    log = observe("""
        import asyncio
        async def child(steps):
            for _ in range(steps - 1):
                await asyncio.sleep(0)
        async def main():
            await asyncio.gather(*[asyncio.create_task(child(7), name="c%d" % i) for i in range(50)])
        asyncio.run(main())
    """, python).ok().log
    assert {len(log.steps(f"c{i}")) for i in range(50)} == {7}
    assert sum(len(log.steps(f"c{i}")) for i in range(50)) == 350
    for i in range(50):
        *others, last = log.steps(f"c{i}")
        assert [s.awaits.kind for s in others] == ["ready"] * 6
        assert (last.awaits.kind, last.site) == ("ended", None)
    assert log.dropped == 0


def test_parents_names_coroutines_and_loop(python):
    log = observe("""
        import asyncio
        async def leaf():
            pass
        async def branch():
            await asyncio.create_task(leaf(), name="leaf")
        async def main():
            direct = asyncio.Task(leaf(), name="direct")
            await asyncio.gather(asyncio.create_task(branch(), name="branch"), direct)
        asyncio.run(main())
    """, python).ok().log
    born = {b.name: b for b in log.of("TaskBorn")}
    (main,) = [b for b in born.values() if b.site.function == "main"]
    assert main.parent == 0
    assert main.name == "Task-1"
    assert (born["branch"].parent, born["direct"].parent) == (main.task, main.task)
    assert born["leaf"].parent == born["branch"].task
    assert (born["leaf"].site.function, born["leaf"].site.line) == ("leaf", 3)
    assert {b.loop for b in born.values()} == {1}
    assert len({b.task for b in log.of("TaskBorn")}) == len(log.of("TaskBorn"))


def test_a_task_that_is_renamed(python):
    log = observe("""
        import asyncio
        async def child():
            await asyncio.sleep(0)
            asyncio.current_task().set_name("late")
        async def main():
            task = asyncio.create_task(child())
            task.set_name("early")
            await task
        asyncio.run(main())
    """, python).ok().log
    (number,) = {r.task for r in log.of("TaskName") if r.name == "early"}
    assert [r.name for r in log.of("TaskName") if r.task == number] == ["early", "late"]


def test_wakers_are_tasks_timers_sockets_and_threads(python):
    log = observe("""
        import asyncio, socket, threading
        async def waits(future):
            await future
        async def sleeps():
            await asyncio.sleep(0.001)
        async def reads(sock):
            await asyncio.get_running_loop().sock_recv(sock, 1)
        async def main():
            loop = asyncio.get_running_loop()
            here, there = socket.socketpair()
            here.setblocking(False)
            by_task, by_thread = loop.create_future(), loop.create_future()
            tasks = [loop.create_task(c, name=n) for c, n in (
                (waits(by_task), "task"),
                (waits(by_thread), "thread"), (sleeps(), "timer"), (reads(here), "io"))]
            await asyncio.sleep(0)
            by_task.set_result(None)
            there.send(b"x")
            def other():
                loop.call_soon_threadsafe(by_thread.set_result, None)
            thread = threading.Thread(target=other, name="other")
            thread.start()
            await asyncio.gather(*tasks)
            thread.join()
            print(here.fileno())
            here.close(); there.close()
        asyncio.run(main())
    """, python).ok()
    log, fd = log.log, int(log.stdout)
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    last = {name: log.steps(name)[-1].waker for name in ("task", "thread", "timer", "io")}
    assert (last["task"].kind, last["task"].number) == ("task", main)
    assert (last["thread"].kind, last["thread"].number) == ("thread", log.threads()["other"].thread)
    assert last["timer"].kind == "timer"
    assert (last["io"].kind, last["io"].number) == ("io", fd)
    assert {log.steps(name)[0].waker.kind for name in last} == {"task"}


def test_a_finished_task_wakes_those_that_gather_it(python):
    log = observe("""
        import asyncio
        async def quick():
            pass
        async def slow():
            await asyncio.sleep(0); await asyncio.sleep(0)
        async def main():
            tasks = [asyncio.create_task(f(), name=f.__name__) for f in (quick, slow)]
            await asyncio.gather(*tasks)
        asyncio.run(main())
    """, python).ok().log
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    first, last = [s for s in log.steps() if s.task == main]
    assert first.awaits.kind == "gather"
    assert (last.waker.kind, last.waker.number) == ("task", log.task("slow"))


def test_what_is_awaited(python):
    log = observe("""
        import asyncio, concurrent.futures
        async def other():
            await asyncio.sleep(0)
        async def main():
            loop = asyncio.get_running_loop()
            await asyncio.create_task(other(), name="other")
            await asyncio.sleep(0.001)
            import time
            await loop.run_in_executor(None, time.sleep, 0.05)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                await asyncio.wrap_future(pool.submit(time.sleep, 0.05))
        asyncio.run(main())
    """, python).ok().log
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    awaits = [s.awaits for s in log.steps() if s.task == main]
    assert [a.kind for a in awaits] == ["task", "future", "work", "work", "ended"]
    assert awaits[0].number == log.task("other")


def test_outcomes(python):
    log = observe("""
        import asyncio
        class Mine(Exception):
            pass
        async def fails(error):
            raise error
        async def forever():
            await asyncio.get_running_loop().create_future()
        async def main():
            tasks = [asyncio.create_task(fails(ValueError("x")), name="value"),
                     asyncio.create_task(fails(Mine()), name="mine"),
                     asyncio.create_task(forever(), name="cancelled"),
                     asyncio.create_task(forever(), name="never began")]
            tasks[3].cancel()
            await asyncio.sleep(0)
            tasks[2].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run(main())
    """, python).ok().log
    ends = {name: log.steps(name)[-1].awaits for name in ("value", "mine", "cancelled", "never began")}
    assert {name: (end.kind, end.text) for name, end in ends.items()} == {
        "value": ("failed", "ValueError"),
        "mine": ("failed", "__main__.Mine"),
        "cancelled": ("cancelled", ""),
        "never began": ("cancelled", ""),
    }
    assert len(log.steps("never began")) == 1


def test_a_blocking_call_is_one_long_step(python):
    log = observe("""
        import asyncio, time
        async def blocks():
            await asyncio.sleep(0)
            time.sleep(0.2)
            await asyncio.sleep(0)
        async def main():
            await asyncio.create_task(blocks(), name="blocks")
        asyncio.run(main())
    """, python).ok().log
    steps = log.steps("blocks")
    assert len(steps) == 3
    assert [s.dur >= 190_000_000 for s in steps] == [False, True, False]
    (sleep,) = log.blocks("sleep")
    assert sleep.site.line == 5
    assert steps[1].t0 <= sleep.t0
    assert sleep.t0 + sleep.dur <= steps[1].t0 + steps[1].dur


def test_a_step_in_progress_is_in_the_register(python):
    seen = observe("""
        import asyncio, os
        async def main():
            await asyncio.sleep(0)
            os._exit(0)
        asyncio.run(main())
    """, python)
    (register,) = [r for r in seen.log.registers if r.step_t0]
    (step,) = seen.log.steps()
    assert register.task == step.task
    assert register.step_t0 >= step.t0 + step.dur


def test_ready_for_is_the_time_in_the_queue(python):
    log = observe("""
        import asyncio, time
        async def hogs():
            time.sleep(0.1)
        async def waits():
            pass
        async def main():
            asyncio.create_task(hogs())
            await asyncio.create_task(waits(), name="waits")
        asyncio.run(main())
    """, python).ok().log
    (step,) = log.steps("waits")
    assert step.ready_ns >= 100_000_000
    (born,) = [b for b in log.of("TaskBorn") if b.name == "waits"]
    assert born.t0 <= step.t0 - step.ready_ns <= step.t0


def test_tasks_and_coroutines_are_not_kept_alive(python):
    seen = observe("""
        import asyncio, gc, weakref
        class Holder:
            pass
        async def forever(holder):
            await asyncio.sleep(0)
            await asyncio.Future()
        async def ends():
            await asyncio.sleep(0)
        async def main():
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: print(context["message"]))
            holder = Holder()
            holder.task = asyncio.create_task(forever(holder))  # nobody else refers to this circle
            pending = weakref.ref(holder.task)
            task = asyncio.create_task(ends())
            ended = weakref.ref(task)
            for _ in range(5):
                await asyncio.sleep(0)
            del holder, task
            gc.collect()
            print(pending(), ended())
        asyncio.run(main())
    """, python).ok()
    assert seen.stdout.splitlines() == ["Task was destroyed but it is pending!", "None None"]


def test_a_number_is_not_given_to_two_tasks_at_one_address(python):
    log = observe("""
        import asyncio
        async def child():
            await asyncio.sleep(0)
        async def main():
            for _ in range(2000):
                await asyncio.create_task(child())
        asyncio.run(main())
    """, python).ok().log
    children = [b.task for b in log.of("TaskBorn") if b.site.function == "child"]
    assert len(set(children)) == 2000
    steps = [s.task for s in log.steps() if s.task in set(children)]
    assert sorted(steps) == sorted(children * 2)


def test_several_loops_in_several_threads(python):
    log = observe("""
        import asyncio, threading
        async def child():
            for _ in range(99):
                await asyncio.sleep(0)
        async def main(i):
            await asyncio.gather(*[asyncio.create_task(child(), name="c%d-%d" % (i, j)) for j in range(5)])
        def run(i):
            asyncio.run(main(i))
        threads = [threading.Thread(target=run, args=(i,), name="t%d" % i) for i in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    """, python).ok().log
    loops = set()
    for i in range(4):
        thread = log.threads()[f"t{i}"].thread
        steps = [s for j in range(5) for s in log.steps(f"c{i}-{j}")]
        assert len(steps) == 500
        assert {s.thread for s in steps} == {thread}
        loops |= {b.loop for b in log.of("TaskBorn") if b.name.startswith(f"c{i}-")}
        wakers = {s.waker.number for s in steps if s.waker.kind == "task"}
        assert {s.waker.kind for s in steps} == {"task"}
        assert wakers <= {s.task for s in log.steps() if s.thread == thread}
    assert len(loops) == 4


def test_loops_one_after_the_other(python):
    log = observe("""
        import asyncio
        async def main():
            await asyncio.sleep(0.02)
        asyncio.run(main())
        asyncio.run(main())
    """, python).ok().log
    assert {r.loop for r in log.of("LoopBorn")} == {1, 2}
    assert len(log.of("LoopRun")) == len(log.of("LoopBorn"))
    assert {r.kind for r in log.of("LoopRun")} == {"asyncio"}
    for loop in (1, 2):
        longest = max((r for r in log.of("LoopRun") if r.loop == loop), key=lambda r: r.dur)
        idle = [b for b in log.blocks("loop_select") if b.object == loop]
        assert max(b.t0 + b.dur for b in idle) - longest.t0 >= 18_000_000  # (the load delays its begin)
        assert all(longest.t0 <= b.t0 <= longest.t0 + longest.dur for b in idle)
    assert not log.blocks("io_select")


def test_a_timer_that_comes_due_behind_a_blocking_step_makes_ready_when_it_was_due(python):
    log = observe("""
        import asyncio, time
        async def sleeps():
            await asyncio.sleep(0.2)
        async def blocks():
            time.sleep(0.5)
        async def main():
            await asyncio.gather(asyncio.create_task(sleeps(), name="sleeps"),
                                 asyncio.create_task(blocks(), name="blocks"))
        asyncio.run(main())
    """, python).ok().log
    (block,) = log.steps("blocks")
    _, woken = log.steps("sleeps")
    assert woken.waker.kind == "timer"
    assert block.t0 < woken.t0 - woken.ready_ns < block.t0 + block.dur


def test_a_timer_that_ends_the_loops_idling_makes_ready_when_the_loop_wakes(python):
    log = observe("""
        import asyncio
        async def sleeps():
            await asyncio.sleep(0.01)
        asyncio.run(sleeps())
    """, python).ok().log
    _, woken = log.steps("Task-1")
    idle = [b for b in log.blocks("loop_select") if b.t0 < woken.t0][-1]
    assert woken.t0 - woken.ready_ns >= idle.t0 + idle.dur
