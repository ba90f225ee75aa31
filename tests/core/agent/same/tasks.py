"""Event loops and tasks used in ways that few programs use them."""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "a task factory": """
        import asyncio
        class Mine(asyncio.Task):
            def __repr__(self):
                return "<Mine %s>" % self.get_name()
        def factory(loop, coro, **options):
            return Mine(coro, loop=loop, **options)
        async def work(n):
            await asyncio.sleep(0)
            return n, asyncio.current_task()
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory(factory)
            print(await asyncio.gather(work(1), asyncio.create_task(work(2), name="two")))
            print(loop.get_task_factory() is factory, sorted(map(repr, asyncio.all_tasks()))[:1])
            print(await Mine(work(3), loop=loop, name="three"))
        asyncio.run(main())
    """,
    "tasks in pure Python": """
        import asyncio, sys
        async def work(n):
            await asyncio.sleep(0)
            if n == 2:
                raise ValueError(n)
            return n
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory(lambda loop, coro, **o: asyncio.tasks._PyTask(coro, loop=loop, **o))
            print(await asyncio.gather(work(1), work(2), return_exceptions=True))
            task = asyncio.create_task(work(3))
            task.cancel("message")
            try:
                await task
            except asyncio.CancelledError as error:
                print(repr(error), task.cancelled())
            await asyncio.create_task(work(2))
        asyncio.run(main())
    """,
    "eager tasks": Program(
        """
        import asyncio
        async def at_once():
            return 1
        async def waits():
            print("begins", asyncio.current_task().get_name())
            await asyncio.sleep(0)
            return 2
        async def fails():
            raise ValueError("at once")
        async def main():
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            one, two = asyncio.create_task(at_once(), name="one"), asyncio.create_task(waits(), name="two")
            print(one.done(), two.done(), await asyncio.gather(one, two))
            task = asyncio.create_task(fails())
            print(task.done(), repr(task.exception()))
            async with asyncio.TaskGroup() as group:
                group.create_task(waits(), name="in a group")
            await asyncio.create_task(fails())
        asyncio.run(main())
    """,
        since=(3, 12),
    ),
    "a loop of one's own": """
        import asyncio, selectors
        class Loop(asyncio.SelectorEventLoop):
            def call_soon(self, callback, *args, context=None):
                calls.append(getattr(callback, "__name__", type(callback).__name__))
                return super().call_soon(callback, *args, context=context)
            def create_task(self, coro, **options):
                tasks.append(coro.__name__)
                return super().create_task(coro, **options)
            def _run_once(self):
                super()._run_once()
        calls, tasks = [], []
        class Selector(selectors.SelectSelector):
            def select(self, timeout=None):
                return super().select(timeout)
        async def main():
            await asyncio.sleep(0)
            return asyncio.get_running_loop()
        loop = Loop(Selector())
        asyncio.set_event_loop(loop)
        print(type(loop.run_until_complete(main())), tasks, len(calls) > 2)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        try:
            loop.call_soon(print)
        except RuntimeError as error:
            print(error)
        try:
            loop.run_until_complete(main())
        except RuntimeError as error:
            print(error)
    """,
    "a policy": """
        import asyncio, warnings
        warnings.simplefilter("ignore")
        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self):
                print("new loop")
                return super().new_event_loop()
        asyncio.set_event_loop_policy(Policy())
        asyncio.run(asyncio.sleep(0))
        print(type(asyncio.get_event_loop_policy()).__name__)
    """,
    "a loop in a loop": """
        import asyncio, asyncio.events
        def run_nested(loop, coro):
            '''As nest_asyncio does it.'''
            task = asyncio.tasks._PyTask(coro, loop=loop)
            while not task.done():
                handles = len(loop._ready)
                current = asyncio.tasks._current_tasks.pop(loop, None) if hasattr(
                    asyncio.tasks._current_tasks, "pop") else None
                loop._run_once()
                if current is not None:
                    asyncio.tasks._current_tasks[loop] = current
            return task.result()
        async def inner(n):
            await asyncio.sleep(0.001)
            return n
        async def main():
            loop = asyncio.get_running_loop()
            try:
                loop.run_until_complete(inner(1))
            except RuntimeError as error:
                print(error)
            print(run_nested(loop, inner(2)))
            await asyncio.sleep(0)
            return 3
        loop = asyncio.new_event_loop()
        loop.set_task_factory(lambda loop, coro, **o: asyncio.tasks._PyTask(coro, loop=loop, **o))
        try:
            print(loop.run_until_complete(main()))
        except Exception as error:
            print(type(error), error)
    """,
    "run_forever and stop": """
        import asyncio, threading
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        async def work(n):
            await asyncio.sleep(0.001)
            return n, threading.current_thread() is thread
        print(asyncio.run_coroutine_threadsafe(work(1), loop).result())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        print(loop.is_running(), loop.is_closed(), loop)
        loop.call_soon(loop.stop)
        loop.run_forever()
        print(loop.time() > 0)
        loop.close()
        loop.close()
    """,
    "left behind": """
        import asyncio
        async def waits():
            try:
                await asyncio.get_running_loop().create_future()
            except GeneratorExit:
                print("closed")
                raise
        async def generator():
            try:
                yield 1
                yield 2
            finally:
                print("generator closed")
        async def main():
            main.task = asyncio.ensure_future(waits())
            await asyncio.sleep(0)
            async for i in generator():
                print(i)
                break
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        print("end")
    """,
    "synchronisation": """
        import asyncio
        async def main():
            lock, event, queue = asyncio.Lock(), asyncio.Event(), asyncio.Queue(1)
            condition, semaphore = asyncio.Condition(), asyncio.Semaphore(2)
            order = []
            async def work(n):
                async with semaphore, lock:
                    order.append(n)
                    await asyncio.sleep(0)
                await queue.put(n)
                await event.wait()
                async with condition:
                    condition.notify()
            tasks = [asyncio.create_task(work(n), name=str(n)) for n in range(5)]
            got = [await queue.get() for _ in tasks]
            async with condition:
                event.set()
                await condition.wait()
            done, pending = await asyncio.wait(tasks, timeout=5)
            print(order, got, sorted(t.get_name() for t in done), pending, lock, semaphore, event)
            for future in asyncio.as_completed([asyncio.sleep(0, n) for n in range(3)]):
                order.append(await future)
            print(sorted(order))
        asyncio.run(main())
    """,
    "cancelling": """
        import asyncio
        async def stubborn():
            for _ in range(2):
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError as error:
                    print("cancelled", error.args)
            return "done"
        async def main():
            task = asyncio.create_task(stubborn())
            await asyncio.sleep(0)
            print(task.cancel("one"))
            await asyncio.sleep(0)
            print(task.cancel(), await task, task.cancel())
            task = asyncio.create_task(stubborn())
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                print(error.args, task)
            loop = asyncio.get_running_loop()
            handle = loop.call_later(60, print)
            handle.cancel()
            print(handle.cancelled(), handle.when() > 0, loop.call_soon(print).cancel())
            gathered = asyncio.gather(asyncio.sleep(60), asyncio.sleep(60))
            await asyncio.sleep(0)
            gathered.cancel()
            await asyncio.gather(gathered, return_exceptions=True)
            raise asyncio.CancelledError("from main")
        try:
            asyncio.run(main())
        except BaseException as error:
            print(repr(error))
    """,
    "streams and servers": """
        import asyncio
        async def serve(reader, writer):
            while data := await reader.readline():
                writer.write(data.upper())
                await writer.drain()
            writer.close()
        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()
            lines = [[] for _ in range(4)]
            async def client(n):
                reader, writer = await asyncio.open_connection(host, port)
                for i in range(3):
                    writer.write(b"line %d %d\\n" % (n, i))
                    lines[n].append(await reader.readline())
                writer.write(bytes(50_000) + b"\\n")
                await writer.drain()
                lines[n].append(len(await reader.readline()))
                writer.close()
                try:
                    await writer.wait_closed()
                except ConnectionError:
                    pass
            await asyncio.gather(*map(client, range(4)))
            print(lines)
            server.close()
            await server.wait_closed()
        asyncio.run(main())
    """,
    "executors and threads": """
        import asyncio, concurrent.futures, contextvars, threading, time
        var = contextvars.ContextVar("var")
        def work(n):
            time.sleep(0.001)
            return n, threading.current_thread().name.split("_")[0].split("-")[0], var.get(None)
        async def main():
            var.set("set")
            loop = asyncio.get_running_loop()
            print(await loop.run_in_executor(None, work, 1), await asyncio.to_thread(work, 2))
            with concurrent.futures.ThreadPoolExecutor(1, "mine", print, ("init",)) as pool:
                print(await loop.run_in_executor(pool, work, 3))
                future = pool.submit(work, 4)
                print(await asyncio.wrap_future(future), asyncio.wrap_future(future).done())
                print(await asyncio.gather(*(asyncio.to_thread(work, i) for i in "ab")))
        asyncio.run(main())
    """,
    "coroutines by hand": """
        import asyncio, types
        async def inner():
            return await asyncio.sleep(0, 5)
        @types.coroutine
        def old():
            x = yield
            return x
        class Awaitable:
            def __await__(self):
                yield
                return 6
        async def main():
            print(await inner(), await Awaitable(), await old())
            coroutine = inner()
            coroutine.send(None)
            coroutine.close()
            async def agen():
                for i in range(3):
                    await asyncio.sleep(0)
                    yield i
            print([i async for i in agen()])
            generator = agen()
            print(await generator.__anext__(), await generator.aclose())
        asyncio.run(main())
        for bad in 5, None, print:
            try:
                asyncio.run(bad)
            except Exception as error:
                print(type(error), error)
    """,
    "looking at tasks": """
        import asyncio, io
        async def leaf(event):
            await event.wait()
        async def middle(event):
            await leaf(event)
        async def main():
            event = asyncio.Event()
            task = asyncio.create_task(middle(event), name="looked at")
            await asyncio.sleep(0)
            out = io.StringIO()
            task.print_stack(file=out)
            print(out.getvalue(), [f.f_code.co_name for f in task.get_stack()], task.get_coro().__name__)
            print(asyncio.current_task().get_stack()[-1].f_code.co_name, len(asyncio.all_tasks()))
            task.set_name("renamed")
            event.set()
            await task
            print(task, sorted(set(dir(task)) - set(dir(asyncio.Task))))
            if hasattr(asyncio, "print_call_graph"):
                asyncio.print_call_graph()
        asyncio.run(main())
    """,
}
