"""Forks, spawns and pools in unusual places."""

from __future__ import annotations

from tests.core.agent.same import Program

_METHOD = """
    import multiprocessing, os, sys, threading
    class Mine:
        def __init__(self, n):
            self.n = n
    def work(n, lock, queue, mine):
        with lock:
            queue.put((n, mine.n, __name__, multiprocessing.current_process().name, sys.argv[1:],
                       threading.active_count(), "PYTHONPATH" in os.environ))
    def fails():
        raise ValueError("in child")
    if __name__ == "__main__":
        context = multiprocessing.get_context("{method}")
        lock, queue, value = context.Lock(), context.Queue(), context.Value("i", 3)
        for n in range(2):
            process = context.Process(target=work, args=(n, lock, queue, Mine(n)), name="worker %d" % n)
            process.start()
            print(queue.get())
            process.join()
            print(process.exitcode, process)
        process = context.Process(target=fails, name="fails")
        process.start()
        process.join()
        print(process.exitcode)
        with context.Pool(2) as pool:
            print(pool.map(abs, [-1, -2, 3]), pool.apply_async(pow, (2, 3)).get())
        with context.Manager() as manager:
            d = manager.dict(a=1)
            print(d.copy(), value.value)
        event = context.Event()
        process = context.Process(target=event.wait)
        process.start()
        event.set()
        process.join()
        print(process.exitcode, multiprocessing.active_children())
"""
PROGRAMS: dict[str, str | Program] = {
    "fork": _METHOD.format(method="fork"),
    "spawn": _METHOD.format(method="spawn"),
    "forkserver": _METHOD.format(method="forkserver"),
    "a fork in a thread": """
        import os, sys, threading
        lock = threading.Lock()
        def forks():
            sys.stdout.flush()
            with lock:
                pid = os.fork()
                if not pid:
                    print("child", lock.locked(), threading.active_count(), threading.current_thread().name,
                          threading.current_thread() is threading.main_thread(), flush=True)
                    os._exit(5)
            print(os.waitpid(pid, 0)[1] >> 8)
        holder = threading.Thread(target=threading.Event().wait, args=(0.2,))
        holder.start()
        thread = threading.Thread(target=forks, name="forks")
        thread.start()
        thread.join()
    """,
    "wrong arguments": """
        import os
        for name in "fork", "forkpty", "execv", "execve", "posix_spawn", "posix_spawnp", "_exit":
            for args, kwargs in (
                ((), {}), ((1,), {}), (("a", "b"), {"env": 3, "path": 1}), ((1, 2, 3, 4), {}),
                ((), {"argv": 1, "wrong": 2, "env": 3}),
            ):
                if not args and name.startswith("fork") and not kwargs or (name, args) == ("_exit", (1,)):
                    continue
                try:
                    getattr(os, name)(*args, **kwargs)
                except Exception as error:
                    print(name, type(error), error)
        os.execve(env={"A": "b"}, path="/bin/echo", argv=["echo", "exec"])
    """,
    "the end without clean-up": """
        import os, pickle, sys
        class Index:
            def __index__(self):
                print("asked", flush=True)
                return 3
        print(os._exit, pickle.loads(pickle.dumps(os._exit)) is os._exit, os._exit.__doc__)
        for wrong in ("a",), (), (1 << 40,), (1, 2), (1.5,):
            try:
                os._exit(*wrong)
            except Exception as error:
                print(type(error), error)
        try:
            os._exit(wrong=1)
        except TypeError as error:
            print(error)
        for status in Index(), -1, 300, True, 7:
            sys.stdout.flush()
            if not os.fork():
                print("lost")
                os._exit(status=status)
            print(os.wait()[1])
        sys.stdout.flush()
        os._exit(4)
    """,
    "a fork that goes on": """
        import atexit, os, sys, threading, time
        atexit.register(lambda: print("atexit", os.getpid() == parent, flush=True))
        parent = os.getpid()
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            threading.Thread(target=time.sleep, args=(0.001,)).start()
            raise LookupError("in the child")
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """,
    "a daemon": """
        import os, sys
        r, w = os.pipe()
        sys.stdout.flush()
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            os.chdir("/")
            os.umask(0)
            null = os.open("/dev/null", os.O_RDWR)
            for n in range(3):
                os.dup2(null, n)
            for n in range(3, 256):
                if n != w:
                    try:
                        os.close(n)
                    except OSError:
                        pass
            import threading, asyncio
            asyncio.run(asyncio.sleep(0.001))
            thread = threading.Thread(target=os.write, args=(w, b"daemon"))
            thread.start()
            thread.join()
            os._exit(0)
        os.close(w)
        print(os.read(r, 99), os.wait()[1], os.read(r, 99))
    """,
    "handlers around a fork": """
        import os, sys, threading, time
        order = []
        os.register_at_fork(before=lambda: order.append("before"))
        os.register_at_fork(after_in_child=lambda: order.append("child"))
        os.register_at_fork(after_in_parent=lambda: order.append("parent"))
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            print(order, flush=True)
            os._exit(0)
        os.waitpid(pid, 0)
        print(order)
    """,
    "exits": """
        import os, subprocess, sys
        for code in ("raise SystemExit", "import sys; sys.exit('words')", "import os; os._exit(300 % 256)",
                     "import os; os.abort()", "import os; os.kill(os.getpid(), 15)", "1 / 0", "x = = 1",
                     "import sys; sys.exit(-1)", "import sys; sys.exit(256)", "raise KeyboardInterrupt",
                     "import threading; threading.Thread(target=lambda: 1 / 0).start()"):
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
            print(code, done.returncode, done.stderr.splitlines()[-1:])
        print(os.system("exit 3") >> 8, os.popen("exit 4").close() >> 8, subprocess.getstatusoutput("exit 5"))
        print(os.spawnvp(os.P_WAIT, "false", ["false"]))
    """,
    "exec": """
        import os, sys, threading
        print("before", flush=True)
        os.execl(sys.executable, "python", "-c", "import sys; print(sys.argv)", "a")
    """,
    "daemon threads and processes": """
        import multiprocessing, sys, threading, time
        def forever():
            time.sleep(60)
        if __name__ == "__main__":
            multiprocessing.get_context("fork").Process(target=forever, daemon=True).start()
            threading.Thread(target=forever, daemon=True).start()
            print("end")
            sys.exit(9)
    """,
    "pipes and shells": """
        import subprocess, sys, os
        first = subprocess.Popen(["echo", "some words"], stdout=subprocess.PIPE)
        second = subprocess.Popen([sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"],
                                  stdin=first.stdout, stdout=subprocess.PIPE, text=True)
        first.stdout.close()
        print(second.communicate(), first.wait(), repr(second))
        print(subprocess.run("read x; echo $x; env | grep -c PYTHONPATH", shell=True, input=b"5",
                             capture_output=True, env={"PATH": os.environ["PATH"]}).stdout[:1])
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
            print(process.poll())
            process.terminate()
        print(process.returncode, process.args[1:])
        print(subprocess.call([sys.executable, "-c", "pass"], start_new_session=True, cwd="/"))
    """,
    "asyncio subprocesses": """
        import asyncio, sys
        async def main():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "import sys; print(input()); sys.exit(3)", stdin=-1, stdout=-1)
            print(await process.communicate(b"words"), process.returncode)
            process = await asyncio.create_subprocess_shell("exit 4")
            print(await process.wait())
            process = await asyncio.create_subprocess_exec("sleep", "60")
            process.kill()
            print(await process.wait())
        asyncio.run(main())
    """,
    "a pool that is broken off": """
        import concurrent.futures, multiprocessing, sys, time
        def work(n):
            return n * n
        if __name__ == "__main__":
            pool = concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
            print(list(pool.map(work, range(5), chunksize=2)))
            pool.shutdown(cancel_futures=True)
            with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
                print(pool.map(work, range(3), chunksize=1))
                pool.terminate()
    """,
    "calls from a thread that has no frame": """
        import _thread, os, queue, select, selectors, socket, threading, time
        (r, w), (here, there) = os.pipe(), socket.socketpair()
        lock, simple, selector = threading.Lock(), queue.SimpleQueue(), selectors.DefaultSelector()
        selector.register(r, selectors.EVENT_READ)
        lock.acquire()
        for call, *arguments in (
            (lock.acquire,), (lock.__enter__,), (lock.acquire, True, 5), (simple.get,), (here.recv, 1),
            (here.recv, 1, 0), (here.sendall, bytes(10 ** 6)), (selector.select, 5), (os.read, r, 7),
            (select.select, [r], [], [], 0.01), (time.sleep, 0.01),
        ):
            _thread.start_new_thread(call, tuple(arguments))
        time.sleep(0.05)
        def until(condition):
            while not condition():
                time.sleep(0.001)
        for _ in range(3):
            lock.release()
            until(lock.locked)  # by one of the three
        simple.put(1)
        there.send(b"xx")
        left = 10 ** 6
        while left:
            left -= len(there.recv(left))
        os.write(w, b"written")
        until(lambda: not simple.qsize() and not selector.select(0))
        print(lock.locked(), simple.qsize(), selector.select(0))
        _thread.start_new_thread(os.posix_spawn, ("/bin/echo", ["echo", "spawned"], {}))
        while True:
            try:
                print(os.wait()[1])
                break
            except ChildProcessError:
                time.sleep(0.01)
    """,
}
