"""A loop's selector finds what it always finds, and whom it wakes was ready since it came back."""

from __future__ import annotations

import pytest

from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere

FINDS = """
import asyncio, selectors, socket
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
names = ("quiet", "readable", "both", "hung up", "cut", "half", "gone")
pairs = {name: socket.socketpair() for name in names}
pairs["readable"][1].send(b"x")
pairs["both"][1].send(b"x")
pairs["hung up"][1].close()
pairs["cut"][1].close()
pairs["half"][1].shutdown(socket.SHUT_WR)
async def main():
    selector = asyncio.get_running_loop()._selector
    for name, (end, _) in pairs.items():
        events = WRITE if name == "cut" else READ | WRITE if name in ("both", "half") else READ
        selector.register(end, events, name)
    selector.unregister(pairs["gone"][0])
    for timeout in (0, -1, 0.0001, 5, None):
        found = selector.select(timeout)
        print(sorted((key.data, mask) for key, mask in found if key.data in names))
    for name in names[:-1]:
        selector.unregister(pairs[name][0])
asyncio.run(main())
"""

CALLED_FROM = """
import asyncio, os, sys
class Poll:
    def __init__(self, real):
        self.real = real
    def poll(self, timeout, most):
        caller = sys._getframe(1)
        code = caller.f_code
        print(os.path.basename(code.co_filename), code.co_name, caller.f_lineno, timeout, most)
        return self.real.poll(timeout, most)
    def __getattr__(self, name):
        return getattr(self.real, name)
loop = asyncio.new_event_loop()
loop._selector._selector = Poll(loop._selector._selector)
loop.call_soon(loop.call_soon, loop.stop)
loop.run_forever()
"""

# A program that asks a loop's selector itself, or has a loop that does, is told what the loop has registered.
ASKS = """
import asyncio, socket
pairs = [socket.socketpair() for _ in range(3)]
class Loop(asyncio.SelectorEventLoop):
    def _process_events(self, events):
        if events:
            print("own loop", sorted((names[key.fd], mask) for key, mask in events))
        super()._process_events(events)
names = {end.fileno(): name for name, (end, _) in zip("abc", pairs)}
async def main():
    loop, told = asyncio.get_running_loop(), []
    def read(name, end):
        told.append((name, end.recv(9)))
    for name, (end, other) in zip("abc", pairs):
        loop.add_reader(end, read, name, end)
        other.send(name.encode())
    own = type(loop) is Loop
    if not own:
        print(sorted((names[key.fd], mask) for key, mask in loop._selector.select(0) if key.fd in names))
    for _ in range(3):
        await asyncio.sleep(0)
    print(sorted(told))
    for name, (end, other) in zip("abc", pairs):
        other.send(b"2")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(sorted(told))
    for end, _ in pairs:
        loop.remove_reader(end)
asyncio.run(main())
Loop().run_until_complete(main())
loop = asyncio.new_event_loop()
loop._add_callback = lambda handle, add=loop._add_callback: print("added") or add(handle)
loop.run_until_complete(main())
"""

# In one look of the selector: who wants to read, who wants to write, and one that has been cancelled.
IN_ORDER = """
import asyncio, socket
pairs = {name: socket.socketpair() for name in "readable cancelled other writable hung last".split()}
async def main():
    loop, told = asyncio.get_running_loop(), []
    def tell(name, does):
        told.append((name, does))
        end = pairs[name][0]
        loop.remove_reader(end)
        loop.remove_writer(end)
    for name, (end, other) in pairs.items():
        if name == "writable":  # at once
            loop.add_writer(end, tell, name, "writes")
            continue
        loop.add_reader(end, tell, name, "reads")
        if name == "hung":
            other.close()
        else:
            other.send(b"x")
    reader, _ = loop._selector.get_key(pairs["cancelled"][0]).data
    reader.cancel()
    loop.call_soon(told.append, "called before")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(told)
    print(len(loop._selector.get_map()))
asyncio.run(main())
"""

# How a handle comes into the ready queue where nothing is said of it.
QUEUED = """
import asyncio, socket, sys
a, b = socket.socketpair()
async def main():
    loop = asyncio.get_running_loop()
    came = loop.create_future()
    loop.add_reader(a, came.set_result, None)
    b.send(b"x")
    called = []
    sys.setprofile(lambda frame, event, arg: event == "call" and called.append(frame.f_code.co_name))
    await came
    sys.setprofile(None)
    loop.remove_reader(a)
    print("_add_callback" in called)
asyncio.run(main())
"""

# The loop comes back from its selector for the data, and is busy before the task is told of it.
SLOW = """
import asyncio, socket, time
async def spin():
    while True:
        await asyncio.sleep(0)
async def reads(spins):
    loop, (a, b) = asyncio.get_running_loop(), socket.socketpair()
    came = loop.create_future()
    def told():
        loop.remove_reader(a)
        time.sleep(0.2)
        came.set_result(None)
    loop.add_reader(a, told)
    spinning = [loop.create_task(spin()) for _ in range(spins)]
    loop.call_later(0.01, b.send, b"x")
    await came
    for task in spinning:
        task.cancel()
asyncio.run(reads(%d))
"""


@everywhere()
def test_a_loop_s_selector_finds_the_same(python):
    seen = observe(FINDS, python).ok()
    assert seen.stdout == bare(FINDS, python)[0]
    assert seen.stdout.splitlines()[0] == (
        "[('both', 3), ('cut', 2), ('half', 3), ('hung up', 1), ('readable', 1)]"
    )


@everywhere()
def test_whom_a_selector_asks_is_asked_from_the_same_place(python):
    seen = observe(CALLED_FROM, python).ok()
    assert seen.stdout == bare(CALLED_FROM, python)[0]
    assert seen.stdout.startswith("selectors.py select ")


@everywhere()
@pytest.mark.parametrize("program", [ASKS, IN_ORDER], ids=["asks", "in order"])
def test_what_a_loop_s_selector_finds_is_told_to_the_same_in_the_same_order(python, program):
    assert observe(program, python).ok().stdout == bare(program, python)[0]


@everywhere((3, 10))
def test_who_waits_to_read_is_queued_at_once(python):
    assert bare(QUEUED, python)[0] == "True\n"
    assert observe(QUEUED, python).ok().stdout == "False\n"


@everywhere()
@pytest.mark.parametrize(("spins", "since_then"), [(0, True), (1, False)], ids=["idle", "busy"])
def test_whom_data_wakes_was_ready_since_the_loop_knew_of_it(python, spins, since_then):
    seen = observe(SLOW % spins, python).ok()
    (told,) = [s for s in seen.log.steps() if s.waker.kind == "io" and s.awaits.kind == "ended"]
    assert (told.ready_ns >= 190_000_000) is since_then
