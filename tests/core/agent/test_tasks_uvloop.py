"""Tasks on uvloop: steps, wakers of what is scheduled, and what can't be seen is said."""

from __future__ import annotations

import pytest

from tests.core.agent.run import bare, observe

pytest.importorskip("uvloop")

PROGRAM = """
import asyncio, sys, threading, uvloop
async def handle(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
async def child(steps):
    for _ in range(steps - 1):
        await asyncio.sleep(0)
async def waits(future):
    await future
async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*[asyncio.create_task(child(5), name="c%d" % i) for i in range(10)])
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\\n")
    print(await reader.readline())
    writer.close()
    by_thread = loop.create_future()
    task = loop.create_task(waits(by_thread), name="thread")
    done = by_thread.set_result
    other = threading.Thread(name="other", target=lambda: loop.call_soon_threadsafe(done, None))
    await asyncio.sleep(0.001)
    other.start()
    await task
    other.join()
    by_timer = loop.create_future()
    loop.call_later(0.01, by_timer.set_result, None)
    await loop.create_task(waits(by_timer), name="timer")
    loop.call_soon(len)
    handle_ = loop.call_soon(print, "never"); handle_.cancel()
    await asyncio.sleep(0)
    server.close()
START
"""
STARTS = {
    "run": "uvloop.run(main())",
    "install": "uvloop.install(); asyncio.run(main())",
    "new_event_loop": "loop = uvloop.new_event_loop(); loop.run_until_complete(main()); loop.close()",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.filterwarnings("ignore")
def test_uvloop(start):
    program = PROGRAM.replace("START", start)
    seen = observe(program, flags=["-Wignore"])
    assert (seen.stdout, seen.code) == bare(program, flags=["-Wignore"])[::2]
    log = seen.log
    assert {len(log.steps(f"c{i}")) for i in range(10)} == {5}
    thread = log.steps("thread")[-1].waker
    assert (thread.kind, thread.number) == ("thread", log.threads()["other"].thread)
    assert log.steps("timer")[-1].waker.kind == "timer"
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main" or b.name == "Task-1"}
    kinds = {s.waker.kind for s in log.steps() if s.task == main}
    assert kinds >= {"io", "task", "timer"}
    assert {b.parent for b in log.of("TaskBorn") if b.name.startswith("c")} == {main}
    assert {r.kind for r in log.of("LoopBorn")} == {"uvloop: idle time can't be seen"}
    assert [n for n in seen.notes() if n[0] == "uvloop"] == [
        ("uvloop", "when the loop idles, and which descriptor woke a task, can't be seen")]


def test_exceptions_in_callbacks_read_the_same():
    program = """
import asyncio, logging, uvloop
logging.basicConfig(format="%(message)s")
def fails(x):
    raise ValueError(x)
async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, c: print(c["message"][:30], repr(c["exception"])))
    loop.call_soon(fails, 3)
    await asyncio.sleep(0.01)
uvloop.run(main())
"""
    seen = observe(program)
    assert (seen.stdout, seen.stderr, seen.code) == bare(program)


