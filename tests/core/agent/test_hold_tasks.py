"""An event loop that is held: which handle runs is chosen outside, and the program does not notice."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from tests.core.agent.held import Held, Worker, stepped
from tests.core.agent.schedules import assert_any_schedule_does_the_same

THREE_TASKS = """
    import asyncio
    async def work(name):
        print(name, end=" ")
        await asyncio.sleep(0)
        print(name, end=" ")
    async def main():
        await asyncio.gather(*(asyncio.create_task(work(name), name=name) for name in "abc"))
    asyncio.run(main())
"""


def hesitant(held: Held) -> None:
    """Think for 50 ms before each choice."""

    def choose(ready: Sequence[Worker]) -> Worker:
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            held.hear()
        return ready[0]

    held.choose = choose


@stepped
def test_the_chosen_task_runs_and_the_others_keep_their_order(python: str) -> None:
    with Held(THREE_TASKS, python, pick=lambda front: front - 1) as held:
        done = held.run()
    assert (done.stdout, done.stderr, done.code) == ("c c b a a b ", "", 0)


@stepped
def test_in_the_loops_own_order_it_is_as_ever(python: str) -> None:
    with Held(THREE_TASKS, python) as held:
        done = held.run().ok()
    assert done.stdout == "a b c a b c "
    tasks = {task.task: task.name for task in done.log.of("TaskBorn")}
    first = held.said("loop")[1]
    assert first[1] == "0"
    assert [tasks[int(item.split(":")[2])] for item in first[2:]] == ["a", "b", "c"]
    since = [int(item.split(":")[3]) for item in first[2:]]
    assert since == sorted(since)
    assert since[0] > done.log.opened_ns


@stepped
def test_a_loops_clock_stands_still_while_it_waits(python: str) -> None:
    program = """
        import asyncio, time
        async def main():
            loop = asyncio.get_running_loop()
            began, loop_began = time.monotonic(), loop.time()
            try:
                async with asyncio.timeout(0.3):
                    for _ in range(10):
                        await asyncio.sleep(0)
                print("in time")
            except TimeoutError:
                print("too late")
            print(time.monotonic() - began > 0.3, loop.time() - loop_began < 0.3)
        asyncio.run(main())
    """
    with Held(program, python) as held:
        hesitant(held)
        done = held.run().ok()
    assert done.stdout == "in time\nTrue True\n"


@stepped
def test_what_arrives_meanwhile_is_in_the_next_list_once(python: str, tmp_path: Path) -> None:
    program = """
        import asyncio, os, sys
        async def main():
            loop = asyncio.get_running_loop()
            pipe = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
            arrived = loop.create_future()
            def readable():
                print(os.read(pipe, 10))  # would fail a second time
                arrived.set_result(None)
            loop.add_reader(pipe, readable)
            for _ in range(4):
                await asyncio.sleep(0)
            await arrived
            loop.remove_reader(pipe)
        asyncio.run(main())
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Held(program, python, str(pipe)) as held:
        held.run(until=lambda: len(held.said("loop")) == 3)
        with pipe.open("wb") as writer:
            writer.write(b"hello")
        waiting = held.workers[-1]
        while "readable" not in waiting.line[-1]:
            held.hear()
        assert waiting.line[2] == "2"  # a list that replaces another
        done = held.run().ok()
    assert done.stdout == "b'hello'\n"
    assert max(sum("readable" in item for item in line) for line in held.said("loop")) == 1


@stepped
def test_a_thread_that_schedules_while_the_loop_waits_is_seen(python: str) -> None:
    program = """
        import asyncio, threading
        async def main():
            done = asyncio.Event()
            threading.Timer(0, asyncio.get_running_loop().call_soon_threadsafe, [done.set]).start()
            await done.wait()
            print("woken")
        asyncio.run(main())
    """
    with Held(program, python, seed=1) as held:
        assert held.run().ok().stdout == "woken\n"
    assert ["select", "1", "0", ""] in held.said("leave")


@stepped
def test_an_interrupted_loop_loses_no_handle(python: str) -> None:
    program = """
        import asyncio, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        async def work():
            await asyncio.sleep(0)
            return "worked"
        loop = asyncio.new_event_loop()
        task = loop.create_task(work())
        try:
            loop.run_until_complete(task)
        except KeyboardInterrupt:
            print("interrupted", task.done())
        print(loop.run_until_complete(task))
        loop.close()
    """
    with Held(program, python) as held:
        held.run(until=lambda: held.said("loop"))
        held.process.send_signal(signal.SIGINT)
        while len(held.said("thread")) < 2:
            held.hear()
        done = held.run()
    assert (done.stdout, done.code) == ("interrupted False\nworked\n", 0), done.stderr


SERVER = """
    import asyncio, json
    async def serve(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()
    async def client(address, name):
        reader, writer = await asyncio.open_connection(*address)
        answers = []
        for i in range(3):
            writer.write(f"{name}{i}\\n".encode())
            answers.append((await reader.readline()).decode())
        writer.close()
        await writer.wait_closed()
        return answers
    async def forever():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "cancelled"
    async def fails():
        await asyncio.sleep(0)
        raise LookupError
    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            clients = [group.create_task(client(address, name)) for name in "ab"]
            thread = group.create_task(asyncio.to_thread(sum, [1, 2]))
        server.close()
        result = [task.result() for task in clients] + [thread.result()]
        process = await asyncio.create_subprocess_exec("echo", "child", stdout=-1)
        result.append((await process.communicate())[0].decode())
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        task.cancel()
        try:
            result.append(await task)
        except asyncio.CancelledError:  # it had not begun
            result.append("cancelled")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                group.create_task(forever())
        except* LookupError:
            result.append("failed")
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            result.append("timed out")
        print(json.dumps(result))
    asyncio.run(main())
"""


@stepped
def test_any_schedule_of_servers_groups_timeouts_children_and_threads_does_the_same(python: str) -> None:
    expected = [[f"{name}{i}\n" for i in range(3)] for name in "AB"]
    assert_any_schedule_does_the_same(
        SERVER, python, json.dumps([*expected, 3, "child\n", "cancelled", "failed", "timed out"]) + "\n"
    )


@stepped
def test_time_passes_for_a_loop_that_runs_again_and_has_nothing_but_a_timer(python: str) -> None:
    program = """
        import asyncio
        loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.call_later(0.02, loop.stop)
        loop.run_forever()
        loop.close()
        print("over")
    """
    with Held(program, python, seed=1) as held:
        assert held.run().ok().stdout == "over\n"


def test_a_loop_of_uvloops_is_held_one_handle_at_a_time() -> None:
    pytest.importorskip("uvloop")
    program = THREE_TASKS.replace(
        "asyncio.run(main())", "import uvloop; uvloop.install(); asyncio.run(main())"
    )
    with Held(program, sys.executable, seed=1) as held:
        done = held.run().ok()
    assert done.stdout == "a b c a b c "
    assert {(line[1], len(line)) for line in held.said("loop")} == {("1", 3)}  # its order is its own
    tasks = {task.task: task.name for task in done.log.of("TaskBorn")}
    steps = [tasks.get(int(line[2].split(":")[2])) for line in held.said("loop") if ":t:" in line[2]]
    assert [name for name in steps if name in ("a", "b", "c")][:6] == ["a", "b", "c", "a", "b", "c"]


def test_a_loop_of_uvloops_with_callbacks_and_timers_is_held() -> None:
    pytest.importorskip("uvloop")
    program = """
        import asyncio, uvloop
        async def main():
            loop, done = asyncio.get_running_loop(), asyncio.Event()
            loop.call_soon(print, "soon")
            loop.call_later(0.01, done.set)
            await done.wait()
            await asyncio.to_thread(print, "thread")
        uvloop.install()
        asyncio.run(main())
    """
    with Held(program, sys.executable, seed=1) as held:
        done = held.run().ok()
    assert done.stdout == "soon\nthread\n"
    told = [line[2].split(":")[1::4] for line in held.said("loop")]
    assert ["c", "print"] in told
    assert ["c", "Event.set"] in told
    assert not [note for note in done.log.of("Note") if "runs free" in str(note)]


@stepped
def test_timers_that_come_due_while_a_handle_blocks_the_loop_are_late_since_then(python: str) -> None:
    """However long somebody thinks before letting them go, and within the handle, too."""
    program = """
        import asyncio, time
        async def victim():
            await asyncio.sleep(0.05)
        async def blocks():
            await asyncio.sleep(0.01)
            began = time.perf_counter_ns()
            time.sleep(0.3)
            print(began)
        async def main():
            await asyncio.gather(asyncio.create_task(victim(), name="victim"), blocks())
        asyncio.run(main())
    """
    with Held(program, python) as held:
        hesitant(held)
        done = held.run().ok()
    began_ns = int(done.stdout)
    victim = next(task.task for task in done.log.of("TaskBorn") if task.name == "victim")
    last = [step for step in done.log.of("Step") if step.task == victim][-1]
    due_ns = last.t0 - last.ready_ns
    assert began_ns < due_ns < began_ns + 200_000_000 < last.t0


@stepped
def test_handles_pass_a_gate_only_while_the_program_is_held(python: str) -> None:
    program = """
        import asyncio
        def runs():
            return asyncio.Handle._run.__globals__["__name__"].partition(".")[2]
        async def until(there):
            while runs() != there:
                await asyncio.sleep(0)
            print(there, flush=True)
        async def main():
            for there in ("tasks_steps", "hold_tasks", "tasks_steps"):
                await until(there)
        asyncio.run(main())
    """
    free, gated = "tasks_steps\n", "hold_tasks\n"
    with Held(program, python, mode=0) as held:
        held.run(until=lambda: held.printed() == free)
        held.hold(L.CONTROL_SYNC)
        held.run(until=lambda: held.printed() == free + gated)
        held.hold(0)
        done = held.run()
    assert (done.stdout, done.code) == (free + gated + free, 0)
