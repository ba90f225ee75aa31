"""Threads, locks and pools used in ways that few programs use them."""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "names and numbers": """
        import threading, concurrent.futures, _thread
        print(threading.enumerate(), threading.main_thread().native_id == threading.get_native_id())
        threads = [threading.Thread(target=str) for _ in range(3)]
        for t in threads:
            t.start()
            t.join()
        print([t.name for t in threads], threading.active_count(), threads[0].is_alive(), threads[0].daemon)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            print(pool.submit(lambda: threading.current_thread().name).result())
        lock = _thread.allocate_lock()
        lock.acquire()
        def raw():
            print(threading.current_thread().name.rstrip("0123456789"), threading.active_count())
            lock.release()
        _thread.start_new_thread(raw, ())
        lock.acquire()
        print(_thread._count() <= 1, threading.stack_size(), threading.TIMEOUT_MAX)
    """,
    "shutdown": """
        import atexit, concurrent.futures, queue, sys, threading, time
        def daemon():
            while True:
                time.sleep(0.001)
        for _ in range(5):
            threading.Thread(target=daemon, daemon=True).start()
        stop = threading.Event()
        threading._register_atexit(stop.set)  # the last of them: no pool begins any more
        threading._register_atexit(print, "threading's own atexit")
        atexit.register(print, "atexit")
        threading.Timer(0.05, stop.wait).start()
        def late():
            stop.wait()
            print("late")
            try:
                concurrent.futures.ThreadPoolExecutor(1).submit(print, "pool")
            except RuntimeError as error:
                print(error)
        threading.Thread(target=late).start()
        print("end of main")
        raise SystemExit(6)
    """,
    "daemons in waits at exit": """
        import queue, select, socket, subprocess, threading, time, os
        held, here = threading.Lock(), socket.socketpair()
        held.acquire()
        r, w = os.pipe()
        waits = [held.acquire, queue.Queue().get, queue.SimpleQueue().get, threading.Event().wait,
                 lambda: here[0].recv(1), lambda: time.sleep(60), lambda: os.read(r, 1),
                 lambda: select.select([r], [], []), threading.main_thread().join]
        for wait in waits:
            threading.Thread(target=wait, daemon=True).start()
        time.sleep(0.05)
        print("end")
    """,
    "a start that fails": """
        import threading
        threads = []
        original = threading._start_joinable_thread if hasattr(threading, "_start_joinable_thread") \\
            else threading._start_new_thread
        def refuses(*args, **kwargs):
            raise RuntimeError("can't start new thread")
        name = original.__name__ if hasattr(threading, original.__name__) else "_" + original.__name__
        setattr(threading, name, refuses)
        try:
            threading.Thread(target=print).start()
        except RuntimeError as error:
            print(error, len(threading._limbo), threading.active_count())
        setattr(threading, name, original)
        threading.Thread(target=print, args=(1,)).start()
    """,
    "replaced by the program": """
        import threading, time, queue, socket
        class MyLock:
            def __init__(self):
                self.lock = original()
            def acquire(self, *args):
                print("acquire")
                return self.lock.acquire(*args)
            def release(self):
                self.lock.release()
            __enter__ = acquire
            def __exit__(self, *_):
                self.release()
        original = threading.Lock
        threading.Lock = MyLock
        queue.Queue(1).put(1)
        threading.Lock = original
        sleep = time.sleep
        time.sleep = lambda n: print("sleep", n)
        time.sleep(60)
        time.sleep = sleep
        time.sleep(0)
        recv = socket.socket.recv
        socket.socket.recv = lambda self, n: b"mine"
        a, b = socket.socketpair()
        print(a.recv(5))
        socket.socket.recv = recv
        b.send(b"x")
        print(a.recv(5))
        from unittest import mock
        with mock.patch("time.sleep") as fake:
            time.sleep(60)
            print(fake.mock_calls)
        with mock.patch("threading.Thread.start"), mock.patch.object(socket.socket, "recv", return_value=1):
            threading.Thread(target=print).start()
            print(a.recv())
        with mock.patch("queue.SimpleQueue", autospec=True) as q:
            print(q().get() is not None)
        print(mock.create_autospec(threading.Thread).join(5) is not None)
    """,
    "conditions": """
        import threading, collections
        condition, items, log = threading.Condition(), collections.deque(), []
        def consumer(n):
            for _ in range(20):
                with condition:
                    while not items:
                        condition.wait()
                    log.append(items.popleft())
        threads = [threading.Thread(target=consumer, args=(n,)) for n in range(3)]
        for t in threads:
            t.start()
        for i in range(60):
            with condition:
                items.append(i)
                condition.notify()
        for t in threads:
            t.join()
        print(sorted(log) == list(range(60)), condition, condition.wait_for.__name__)
        with condition:
            print(condition.wait_for(lambda: False, 0.01), condition.wait(0))
        rlock = threading.RLock()
        nested = threading.Condition(rlock)
        with rlock, rlock, nested:
            print(nested.wait(0.001), rlock._is_owned())
        print(rlock._is_owned())
    """,
    "local and tls": """
        import threading, contextvars
        local, var = threading.local(), contextvars.ContextVar("var", default=0)
        local.x = 1
        def work():
            print(hasattr(local, "x"), var.get())
            var.set(5)
        t = threading.Thread(target=work)
        t.start()
        t.join()
        t = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        t.start()
        t.join()
        print(var.get())
    """,
    "hooks of threading": """
        import sys, threading
        def profile(frame, event, arg):
            if frame.f_code.co_filename == __file__ and event == "call":
                calls.append(frame.f_code.co_name)
        calls = []
        threading.setprofile(profile)
        def work():
            inner()
        def inner():
            pass
        t = threading.Thread(target=work)
        t.start()
        t.join()
        threading.setprofile(None)
        print(calls)
        lines = []
        def trace(frame, event, arg):
            if frame.f_code.co_filename == __file__:
                lines.append((event, frame.f_lineno))
                return trace
        threading.settrace(trace)
        t = threading.Thread(target=work)
        t.start()
        t.join()
        print(lines)
    """,
    "queues": """
        import queue, threading, _queue
        q = queue.Queue(3)
        def produce():
            for i in range(50):
                q.put(i)
            q.put(None)
        threading.Thread(target=produce).start()
        print(list(iter(q.get, None)), q.qsize(), q.full(), q.empty())
        for _ in range(51):
            q.task_done()
        q.join()
        s = queue.SimpleQueue()
        for i in range(3):
            s.put(i, block=True, timeout=1)
            s.put_nowait(i)
        print(s.qsize(), [s.get(False), s.get(True), s.get(True, 1), s.get_nowait()], s.get(timeout=None))
        print(type(s) is queue.SimpleQueue, queue.SimpleQueue is _queue.SimpleQueue)
        if hasattr(q, "shutdown"):
            q.shutdown()
            try:
                q.get()
            except queue.ShutDown as error:
                print(repr(error))
    """,
    "many at once": """
        import threading
        stop, ready, count = threading.Event(), threading.Semaphore(0), 600
        def waits(i):
            ready.release()
            stop.wait()
            results[i] = i
        results = [None] * count
        threading.stack_size(65536)
        threads = [threading.Thread(target=waits, args=(i,)) for i in range(count)]
        for t in threads:
            t.start()
        for t in threads:
            ready.acquire()
        stop.set()
        for t in threads:
            t.join()
        print(results == list(range(count)), threading.active_count())
    """,
}
