"""What a program sees when it looks at what is hooked, and at its interpreter."""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "the interpreter": """
        import os, sys
        print(sys.flags, sys.argv, sys.path, sys.orig_argv if hasattr(sys, "orig_argv") else "")
        print(sys.meta_path, sys.path_hooks, sorted(sys.path_importer_cache), sys.warnoptions, sys._xoptions)
        print(sorted(os.environ.items()), sorted(os.environb.items()) == sorted(
            (os.fsencode(k), os.fsencode(v)) for k, v in os.environ.items()))
        print(len(os.environ), os.environ.get("PYTHONPATH"), os.environ.copy().get("CONCVIZ_AGENT"))
        print(sys.getswitchinterval(), sys.getrecursionlimit(), sys.getdlopenflags(), sys.dont_write_bytecode)
        print(sys.pycache_prefix, sys.excepthook, sys.displayhook, sys.unraisablehook, sys.gettrace())
        print(__builtins__.__name__, sorted(globals()), __spec__, __loader__)
        print(sorted(name for name in dir(sys) if name.startswith("last")), os.getcwd(), os.listdir("."))
    """,
    "children's environment": """
        import os, subprocess, sys
        show = "import os; print(sorted(v for v in os.environ.items() if v[0] != 'LC_CTYPE'), flush=True)"
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", show])
        subprocess.run([sys.executable, "-c", show], env={"A": "1"})
        subprocess.run([sys.executable, "-c", show], env={})
        os.environ["PYTHONPATH"] = "/somewhere"
        os.system(f'{sys.executable} -c "{show}"')
        del os.environ["PYTHONPATH"]
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", show])
        os.environ.clear()
        os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", show], os.environ), 0)
        os.putenv("B", "2")
        os.execv(sys.executable, [sys.executable, "-c", show])
    """,
    "copies, pickles, signatures": """
        import copy, inspect, os, pickle, queue, select, selectors, socket, subprocess, threading, time, types
        import asyncio, concurrent.futures, multiprocessing.synchronize, multiprocessing.connection
        def attempt(call, *args):
            try:
                return call(*args)
            except Exception as error:
                return type(error).__name__, str(error)
        builtin = [
            select.select, time.sleep, os.read, os.waitpid, os.fork, os.execv, os.execve, os.posix_spawn,
            socket._socket.getaddrinfo, input, os.write, os.wait, os.forkpty,
        ]
        python = [
            threading.Condition.wait, threading.Thread, threading.Thread.start, threading.Thread.join,
            threading.Thread.run, queue.Queue.get, socket.socket, socket.socket.accept, socket.getaddrinfo,
            subprocess.Popen, subprocess.Popen.communicate, selectors.DefaultSelector.select,
            asyncio.BaseEventLoop.create_task, asyncio.BaseEventLoop.call_soon,
            asyncio.BaseEventLoop.run_forever, asyncio.wrap_future,
            concurrent.futures.ThreadPoolExecutor.submit, multiprocessing.synchronize.SemLock.__enter__,
        ]
        for thing in builtin + python:
            print(attempt(lambda: pickle.loads(pickle.dumps(thing)) is thing))
            print(attempt(inspect.signature, thing))
        for thing in *builtin, *python, queue.SimpleQueue, asyncio.Handle, threading.RLock:
            print(thing, thing.__name__, thing.__qualname__, thing.__module__, copy.copy(thing) is thing)
            for ask in (inspect.isfunction, inspect.isbuiltin, inspect.isroutine, inspect.ismethoddescriptor,
                        inspect.iscoroutinefunction, inspect.isclass, callable):
                print(ask(thing), end=" ")
            print(isinstance(thing, types.BuiltinFunctionType), attempt(inspect.getdoc, thing))
        for method in queue.SimpleQueue.get, socket.socket.recv, socket.socket.sendall, socket.socket.connect:
            print(method.__name__, method.__qualname__, getattr(method, "__module__", None), method.__doc__)
        class Holder:
            pass
        for thing in builtin:
            setattr(Holder, thing.__name__, thing)
            print(getattr(Holder(), thing.__name__) is thing)
    """,
    "locks": """
        import copy, functools, pickle, sys, threading, typing, weakref
        def attempt(call, *args):
            try:
                return call(*args)
            except BaseException as error:
                return type(error).__name__, str(error)
        for make in threading.Lock, threading.RLock, threading.Condition, threading.Semaphore:
            lock = make()
            for act in repr, str, copy.copy, copy.deepcopy, pickle.dumps, bool:
                print(act.__name__, attempt(act, lock))
            for act in len, iter, vars, make:
                print(attempt(act, lock)[0] if make is threading.Lock else "")
            print([n for n in dir(lock) if not n.startswith("__")])
            print(lock == lock, lock == make(), {lock: 1}[lock])
            print(attempt(setattr, lock, "acquire", 1)[0] if make is threading.Lock else "")
            print(attempt(weakref.ref, lock)() is lock, attempt(lambda: lock.__exit__(None, None, None)))
            print(lock.__class__, type(lock).__name__)
            print(sys.version_info < (3, 10) or lock.__doc__ == type(lock).__doc__)
        if sys.version_info >= (3, 13):  # before, it was a function
            print(attempt(type, "Mine", (threading.Lock,), {}), isinstance(threading.Lock(), threading.Lock))
        class R(type(threading.RLock())):
            extra = 5
        r = R()
        print(R, R.__mro__[0], r.__class__, type(r) is R, isinstance(r, R), r.extra)
        print(isinstance(threading.RLock(), R), issubclass(R, R))
        print(repr(r)[:20], threading.Condition(R()), R.__name__, R.__module__, R.__qualname__)
        with r:
            print(r._is_owned(), r.acquire(False))
        r.release()
        print(r._is_owned(), r.x if hasattr(r, "x") else vars(r))
        print(threading._allocate_lock, typing.get_type_hints(threading.Thread.join))
        print(threading.Lock() in {threading.Lock()}, attempt(threading.Lock, 5)[0])
        @functools.lru_cache
        def cached():
            return threading.Lock()
        print(cached() is cached(), functools.partial(threading.Lock)().acquire())
    """,
    "help": """
        import threading, time
        for thing in threading.Condition.wait, time.sleep, threading.Thread.join, input:
            help(thing)
    """,
    "sources": """
        import inspect, threading, asyncio, queue
        for thing in threading.Thread.join, threading.Condition.wait, asyncio.BaseEventLoop.create_task, \\
                asyncio.BaseEventLoop.run_forever, asyncio.Handle._run, queue.Queue.get, threading.Thread:
            print(inspect.getsource(thing)[:200], inspect.getfile(inspect.unwrap(thing))[-20:])
    """,
    "subclasses": """
        import asyncio, queue, socket, subprocess, threading
        class Q(queue.SimpleQueue):
            extra = 1
            def get(self, *args, **kwargs):
                return "mine", super().get(*args, **kwargs)
        q = Q()
        q.put(1)
        q.x = 2
        print(q.get(), q.get.__qualname__, q.x, Q.__mro__[1].__name__, isinstance(q, queue.SimpleQueue))
        for wrong, named in ((1,), {}), ((), {"maxsize": 1}):
            try:
                print(queue.SimpleQueue(*wrong, **named))
            except TypeError as error:
                print(error)
        class S(socket.socket):
            def recv(self, n, *flags):
                return b"mine " + super().recv(n, *flags)
        a, b = socket.socketpair()
        s = S(fileno=a.detach())
        b.sendall(b"abc")
        print(s.recv(3), S.__mro__[1:])
        class T(threading.Thread):
            def start(self):
                print("start")
                super().start()
            def run(self):
                print("run", threading.current_thread() is self, self._started.is_set())
            def join(self, timeout=None):
                print("join", timeout)
                super().join(timeout)
        t = T()
        t.start()
        t.join()
        class P(subprocess.Popen):
            def communicate(self, *args, **kwargs):
                return "mine", super().communicate(*args, **kwargs)
        print(P(["echo", "x"], stdout=-1).communicate())
        class C(threading.Condition().__class__):
            def wait(self, timeout=None):
                return "mine", super().wait(timeout)
        with C() as c:
            pass
        c = C()
        with c:
            print(c.wait(0.001))
        class H(asyncio.Handle):
            pass
        print(H.__mro__, asyncio.TimerHandle.__mro__)
    """,
    "tracing": """
        import sys, threading, queue, time, socket
        lock, q = threading.Lock(), queue.SimpleQueue()
        a, b = socket.socketpair()
        def work():
            with lock:
                pass
            lock.acquire()
            lock.release()
            q.put(1)
            q.get()
            time.sleep(0)
            a.sendall(b"x")
            b.recv(1)
        lines = []
        def tracer(frame, event, arg):
            if frame.f_code.co_filename == __file__:
                lines.append((event, frame.f_lineno))
            return tracer
        sys.settrace(tracer)
        work()
        sys.settrace(None)
        print(lines)
    """,
    "cProfile": """
        import cProfile, pstats, threading, io
        lock = threading.Lock()
        def work():
            for _ in range(10):
                with lock:
                    pass
        profile = cProfile.Profile()
        profile.runcall(work)
        stats = pstats.Stats(profile, stream=io.StringIO())
        print(sorted((name, calls[0]) for (_, _, name), calls in stats.stats.items()))
    """,
    "pdb": Program(
        """
        import threading
        lock = threading.Lock()
        def work():
            breakpoint()
            with lock:
                lock.locked()
            return 5
        work()
    """,
        stdin="n\nn\nn\nw\np lock\nc\n",
    ),
    "coverage by sys.monitoring": Program(
        """
        import sys, threading, time
        seen = set()
        sys.monitoring.use_tool_id(1, "mine")
        sys.monitoring.register_callback(1, sys.monitoring.events.LINE, lambda c, n: seen.add(n)
                                         if c.co_filename == __file__ else None)
        sys.monitoring.set_events(1, sys.monitoring.events.LINE)
        lock = threading.Lock()
        with lock:
            time.sleep(0)
        sys.monitoring.set_events(1, 0)
        print(sorted(seen), sys.monitoring.get_tool(2), sys.monitoring.get_tool(3))
    """,
        since=(3, 12),
    ),
    "the stack from inside": """
        import asyncio, inspect, sys, threading, traceback
        def stack():
            return [f.function for f in inspect.stack()][1:]
        def thread():
            print(stack()[:1])
        t = threading.Thread(target=thread)
        t.start()
        t.join()
        async def main():
            print(stack()[:2])
        asyncio.run(main())
        print([f.name for f in traceback.extract_stack()])
    """,
    "objects": """
        import gc, threading, weakref, queue, socket, asyncio
        class Mine:
            pass
        def make():
            mine = Mine()
            lock = threading.Lock()
            q = queue.SimpleQueue()
            q.put(mine)
            q.get()
            t = threading.Thread(target=lambda: mine)
            t.start()
            t.join()
            async def task():
                await asyncio.sleep(0)
                return mine
            asyncio.run(task())
            return weakref.ref(mine), weakref.ref(lock), weakref.ref(q), weakref.ref(t)
        gc.disable()
        print([ref() is None for ref in make()[:3]])
        gc.collect()
        print(gc.garbage, [o for o in gc.get_objects() if type(o) is Mine])
        locks = [threading.Lock() for _ in range(100)]
        refs = [weakref.ref(lock) for lock in locks]
        del locks
        print(sum(ref() is None for ref in refs) >= 99)
    """,
    "what a callback leaves behind": """
        import asyncio, gc, socket, weakref
        class Mine:
            pass
        def fails(future, mine):
            try:
                raise ValueError("kept by the future, with this frame")
            except ValueError as error:
                future.set_exception(error)
        async def main(schedule):
            loop = asyncio.get_running_loop()
            future, mine = loop.create_future(), Mine()
            future.exception
            refs = weakref.ref(schedule(loop, future, mine)), weakref.ref(mine)
            await asyncio.sleep(0.01)
            future.exception()
            del future, mine
            return refs
        def reads(loop, future, mine):
            here, there = socket.socketpair()
            here.setblocking(False)
            there.send(b"x")
            def once():
                loop.remove_reader(here)
                fails(future, mine)
            handle = loop._add_reader(here, once)
            loop.call_later(0.005, there.close)
            return handle or future
        gc.collect()
        gc.disable()
        for schedule in (
            lambda loop, *args: loop.call_soon(fails, *args),
            lambda loop, *args: loop.call_later(0, fails, *args),
            lambda loop, *args: loop.call_soon_threadsafe(fails, *args),
            reads,
        ):
            print([ref() is None for ref in asyncio.run(main(schedule))])
    """,
    "modules at exit": """
        import atexit, sys, threading, weakref
        class Last:
            def __del__(self):
                print("del", threading is not None, sys.meta_path is not None)
        last = Last()
        finalizer = weakref.finalize(last, print, "finalized")
        for i in range(3):
            atexit.register(print, "atexit", i)
        atexit.register(lambda: atexit.register(print, "late"))
        threading.Thread(target=lambda: threading.main_thread().join() or print("thread")).start()
        atexit.unregister(print)
        atexit.register(print, atexit._ncallbacks() > 0)
        sys.modules["mine"] = Last()
    """,
    "atexit cleared": """
        import atexit
        atexit.register(print, 1)
        atexit._clear()
        atexit.register(print, 2)
        atexit._run_exitfuncs()
    """,
}
