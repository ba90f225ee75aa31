"""Where a task awaits: the user's line, the library function that the line calls, and the one below it."""

from __future__ import annotations

from tests.core.agent.run import observe
from tests.interpreters import everywhere

PROGRAM = """
import asyncio, socket, sys
async def echo(reader, writer):
    while line := await reader.readline():
        await asyncio.sleep(0.005)
        writer.write(line)
    writer.close()
async def one(name, awaitable):
    return await awaitable                                                      # one
async def lock(held):
    async with held: pass                                                       # lock
async def condition(held):
    async with held:
        await held.wait()                                                       # condition
async def numbers():
    for i in range(2):
        await asyncio.sleep(0.001)                                              # numbers
        yield i
async def generator():
    async for _ in numbers(): pass                                              # generator
class Awaitable:
    def __await__(self):
        return asyncio.sleep(0.001).__await__()
async def custom():
    await Awaitable()                                                           # custom
async def deep(n):
    if n: await deep(n - 1)
    else: await asyncio.sleep(0.001)                                            # deep
async def bare():
    await asyncio.get_running_loop().create_future()                            # bare
async def main():
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(*address)                    # connect
    writer.write(b"line\\n")
    await reader.readline()                                                     # readline
    here, there = socket.socketpair(); here.setblocking(False)
    taken, event, queue = asyncio.Lock(), asyncio.Event(), asyncio.Queue()
    await taken.acquire()
    waits = {
        "sleep": asyncio.sleep(0.001), "event": event.wait(), "get": queue.get(),
        "semaphore": asyncio.Semaphore(0).acquire(), "recv": loop.sock_recv(here, 1),
        "wait_for": asyncio.wait_for(asyncio.Event().wait(), 5), "wait": asyncio.wait([loop.create_future()]),
        "dns": loop.getaddrinfo("127.0.0.1", 80),
    }
    tasks = [loop.create_task(one(n, w), name=n) for n, w in waits.items()]
    tasks += [loop.create_task(c, name=c.__name__) for c in (
        lock(taken), condition(asyncio.Condition()), generator(), custom(), deep(10), bare())]
    await asyncio.wait(tasks, timeout=0.05)
    full = asyncio.Queue(1); full.put_nowait(1)
    tasks.append(loop.create_task(one("put", full.put(1)), name="put"))
    tasks.append(loop.create_task(one("join", full.join()), name="join"))
    child = await asyncio.create_subprocess_exec(sys.executable, "-Sc", "input()", stdin=-1)
    tasks.append(loop.create_task(one("child", child.wait()), name="child"))
    await asyncio.sleep(0.01)
    child.stdin.close()
    await tasks[-1]
    for task in tasks: task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)                        # gather
    writer.close(); here.close(); there.close(); server.close()
asyncio.run(main())
"""


def line(mark):
    return 1 + [text.endswith("# " + mark) for text in PROGRAM.split("\n")].index(True)


def where(step):
    """(line, call, call below it) of a step's await site."""
    call = step.site.call
    return step.site.line, call and call.function, call and call.call and call.call.function


@everywhere()
def test_await_sites(python):
    log = observe(PROGRAM, python).ok().log
    sites = {name: where(log.steps(name)[0]) for name in (
        "sleep", "event", "get", "semaphore", "recv", "wait", "dns", "put", "join", "child",
        "lock", "condition", "custom", "deep", "bare")}
    assert sites == {
        "sleep": (line("one"), "sleep", None),
        "event": (line("one"), "Event.wait", None),
        "get": (line("one"), "Queue.get", None),
        "put": (line("one"), "Queue.put", None),
        "join": (line("one"), "Queue.join", None),
        "semaphore": (line("one"), "Semaphore.acquire", None),
        "recv": (line("one"), "BaseSelectorEventLoop.sock_recv", None),
        "wait": (line("one"), "wait", None),
        "dns": (line("one"), "BaseEventLoop.getaddrinfo", None),
        "child": (line("one"), "Process.wait", None),
        "lock": (line("lock"), sites["lock"][1], None),
        "condition": (line("condition"), "Condition.wait", None),
        "custom": (line("custom"), "sleep", None),
        "deep": (line("deep"), "sleep", None),
        "bare": (line("bare"), None, None),
    }
    assert sites["lock"][1].endswith("ContextManagerMixin.__aenter__")


@everywhere()
def test_what_main_awaits(python):
    log = observe(PROGRAM, python).ok().log
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    calls = {where(s)[:2] for s in log.steps() if s.task == main and s.site}
    assert {(line("connect"), "open_connection"), (line("readline"), "StreamReader.readline"),
            (line("gather"), None)} <= calls


@everywhere()
def test_inside_an_async_generator(python):
    log = observe(PROGRAM, python).ok().log
    assert [where(s)[:2] for s in log.steps("generator")[:2]] == [(line("numbers"), "sleep")] * 2


@everywhere(since=(3, 12))
def test_wait_for_shows_what_it_waits_for(python):
    log = observe(PROGRAM, python).ok().log
    assert where(log.steps("wait_for")[0]) == (line("one"), "wait_for", "Event.wait")


@everywhere(since=(3, 11))
def test_a_task_group_waits_at_its_end(python):
    log = observe("""
        import asyncio
        async def child():
            await asyncio.sleep(0)
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(child(), name="child")
            async with asyncio.timeout(5):
                await child()
        asyncio.run(main())
    """, python).ok().log
    (main,) = {b.task for b in log.of("TaskBorn") if b.site.function == "main"}
    first = next(s for s in log.steps() if s.task == main)
    assert where(first) == (6, "TaskGroup.__aexit__", None)
    assert {b.parent for b in log.of("TaskBorn") if b.name == "child"} == {main}
    second = [s for s in log.steps() if s.task == main][1]
    assert (second.site.function, second.site.line, second.awaits.kind) == ("child", 4, "ready")


@everywhere()
def test_the_outermost_call_is_kept_and_the_innermost_three(python):
    log = observe("""
        import asyncio
        LIBRARY = '''
        async def a(event): await b(event)
        async def b(event): await c(event)
        async def c(event): await d(event)
        async def d(event): await event.wait()
        '''
        exec(compile(LIBRARY.replace("        ", ""), "/lib/site-packages/deep.py", "exec"))
        async def main():
            event = asyncio.Event()
            asyncio.get_running_loop().call_soon(event.set)
            await a(event)
        asyncio.run(main())
    """, python).ok().log
    step = next(s for s in log.steps() if s.site and s.site.function == "main")
    names, call = [], step.site.call
    while call:
        names.append(call.function)
        call = call.call
    assert names == ["a", "c", "d", "Event.wait"]
