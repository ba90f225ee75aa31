"""Exceptions and their tracebacks, through everything that is hooked."""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "in the body of with": """
        import threading
        for lock in threading.Lock(), threading.RLock(), threading.Condition(), threading.Semaphore():
            try:
                with lock:
                    1 / 0
            except ZeroDivisionError as error:
                print(error.__traceback__.tb_next, error.__context__)
        with threading.Lock():
            raise KeyError(1)
    """,
    "of locks": """
        import threading, traceback
        def attempt(call, *args):
            try:
                call(*args)
            except Exception:
                traceback.print_exc()
        attempt(threading.Lock().release)
        attempt(threading.RLock().release)
        attempt(threading.Lock().acquire, False, 1)
        attempt(threading.Lock().acquire, "x", "y")
        attempt(threading.Condition().wait, 0.1)
        attempt(threading.Condition().notify)
        attempt(threading.BoundedSemaphore().release)
        attempt(type(threading.Lock()).__enter__, 5)
        barrier = threading.Barrier(2)
        attempt(barrier.wait, 0.01)
        attempt(threading.Lock().acquire, True, -2)
    """,
    "of queues": """
        import queue, traceback
        for kind in queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue:
            for call in lambda q: q.get(False), lambda q: q.get(timeout=0.01), lambda q: q.get(True, -1), \\
                    lambda q: q.get_nowait(), lambda q: q.get(timeout="x"):
                try:
                    call(kind())
                except Exception as error:
                    traceback.print_exc()
                    print(repr(error), repr(error.__context__), repr(error.__cause__))
    """,
    "of sockets": """
        import socket, traceback
        def attempt(call, *args, **kwargs):
            try:
                print(call(*args, **kwargs))
            except Exception as error:
                traceback.print_exc()
                print(repr(error.__context__))
        here, there = socket.socketpair()
        here.settimeout(0.01)
        buffer = bytearray(3)
        attempt(here.recv, 1)
        attempt(here.recv_into, buffer, nbytes=1)
        attempt(here.recvfrom, 1)
        attempt(here.recvfrom_into, buffer)
        attempt(here.recvmsg, 1)
        attempt(here.recvmsg_into, [buffer])
        attempt(here.sendall, bytes(10_000_000))
        attempt(here.makefile("rb").read, 1)
        here.settimeout(None)
        there.close()
        attempt(here.sendall, b"x")
        attempt(here.send, b"x")
        attempt(here.sendmsg, [b"x"])
        attempt(here.recv, 1)
        attempt(here.recv, -1)
        attempt(here.recv)
        attempt(here.send)
        attempt(here.sendall, "text")
        attempt(here.sendall, None)
        attempt(here.sendall, b"x", "flags")
        attempt(here.sendto, b"x", 1, 2, 3)
        attempt(here.connect, 5)
        attempt(here.connect)
        attempt(here.connect_ex, ("127.0.0.1", 1))
        attempt(here.accept)
        here.close()
        attempt(here.recv, 1)
        attempt(here.sendall, b"x")
        attempt(socket.create_connection, ("127.0.0.1", 1), 1)
        attempt(socket.getaddrinfo, "no such name.", 80)
        attempt(socket.gethostbyname, 5)
    """,
    "of the clock, files and children": """
        import os, select, selectors, subprocess, sys, time, traceback
        def attempt(call, *args, **kwargs):
            try:
                print(call(*args, **kwargs))
            except Exception:
                traceback.print_exc()
        attempt(time.sleep, -1)
        attempt(time.sleep, "x")
        attempt(time.sleep)
        attempt(time.sleep, secs=1)
        attempt(os.read, 99, 1)
        attempt(os.read, fd=0, length=0)
        attempt(os.write, 99, b"x")
        attempt(os.write, 1, "text")
        attempt(os.waitpid, 1, 0)
        attempt(os.wait)
        attempt(os.waitid, os.P_ALL, 0, os.WEXITED)
        attempt(select.select, [42], [], [], 0.01)  # Linux looks at none beyond its table, of 64 or more
        attempt(select.select, [5.5], [], [])
        attempt(selectors.DefaultSelector().unregister, 99)
        attempt(subprocess.check_output, [sys.executable, "-c", "raise SystemExit(3)"])
        attempt(subprocess.run, ["sleep", "60"], timeout=0.2)
        attempt(subprocess.Popen, ["/no/such/program"])
        attempt(subprocess.Popen([sys.executable, "-c", "pass"]).communicate, b"x", 5)
        attempt(os.execv, "/no/such/program", ["x"])
        attempt(os.posix_spawn, "/no/such/program", ["x"], {})
        attempt(input, "a", "b")
        attempt(input)
    """,
    "of pools": """
        import concurrent.futures, traceback
        def fails(n):
            raise ValueError(n)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(fails, 1)
            concurrent.futures.wait([future])  # what is over already raises from another line
            try:
                future.result()
            except ValueError:
                traceback.print_exc()
            results = pool.map(fails, [1, 2])
            pool.submit(int).result()
            try:
                list(results)
            except ValueError:
                traceback.print_exc()
            print(repr(pool.submit(fails).exception()))
        pool.submit(fails, 3)
    """,
    "of pools of processes": """
        import concurrent.futures, multiprocessing, os, traceback
        def fails(n):
            raise ValueError(n)
        def dies():
            os._exit(3)
        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                try:
                    pool.submit(fails, 1).result()
                except ValueError as error:
                    traceback.print_exc()
                try:
                    pool.submit(dies).result()
                except Exception as error:
                    print(repr(error))
            with context.Pool(1) as pool:
                try:
                    pool.apply(fails, (2,))
                except ValueError:
                    traceback.print_exc()
    """,
    "in threads": """
        import sys, threading
        def fails():
            raise LookupError("gone")
        def leaves():
            sys.exit(4)
        for target in fails, leaves, 5:
            thread = threading.Thread(target=target, name="the thread")
            thread.start()
            thread.join()
        threading.excepthook = lambda args: print(args.exc_type, args.thread.name)
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        thread.start()
    """,
    "of tasks": """
        import asyncio, socket, traceback
        async def deep(n):
            if n:
                await deep(n - 1)
            await asyncio.sleep(0)
            raise ValueError("deep")
        async def main():
            for awaitable in asyncio.gather(deep(1), deep(2)), asyncio.wait_for(deep(3), 1), \\
                    asyncio.wait_for(asyncio.sleep(9), 0.01), asyncio.create_task(deep(0)), \\
                    asyncio.shield(deep(1)), asyncio.get_running_loop().run_in_executor(None, int, "x"), \\
                    asyncio.open_connection("127.0.0.1", 1), asyncio.create_subprocess_exec("/no/such"):
                try:
                    await awaitable
                except Exception:
                    traceback.print_exc()
            print(await asyncio.gather(deep(1), asyncio.sleep(0, 5), return_exceptions=True))
            await deep(2)
        asyncio.run(main())
    """,
    "of task groups": Program(
        """
        import asyncio, traceback
        async def fails(n):
            await asyncio.sleep(0)
            raise ValueError(n)
        async def waits():
            try:
                await asyncio.sleep(9)
            except asyncio.CancelledError:
                traceback.print_exc()
                raise
        async def main():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails(1), name="one")
                    group.create_task(fails(2))
                    group.create_task(waits())
            except* ValueError:
                traceback.print_exc()
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(9)
            except TimeoutError:
                traceback.print_exc()
            async with asyncio.TaskGroup() as group:
                group.create_task(fails(3))
        asyncio.run(main())
    """,
        since=(3, 11),
    ),
    "in callbacks and handlers": """
        import asyncio, gc, socket, traceback, weakref
        class Error(ValueError):
            pass
        def fails(*args):
            raise Error(args[1:])
        def interrupts():
            raise KeyboardInterrupt
        def frames(error):
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)], error.__context__
        async def main():
            loop = asyncio.get_running_loop()
            loop.call_soon(fails, 0, 1)
            loop.call_soon_threadsafe(fails, 0, 2)
            task = asyncio.create_task(asyncio.sleep(0))
            task.add_done_callback(fails)
            await task
            await asyncio.sleep(0)
            loop.call_later(0.001, fails, 0, 3)
            await asyncio.sleep(0.01)
            loop.set_exception_handler(lambda loop, context: print(context["exception"], sorted(context)))
            loop.call_soon(fails, 0, 4)
            await asyncio.sleep(0)
            errors = []
            loop.set_exception_handler(lambda loop, context: errors.append(context["exception"]))
            here, there = socket.socketpair()
            here.setblocking(False)
            loop.add_reader(here, fails, 0, 5)
            there.send(b"x")
            await asyncio.sleep(0.001)
            loop.remove_reader(here)
            loop.call_later(0, fails, 0, 6)
            await asyncio.sleep(0.001)
            print(len(errors) > 1, [frames(error) for error in (errors[0], errors[-1])])
            refs = [weakref.ref(error) for error in errors]
            errors.clear()
            gc.collect()
            print([ref() for ref in refs if ref()])
            loop.set_exception_handler(fails)
            loop.call_soon(fails, 0, 7)
            await asyncio.sleep(0)
            loop.call_soon(interrupts)
            await asyncio.sleep(1)
        try:
            asyncio.run(main())
        except KeyboardInterrupt as error:
            print(frames(error)[0][-2:])
    """,
    "recursion in and around the hooks": """
        import queue, socket, threading, time
        lock, simple = threading.RLock(), queue.SimpleQueue()
        here, there = socket.socketpair()
        def locks():
            with lock:
                locks()
        def takes():
            simple.put(1)
            simple.get()
            takes()
        def sends():
            here.send(b"x")
            there.recv(1)
            sends()
        def sleeps():
            time.sleep(0)
            sleeps()
        for function in locks, takes, sends, sleeps:
            try:
                function()
            except RecursionError:
                print(function.__name__)
        print(lock._is_owned())
    """,
    "hooks of the program's own": """
        import sys, threading
        def hook(kind, value, traceback):
            names = []
            while traceback is not None:
                names.append(traceback.tb_frame.f_code.co_name)
                traceback = traceback.tb_next
            print("hook", kind, value, names)
        sys.excepthook = hook
        sys.unraisablehook = lambda u: print("unraisable", u.exc_type, u.object is not None)
        class A:
            def __del__(self):
                threading.Lock().release()
        A()
        def f():
            threading.Lock().release()
        f()
    """,
    "interactive": Program(
        "print(1)", flags=("-i",), stdin="1 / 0\nimport threading\nthreading.Lock().release()\n"
    ),
    "interactive, thread": Program(
        "import threading\nt = threading.Thread(target=print, args=(1,)); t.start(); t.join()\n1 / 0",
        flags=("-i",),
        stdin="t\nimport time; time.sleep(0); time.sleep(-1)\nexit(4)\n",
    ),
}
