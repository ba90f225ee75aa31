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
@pytest.mark.parametrize(("spins", "since_then"), [(0, True), (1, False)], ids=["idle", "busy"])
def test_whom_data_wakes_was_ready_since_the_loop_knew_of_it(python, spins, since_then):
    seen = observe(SLOW % spins, python).ok()
    (told,) = [s for s in seen.log.steps() if s.waker.kind == "io" and s.awaits.kind == "ended"]
    assert (told.ready_ns >= 190_000_000) is since_then
