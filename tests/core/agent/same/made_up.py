"""Random programs: small pieces of concurrent code, put together by a seed."""

from __future__ import annotations

import random
import textwrap

_HEAD = """
import asyncio, contextlib, queue, socket, sys, threading, time, concurrent.futures
out = []
class Failure(Exception):
    pass
def attempt(call, *args):
    try:
        return call(*args)
    except BaseException as error:
        out.append((type(error).__name__, str(error), type(error.__context__).__name__))
lock, rlock, simple, fifo = threading.Lock(), threading.RLock(), queue.SimpleQueue(), queue.Queue(2)
condition, event, semaphore = threading.Condition(), threading.Event(), threading.Semaphore(1)
here, there = socket.socketpair()
here.settimeout(0.002)
"""
_CALLS = (
    "lock.acquire(timeout={t})",
    "lock.release()",
    "lock.acquire(False)",
    "lock.locked()",
    "rlock.release()",
    "rlock.acquire() and rlock.release()",
    "simple.put({n})",
    "simple.get(timeout={t})",
    "simple.get(False)",
    "fifo.put({n}, True, {t})",
    "fifo.get(timeout={t})",
    "condition.notify()",
    "condition.acquire(False)",
    "condition.wait({t})",
    "event.wait({t})",
    "event.set()",
    "event.clear()",
    "semaphore.acquire(timeout={t})",
    "semaphore.release()",
    "there.sendall(b'x' * {n})",
    "here.recv({n})",
    "here.send(b'abc')",
    "there.recv(1) if 0 else None",
    "time.sleep({t} / 10)",
    "time.sleep(-{n})",
    "threading.Thread(target=str).start()",
    "int('x' * {n})",
    "threading.current_thread().join()",
    "simple.get('a', 'b')",
    "sys.exit({n})",
)
_ASYNC = (
    "await asyncio.sleep(0)",
    "await asyncio.sleep({t})",
    "raise Failure({n})",
    "await asyncio.wait_for(asyncio.sleep({n}), {t})",
    "asyncio.current_task().cancel()",
    "await asyncio.gather(asyncio.sleep(0, {n}), part({n}), return_exceptions=True)",
    "await asyncio.get_running_loop().run_in_executor(None, int, '{n}')",
    "asyncio.create_task(part({n}))",
    "await asyncio.shield(asyncio.sleep({t}))",
    "with contextlib.suppress(Failure): raise Failure({n})",
    "asyncio.get_running_loop().call_soon(out.append, {n})",
    "await asyncio.create_task(asyncio.sleep(0, {n}))",
)


def program(seed: int) -> str:
    """The program that belongs to a seed: the same for the same seed, on every Python."""
    dice = random.Random(seed)
    parts = [_HEAD]
    for number in range(dice.randint(1, 3)):
        body = "\n".join(f"attempt(lambda: {_filled(dice, _CALLS)})" for _ in range(dice.randint(3, 9)))
        if dice.random() < 0.4:
            body = f"with {dice.choice(('rlock', 'semaphore', 'contextlib.ExitStack()'))}:\n" + _in(body)
        if dice.random() < 0.3:
            body += f"\nraise Failure({number})"
        parts.append(f"def thread_{number}():\n{_in(body)}")
        parts.append(f"t = threading.Thread(target=thread_{number}, name='t{number}')\nt.start()\nt.join()")
    steps = [_filled(dice, _ASYNC) for _ in range(dice.randint(2, 8))]
    parts.append(
        "async def part(n):\n    await asyncio.sleep(0)\n    if n % 2: raise Failure(n)\n    return n"
    )
    parts.append("async def main():\n" + _in("\n".join(steps)))
    parts.append("print(out)")
    last = "asyncio.run(main())" if dice.random() < 0.5 else "attempt(asyncio.run, main())"
    parts.append(f"{last}\nprint(out[-9:], lock.locked(), rlock._is_owned(), simple.qsize(), fifo.qsize())")
    parts.append(dice.choice(("", "sys.exit(3)", "raise Failure('end')", "lock.acquire(timeout=0.001)")))
    return "\n".join(parts)


def _filled(dice: random.Random, choice: tuple[str, ...]) -> str:
    return dice.choice(choice).format(n=dice.randint(1, 5), t=dice.choice((0, 0.001, 0.002)))


def _in(text: str) -> str:
    return textwrap.indent(text, "    ")
