"""Descriptors, folders and limits that the program takes into its own hands.

Nothing is waited for by the sleeps here: each is a wait to be recorded, so that the agent uses its files.
"""

from __future__ import annotations

from tests.core.agent.same import Program

PROGRAMS: dict[str, str | Program] = {
    "all closed": """
        import os, threading, time
        os.closerange(3, 256)
        print([os.open("/dev/null", os.O_RDONLY) for _ in range(120)])
        time.sleep(0.001)
        threading.Thread(target=time.sleep, args=(0.001,)).start()
        os.closerange(3, 256)
    """,
    "all closed, by name": """
        import os, time
        open_ = [int(n) for n in os.listdir("/proc/self/fd")]
        for n in open_:
            try:
                if n > 2:
                    os.close(n)
            except OSError:
                pass
        time.sleep(0.001)
        print(os.open("/dev/null", os.O_RDONLY), os.pipe())
        for i in range(5000):
            time.sleep(0)
    """,
    "numbers": """
        import os, socket, subprocess, sys, tempfile
        print(os.pipe(), socket.socket().fileno(), os.dup(0), os.open("/", os.O_RDONLY))
        a, b = socket.socketpair()
        print(a.fileno(), b.fileno(), open(os.devnull).fileno())
        code = "import os; print(os.dup(0))"
        print(subprocess.run([sys.executable, "-c", code], capture_output=True, close_fds=False).stdout)
        print(subprocess.run([sys.executable, "-c", code], capture_output=True, pass_fds=[a.fileno()]).stdout)
    """,
    "dup2 over everything": """
        import os, time
        null = os.open("/dev/null", os.O_RDWR)
        for n in range(3, 256):
            os.dup2(null, n)
        for i in range(3000):
            time.sleep(0.000001)
        print(os.fstat(100).st_rdev == os.fstat(null).st_rdev, os.dup(null))
    """,
    "standard streams": """
        import os, subprocess, sys
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.001)"], stdout=subprocess.DEVNULL)
        os.close(0)
        print(os.open("/dev/null", os.O_RDONLY))
        sys.stdout.flush()
        os.close(1)
        os.close(2)
        os._exit(os.open("/dev/null", os.O_WRONLY))
    """,
    "stdout closed": "import sys, os\nsys.stdout.close()\nimport time\ntime.sleep(0)\nos._exit(5)",
    "a folder that is gone": """
        import os, subprocess, sys, tempfile, threading, time
        gone = tempfile.mkdtemp()
        os.chdir(gone)
        os.rmdir(gone)
        try:
            os.getcwd()
        except OSError as error:
            print(error)
        time.sleep(0.001)
        thread = threading.Thread(target=print, args=(1,))
        thread.start()
        thread.join()
        import asyncio
        asyncio.run(asyncio.sleep(0))
        subprocess.run([sys.executable, "-c", "import asyncio, os; print(os.path.exists('.'))"])
        print(os.fork() and os.wait()[1])
    """,
    "few descriptors": """
        import os, resource, socket, subprocess, sys, time
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        opened = []
        try:
            while True:
                opened.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            print(error, opened)
        time.sleep(0.001)
        for n in opened[-8:]:
            os.close(n)
        subprocess.run([sys.executable, "-c", "import os; print(os.dup(0))"])
    """,
    "small files": """
        import resource, signal, time
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for i in range(10_000):
            time.sleep(0.000001)
        try:
            with open("big", "wb") as f:
                f.write(bytes(200_000))
        except OSError as error:
            print(error)
        print(signal.getsignal(signal.SIGXFSZ))
    """,
    "little memory": """
        import resource, threading, time
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
        try:
            bytes(2 << 30)
        except MemoryError:
            print("no memory")
        for i in range(10_000):
            time.sleep(0.000001)
        thread = threading.Thread(target=print, args=("thread",))
        thread.start()
        thread.join()
    """,
    "a mask and a mode": """
        import os, stat, tempfile, threading
        print(oct(os.umask(0o077)))
        open("file", "w").close()
        print(oct(os.stat("file").st_mode), oct(os.umask(0o022)), os.nice(0))
        print(os.sched_getaffinity(0) == os.sched_getaffinity(os.getppid()), os.getsid(0) == os.getpgrp())
    """,
    "a full disk": """
        import os, sys
        full = os.open("/dev/full", os.O_WRONLY)
        try:
            os.write(full, b"x")
        except OSError as error:
            print(error)
        sys.stdout.flush()
        os.dup2(full, 1)
        print("lost")
    """,
    "partial writes": """
        import os, socket, threading
        r, w = os.pipe()
        os.set_blocking(w, False)
        try:
            while True:
                last = os.write(w, bytes(65536))
        except BlockingIOError as error:
            print(error.errno, last)
        here, there = socket.socketpair()
        here.setblocking(False)
        try:
            here.sendall(bytes(10 ** 7))
        except BlockingIOError as error:
            print(error.errno)
        here.settimeout(0.01)
        try:
            here.sendall(bytes(10 ** 7))
        except OSError as error:
            print(type(error))
    """,
    "big sends": """
        import hashlib, socket, ssl, threading
        here, there = socket.socketpair()
        for n in 0, 1, 100, 70_000, 3_000_001:
            for kind in bytes, bytearray, memoryview:
                data = kind(bytes(range(256)) * (n // 256) + bytes(n % 256))
                got = []
                def read(left=n):
                    while left:
                        got.append(there.recv(min(left, 65536)))
                        left -= len(got[-1])
                thread = threading.Thread(target=read)
                thread.start()
                print(here.sendall(data), end=" ")
                thread.join()
                print(hashlib.md5(b"".join(got)).hexdigest())
        thread = threading.Thread(target=lambda: there.recv(10))
        thread.start()
        thread.join(0.01)
        here.sendall(b"x")
        thread.join()
        thread = threading.Timer(0.05, there.close)
        thread.start()
        try:
            here.sendall(bytes(10 ** 8))
        except OSError as error:
            print(type(error), error.args)
    """,
    "sends that fail": """
        import os, socket, struct, threading
        def attempt(call, *args):
            try:
                return call(*args)
            except OSError as error:
                return type(error).__name__, error.errno
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        print(attempt(here.sendall, b"ten bytes."), there.recv(99), attempt(here.sendall, b""), there.recv(9))
        print(attempt(here.sendall, bytes(10 ** 7)))
        there.close()
        print(attempt(here.sendall, b"x"))
        here, there = socket.socketpair()
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 20_000))
        print(attempt(here.sendall, bytes(10 ** 7)))
        here, there = socket.socketpair()
        os.set_blocking(here.fileno(), False)
        print(here.gettimeout(), attempt(here.sendall, bytes(10 ** 7)), len(there.recv(10 ** 7)) > 1000)
        with socket.create_server(("127.0.0.1", 0)) as server:
            for action in "reset", "shut":
                client = socket.create_connection(server.getsockname())
                peer, _ = server.accept()
                sent = len(peer.recv(1)) if not client.sendall(b"x") else 0
                def leave():
                    peer.recv(4096)
                    if action == "reset":
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    peer.close()
                timer = threading.Timer(0.05, leave)
                timer.start()
                print(action, sent, attempt(client.sendall, bytes(10 ** 8)))
                timer.join()
                print(attempt(client.sendall, b"x"), attempt(client.recv, 1))
        here, there = socket.socketpair()
        here.shutdown(socket.SHUT_WR)
        print(attempt(here.sendall, b"x"), attempt(socket.socket().sendall, b"x"))
    """,
}
