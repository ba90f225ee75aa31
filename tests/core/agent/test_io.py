"""Waits for the clock, descriptors, sockets, selectors and children are seen where the user's line waits."""

from __future__ import annotations

from tests.core.agent import places
from tests.core.agent.run import bare, both, observe
from tests.interpreters import everywhere

WAITS = places.program("""
    import os, select, selectors, socket, subprocess, sys, time

    time.sleep(0.01)  # sleep
    reading, writing = os.pipe()
    when_waiting("read", lambda: os.write(writing, b"x"))
    os.read(reading, 1)  # read
    select.select([reading], [], [], 0.01)  # select
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        selector.select(0.01)  # selector

    here, there = socket.socketpair()
    when_waiting("recv", lambda: there.send(b"x"))
    here.recv(1)  # recv
    here.settimeout(0.01)
    for wait in here.recv, lambda n: here.recv_into(bytearray(n)), here.recvfrom, here.recvmsg:
        try:
            wait(1)  # receive
        except socket.timeout:
            pass
    try:
        here.sendall(bytes(10_000_000))  # sendall
    except socket.timeout:
        pass
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.01)
        try:
            server.accept()  # accept
        except socket.timeout:
            pass
    with here.makefile("rb") as file:
        try:
            file.read(1)  # makefile
        except socket.timeout:
            pass

    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print(child.pid)
    when_waiting("wait", child.stdin.close)
    child.wait()  # wait
    subprocess.check_output([sys.executable, "-c", "print()"])  # output
""")


@everywhere()
def test_each_wait_is_one_record_at_the_users_line(python: str) -> None:
    seen = observe(WAITS, python).ok()

    def at(marker: str) -> list[tuple[str, str]]:
        line = places.line(WAITS, marker)
        found = [b for b in seen.log.blocks() if b.site.line == line]
        return [(b.op, b.site.call.function if b.site.call else "") for b in found]

    assert at("sleep") == [("sleep", "")]
    assert at("read") == [("io_read", "")]
    assert at("select") == [("io_select", "")]
    assert at("selector")[-1][0] == "io_select"
    assert at("recv") == [("io_read", "")]
    assert len([op for op, _ in at("receive") if op == "io_read"]) >= 3
    assert at("sendall") == [("io_write", "")]
    assert at("accept") == [("io_accept", "socket.accept")]
    assert at("makefile") == [("io_read", "SocketIO.readinto")]
    assert at("wait") == [("child", "Popen.wait")]
    assert ("child", "check_output") in at("output")
    (wait,) = [b for b in seen.log.blocks() if b.site.line == places.line(WAITS, "wait")]
    assert wait.object == int(seen.stdout.split()[0])


@everywhere()
def test_a_send_that_fits_and_a_socket_that_does_not_block_leave_nothing(python: str) -> None:
    source = """
        import os, select, socket
        here, there = socket.socketpair()
        there.setblocking(False)
        for i in range(100):
            try:
                there.recv(10)
            except BlockingIOError:
                pass
            here.sendall(b"0123456789")
            assert there.recv(10) == b"0123456789"
        select.select([], [], [], 0)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pass
    """
    assert observe(source, python).ok().log.blocks() == []


@everywhere()
def test_a_hanging_recv_can_be_seen_while_it_lasts(python: str) -> None:
    source = places.program("""
        import os, signal, socket
        here, there = socket.socketpair()
        when_waiting("stuck", lambda: os.kill(os.getpid(), signal.SIGKILL))
        here.recv(1)  # stuck
    """)
    seen = observe(source, python)
    (register,) = [r for r in seen.log.registers if r.block_t0]
    assert (register.op, register.site.line) == ("io_read", places.line(source, "stuck"))


LOOKS = """
    import builtins, inspect, os, pickle, select, socket, time, traceback, types

    class Holder:
        sleep, select, read, ask = time.sleep, select.select, os.read, input
        lookup = socket.getaddrinfo

    def attempt(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            return type(error).__name__, str(error)

    Holder().sleep(0)
    print(Holder().select([], [], [], 0))
    for function in time.sleep, select.select, os.read, os.waitpid, input:
        print(function, function.__name__, function.__doc__, function.__module__, inspect.isbuiltin(function))
        print(isinstance(function, types.BuiltinFunctionType), attempt(inspect.signature, function))
        print(pickle.loads(pickle.dumps(function)) is function, attempt(function, 1, 2, 3, 4, 5))
    here, there = socket.socketpair()
    print(attempt(time.sleep), attempt(time.sleep, -1), attempt(os.read, "x", 1), attempt(os.read, -1, 1))
    print(attempt(here.recv), attempt(here.recv, "x"), attempt(here.sendall, "text"), attempt(here.send, 5))
    print(socket.socket.recv.__name__, socket.socket.recv.__doc__)
    print(here.sendall(b""), here.sendall(bytearray(b"abc")), here.sendall(memoryview(b"def")), there.recv(9))
    buffer = bytearray(4)
    here.sendall(b"wxyz")
    print(there.recv_into(buffer, nbytes=2), there.recv_into(buffer, 2, flags=0), buffer)
    there.close()
    print(attempt(here.sendall, b"x"), attempt(here.recv, 1))
    here.close()
    print(attempt(here.sendall, b"x")[0], attempt(here.recv, 1)[0])
    print(input(), attempt(input, "prompt? "))
"""


@everywhere()
def test_functions_look_and_fail_as_ever(python: str) -> None:
    seen, (out, err, code) = both(LOOKS, python, stdin="line\n")
    assert (seen.stdout, seen.stderr, seen.code) == (out, err, code)
    assert code == 0, err


FAILS = """
    import os, socket, time
    for number, call in enumerate([
        lambda: time.sleep(-1), lambda: os.read(-1, 1), lambda: socket.socket().sendall(b"x"),
        lambda: socket.socket().connect(("127.0.0.1", 1)), lambda: socket.getaddrinfo("", None, 99),
    ]):
        import traceback
        try:
            call()
        except Exception as error:
            print([frame.name for frame in traceback.extract_tb(error.__traceback__)], type(error).__name__)
"""


@everywhere((3, 11))
def test_tracebacks_show_none_of_our_frames(python: str) -> None:
    assert observe(FAILS, python).ok().stdout == bare(FAILS, python)[0]


@everywhere()
def test_multiprocessing_waits_at_the_users_line(python: str) -> None:
    source = places.program("""
        import multiprocessing as mp
        from multiprocessing.connection import wait

        def child(connection):
            connection.recv()
            connection.send(1)

        if __name__ == "__main__":
            context = mp.get_context("fork")
            here, there = context.Pipe()
            here.poll(0.01)  # poll
            wait([here], 0.01)  # several
            context.Semaphore(0).acquire(timeout=0.01)  # semaphore
            lock = context.Lock()
            lock.acquire()
            when_waiting("lock", lock.release)
            with lock:  # lock
                pass
            process = context.Process(target=child, args=(there,))
            process.start()
            when_waiting("recv", lambda: here.send(1))
            here.recv()  # recv
            process.join()
    """)
    seen = observe(source, python).ok()

    def at(marker: str) -> list[tuple[str, str]]:
        line = places.line(source, marker)
        found = [b for b in seen.log.blocks() if b.site.line == line]
        return [(b.op, b.site.call.function if b.site.call else "") for b in found]

    assert at("poll") == [("io_select", "_ConnectionBase.poll")]
    assert at("several") == [("io_select", "wait")]
    assert at("semaphore") == [("semaphore", "")]
    assert at("lock") == [("semaphore", "")]
    assert ("io_read", "_ConnectionBase.recv") in at("recv")
