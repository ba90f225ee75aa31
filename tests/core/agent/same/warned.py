"""Warnings, and Python's own switches that make it say more."""

from __future__ import annotations

from tests.core.agent.same import Program

_UNCLOSED = """
    import asyncio, gc, socket, subprocess, sys, threading
    def opens():
        s = socket.socket()
        f = open(__file__)
        p = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
        p.wait()
    opens()
    gc.collect()
    async def never():
        pass
    never()
    asyncio.new_event_loop()
    gc.collect()
    async def main():
        asyncio.get_running_loop().slow_callback_duration = 60  # what is slow on a busy machine is no matter
        asyncio.create_task(asyncio.sleep(9))
        asyncio.sleep(1)
        reader, writer = await asyncio.open_connection(sock=socket.socketpair()[0])
    asyncio.run(main())
    gc.collect()
    class Old:
        def __del__(self):
            import warnings
            warnings.warn("in a destructor", DeprecationWarning)
    Old()
    threading.Thread(target=print).setDaemon(False)
    print("end")
"""
PROGRAMS: dict[str, str | Program] = {
    "unclosed": _UNCLOSED,
    "unclosed, all shown": Program(_UNCLOSED, flags=("-W", "always")),
    "unclosed, errors": Program(_UNCLOSED, flags=("-W", "error")),
    "unclosed, dev": Program(_UNCLOSED, flags=("-X", "dev")),
    "unclosed, optimised": Program(_UNCLOSED, flags=("-OO",)),
    "unclosed, tracemalloc": Program(_UNCLOSED, flags=("-W", "default", "-X", "tracemalloc=3")),
    "where a warning points to": Program(
        """
        import threading, warnings, queue, socket, time
        def warn():
            warnings.warn("here", stacklevel=2)
        lock = threading.Lock()
        with lock:
            warn()
        class Q(queue.SimpleQueue):
            def get(self, *args):
                warnings.warn("get", stacklevel=2)
                return super().get(*args)
        q = Q()
        q.put(1)
        print(q.get())
        import asyncio
        async def main():
            loop = asyncio.get_running_loop()
            loop.call_soon(warnings.warn, "callback", UserWarning, 1)
            await asyncio.sleep(0)
            asyncio.get_event_loop()
        asyncio.run(main())
    """,
        flags=("-W", "always"),
    ),
    "asyncio debug mode": Program(
        """
        import asyncio, logging, threading
        logging.basicConfig(format="%(name)s %(message).40s")
        async def waits():
            await asyncio.sleep(0.001)
        async def main():
            loop = asyncio.get_running_loop()
            loop.slow_callback_duration = 9
            task = asyncio.create_task(waits(), name="waits")
            print([f.name for f in task._source_traceback][-3:], [f.f_code.co_name for f in task.get_stack()])
            await task
            def other():
                try:
                    loop.call_soon(print)
                except RuntimeError as error:
                    print(error)
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            waits()
            future = loop.create_future()
            print([f.name for f in future._source_traceback][-2:])
            print([f.name for f in loop.call_later(9, print)._source_traceback][-2:])
        asyncio.run(main(), debug=True)
    """,
        flags=("-X", "dev"),
    ),
    "debug mode by the environment": """
        import os, subprocess, sys
        code = "import asyncio\\nprint(asyncio.new_event_loop().get_debug())"
        subprocess.run([sys.executable, "-c", code], env={"PYTHONASYNCIODEBUG": "1"})
    """,
    "bytes warnings": Program(
        """
        import os, subprocess, sys
        env = {b"A": b"1", b"PYTHONPATH": b"/x"}
        print(subprocess.run([sys.executable, "-c", "pass"], env=env).returncode)
        os.environb[b"PYTHONPATH"] = b"/y"
        os.environ["A"] = "b"
        print(subprocess.run([sys.executable, "-c", "pass"]).returncode)
    """,
        flags=("-bb",),
    ),
    "encoding warnings": Program(
        "import threading, asyncio, subprocess, multiprocessing\nopen(__file__).close()",
        flags=("-X", "warn_default_encoding"),
        since=(3, 10),
    ),
    "utf8 mode": Program(
        "import sys, time\ntime.sleep(0)\nprint(sys.flags.utf8_mode, 'ä')", flags=("-X", "utf8")
    ),
    "faulthandler": """
        import faulthandler, sys, threading
        lock = threading.Lock()
        lock.acquire()
        ready = threading.Event()
        def waits():
            ready.set()
            lock.acquire(timeout=5)
        thread = threading.Thread(target=waits, daemon=True)
        thread.start()
        ready.wait()
        faulthandler.dump_traceback(all_threads=False)
        lock.release()
        thread.join()
    """,
}
