"""A program that uses asyncio does, prints and raises the same with the agent as without it."""

from __future__ import annotations

import re

import pytest

from tests.core.agent.run import both, observe
from tests.interpreters import everywhere

PROGRAMS = {
    "unhandled exception": """
import asyncio
async def inner():
    await asyncio.sleep(0)
    raise ValueError("x")
async def main():
    await asyncio.create_task(inner())
asyncio.run(main())
""",
    "callback that raises": """
import asyncio
def fails():
    raise KeyError(3)
async def main():
    asyncio.get_running_loop().call_soon(fails)
    asyncio.get_running_loop().call_later(0.001, fails)
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "exception never retrieved": """
import asyncio, gc
async def fails():
    raise ValueError("lost")
async def main():
    asyncio.create_task(fails(), name="lost")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
asyncio.run(main())
""",
    "when failed tasks and callbacks are let go": """
import asyncio, gc, weakref
class Argument:
    pass
async def fails():
    1 / 0
def fails_at_once(argument):
    1 / 0
async def main():
    loop = asyncio.get_running_loop()
    kept = []
    loop.set_exception_handler(lambda loop, context: kept.append(context["exception"]))
    asyncio.Task(fails())  # nobody else has it
    await asyncio.sleep(0)
    print(len(kept))
    arguments = [Argument(), Argument()]
    left = weakref.WeakSet(arguments)
    loop.call_soon(fails_at_once, arguments.pop())
    loop.call_later(0, fails_at_once, arguments.pop())
    await asyncio.sleep(0.01)
    for error in kept[1:]:  # of the traceback's own frames it is known whom they keep
        error.__traceback__.tb_next.tb_frame.clear()
    print(len(kept), len(left))
gc.disable()
asyncio.run(main())
""",
    "system exit": """
import asyncio, sys
async def main():
    await asyncio.sleep(0)
    sys.exit(7)
asyncio.run(main())
""",
    "debug mode that comes and goes": """
import asyncio
def schedules(loop):
    try:
        loop.call_soon(3).cancel()
    except TypeError as error:
        print(error)
    else:
        print("taken")
async def main():
    loop = asyncio.get_running_loop()
    for debug in (False, True, False, True):
        loop.set_debug(debug)
        schedules(loop)
        await asyncio.sleep(0)
asyncio.run(main())
asyncio.run(main(), debug=True)
""",
    "debug mode": """
import asyncio, logging, re, time
logging.basicConfig(format="%(message)s")
async def slow():
    time.sleep(0.35)
async def main():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0.3  # others are not to be called slow because the machine is busy
    task = asyncio.create_task(slow(), name="slow")
    print([frame.name for frame in task._source_traceback][-2:])
    handle = loop.call_soon(print, 1)
    later = loop.call_later(0.01, print, 2)
    for h in handle, later:
        print([frame.name for frame in h._source_traceback][-2:])
    print(re.sub("0x[0-9a-f]+", "", repr(handle)))
    handle.cancel()
    print(handle.cancelled(), re.sub("0x[0-9a-f]+", "", repr(handle)))
    await task
    await asyncio.sleep(0.02)
asyncio.run(main(), debug=True)
""",
    "handles and signatures": """
import asyncio, inspect
async def main():
    loop = asyncio.get_running_loop()
    handle, timer = loop.call_soon(print), loop.call_later(1, print)
    print(isinstance(handle, asyncio.Handle), isinstance(timer, asyncio.TimerHandle))
    print(isinstance(timer, asyncio.Handle))
    print(type(handle).__name__, type(handle).__module__, type(handle).__qualname__, repr(handle))
    timer.cancel(); handle.cancel()
    for function in loop.create_task, loop.run_forever, asyncio.wrap_future:
        print(inspect.signature(function))
    print(loop.create_task.__qualname__, asyncio.wrap_future.__module__)
asyncio.run(main())
""",
    "not a coroutine": """
import asyncio, sys
async def main():
    try:
        asyncio.create_task(3)
    except TypeError as error:
        print(error)
        tb = error.__traceback__
        while tb and sys.version_info >= (3, 11):  # before, a bare raise keeps our frame
            print(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
asyncio.run(main())
""",
    "a loop in a step of a loop's": """
import asyncio
async def inner():
    await asyncio.sleep(0)
    return 5
async def main():
    asyncio.events._set_running_loop(None)
    outer = asyncio.tasks._current_tasks.copy() if hasattr(asyncio.tasks._current_tasks, "copy") else None
    loop = asyncio.new_event_loop()
    print(loop.run_until_complete(inner()))
    loop.close()
    await asyncio.sleep(0)
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
""",
}


@everywhere()
@pytest.mark.parametrize("name", PROGRAMS)
def test_same_output_and_traceback(python, name):
    seen, (out, err, code) = both(PROGRAMS[name], python)
    assert (plain(seen.stdout), seen.code) == (plain(out), code)
    assert plain(seen.stderr) == plain(err)
    assert not [n for n in seen.notes() if n[0] == "asyncio"]


def plain(text):
    """Without what differs from run to run: the program's temporary folder, addresses and durations."""
    return re.sub(r"/\S*/program\.py|0x[0-9a-f]+|(when=)?\d+\.\d+( seconds)?", "", text)


@everywhere()
def test_a_keyboard_interrupt(python):
    program = """
import asyncio, os, signal
async def main():
    await asyncio.sleep(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(10**6): pass
asyncio.run(main())
"""
    seen, (out, err, code) = both(program, python)
    assert (seen.stdout, seen.code) == (out, code)
    assert seen.stderr.splitlines()[-1] == err.splitlines()[-1] == "KeyboardInterrupt"
    (main,) = {b.task for b in seen.log.of("TaskBorn") if b.site.function == "main"}
    assert [s.awaits.kind for s in seen.log.steps() if s.task == main] == ["ready", "failed"]
    assert len(seen.log.of("LoopRun")) == len(seen.log.of("LoopBorn"))


@everywhere(since=(3, 11))
def test_no_frame_of_ours_in_the_traceback_of_what_ends_the_loop(python):
    seen = observe(PROGRAMS["system exit"].replace("sys.exit(7)", "raise KeyboardInterrupt"), python)
    assert "core/agent" not in seen.stderr


@everywhere()
def test_a_child_that_was_forked_inside_a_step(python):
    seen = observe("""
        import asyncio, os
        async def main():
            await asyncio.sleep(0)
            pid = os.fork()
            if not pid:
                await asyncio.sleep(0.001)
                await asyncio.sleep(0.001)
                os._exit(0)
            os.waitpid(pid, 0)
        asyncio.run(main())
    """, python)
    assert seen.code == 0
    assert not [n for n in seen.notes() if n[0] == "asyncio"]
