"""Signals: who is told, where, and what is left.

A signal that comes by a timer may come anywhere on a busy machine, also before the wait that it is to
interrupt, which then lasts: handlers look where they are, and timers ring again.
"""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "handlers and where they interrupt": """
        import os, signal, threading, time, queue, socket
        def handler(number, frame):
            while frame.f_code.co_filename != __file__:  # (it may have interrupted a frame of ours)
                frame = frame.f_back
            print(signal.Signals(number).name, frame.f_code.co_name, frame.f_lineno)
        for number in signal.SIGUSR1, signal.SIGALRM, signal.SIGINT:
            print(signal.signal(number, handler))
        def here():
            os.kill(os.getpid(), signal.SIGUSR1)
            signal.raise_signal(signal.SIGINT)
        here()
        def waits():
            signal.setitimer(signal.ITIMER_REAL, 0.02); time.sleep(0.05)
        waits()
        print(signal.getsignal(signal.SIGUSR1) is handler, signal.getitimer(signal.ITIMER_REAL))
        print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.siginterrupt(signal.SIGUSR1, True))
    """,
    "a wakeup descriptor": """
        import os, signal, socket, time
        a, b = socket.socketpair()
        a.setblocking(False)
        print(signal.set_wakeup_fd(a.fileno()))
        signal.signal(signal.SIGUSR1, lambda *_: None)
        os.kill(os.getpid(), signal.SIGUSR1)
        print(b.recv(9), signal.set_wakeup_fd(-1) == a.fileno())
        import asyncio
        async def main():
            loop, got = asyncio.get_running_loop(), asyncio.Event()
            loop.add_signal_handler(signal.SIGUSR1, got.set)
            os.kill(os.getpid(), signal.SIGUSR1)
            await got.wait()
            print("got", loop.remove_signal_handler(signal.SIGUSR1), signal.getsignal(signal.SIGUSR1))
        asyncio.run(main())
    """,
    "SIGCHLD": """
        import os, signal, subprocess, sys, time
        ended = []
        def reap(number, frame):
            try:
                while True:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    if not pid:
                        return
                    ended.append(status >> 8)
            except ChildProcessError:
                pass
        signal.signal(signal.SIGCHLD, reap)
        for code in 3, 4:
            if not os.fork():
                os._exit(code)
        while len(ended) < 2:
            signal.sigtimedwait([], 0.01)
        print(sorted(ended))
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        print(subprocess.run([sys.executable, "-c", "raise SystemExit(3)"]).returncode)
    """,
    "a handler that raises in a wait": """
        import os, queue, select, signal, socket, subprocess, sys, threading, time, traceback
        class Stop(Exception):
            pass
        def handler(number, frame):
            while frame.f_code.co_filename != __file__:
                frame = frame.f_back
            if frame.f_code.co_name == "<lambda>":
                raise Stop
        signal.signal(signal.SIGALRM, handler)
        held = threading.Lock()
        held.acquire()
        here, there = socket.socketpair()
        r, w = os.pipe()
        def forks():
            pid = os.fork()
            if not pid:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                time.sleep(60)
            try:
                (lambda: os.waitpid(pid, 0))()
            finally:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
        waits = [
            lambda: held.acquire(), lambda: held.__enter__(), lambda: held.acquire(timeout=60),
            lambda: threading.Event().wait(), lambda: queue.Queue().get(), lambda: queue.SimpleQueue().get(),
            lambda: time.sleep(60),
            lambda: here.recv(1), lambda: here.recv(1, 0), lambda: here.sendall(bytes(10 ** 7)),
            lambda: os.read(r, 1), lambda: select.select([r], [], []), lambda: input(), forks,
            lambda: threading.Thread(target=time.sleep, args=(0.3,)).join(),
        ]
        for wait in waits:
            signal.setitimer(signal.ITIMER_REAL, 0.03, 0.03)
            try:
                wait()
                print("returned")
            except Stop as error:
                print([f.name for f in traceback.extract_tb(error.__traceback__) if f.filename == __file__],
                      error.__context__)
            except BaseException as error:
                print(type(error))
            signal.setitimer(signal.ITIMER_REAL, 0)
        print(held.locked())
    """,
    "Ctrl-C": """
        import os, signal, sys, threading, time
        signal.signal(signal.SIGINT, signal.default_int_handler)
        lock, main = threading.Lock(), threading.get_ident()
        def interrupts():
            line = 0
            while line != here:
                frame = sys._current_frames()[main]
                while frame.f_code.co_filename != __file__:
                    frame = frame.f_back
                line = frame.f_lineno
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
        here = sys._getframe().f_lineno + 3
        with lock:
            threading.Thread(target=interrupts).start()
            lock.acquire()
    """,
    "Ctrl-C in asyncio": """
        import asyncio, os, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        async def cleans_up():
            try:
                await asyncio.sleep(60)
            finally:
                print("cleaned up")
        async def main():
            task = asyncio.create_task(cleans_up())
            asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGINT)
            await task
        try:
            asyncio.run(main())
        except KeyboardInterrupt as error:
            print("KeyboardInterrupt", error.args)
        raise SystemExit(130)
    """,
    "exits in handlers": """
        import os, signal, sys, time, atexit
        atexit.register(print, "atexit")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        time.sleep(60)
    """,
    "killed by the default": "import signal, time\nsignal.alarm(1)\ntime.sleep(60)",
    "a broken pipe": """
        import os, sys, signal
        r, w = os.pipe()
        os.dup2(w, 1)
        os.close(w)
        os.close(r)
        print("nobody reads this")
        sys.stdout.flush()
    """,
    "SIGPIPE": """
        import os, signal
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        r, w = os.pipe()
        os.close(r)
        os.write(w, b"x")
    """,
    "sigwait": """
        import os, signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
        os.kill(os.getpid(), signal.SIGUSR1)
        print(signal.sigwait([signal.SIGUSR1]), signal.sigpending())
        def sends():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR2)
        thread = threading.Thread(target=sends)
        thread.start()
        print(signal.sigwaitinfo([signal.SIGUSR2]).si_signo)
        thread.join()
    """,
    "an asynchronous exception": """
        import ctypes, threading, time
        class Stop(Exception):
            pass
        begun = threading.Event()
        def spins():
            lock = threading.Lock()
            begun.set()
            try:
                while True:
                    with lock:
                        pass
            except Stop:
                print("stopped", lock.locked())
        thread = threading.Thread(target=spins)
        thread.start()
        begun.wait()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stop))
        thread.join()
    """,
}
