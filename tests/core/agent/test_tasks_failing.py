"""An asyncio hook that fails is switched off and says so; the program goes on as if there had been none."""

from __future__ import annotations

import pytest

from tests.core.agent.run import bare, observe
from tests.interpreters import everywhere

PROGRAM = """
import asyncio, sys

class Broken:
    def __getattribute__(self, name):
        raise RuntimeError("broken")

    def __setattr__(self, name, value):
        raise RuntimeError("broken")

async def works(n):
    for i in range(3):
        await asyncio.sleep(0)
    return n

async def main():
    loop = asyncio.get_running_loop()
    before = asyncio.create_task(works(1))
    await asyncio.sleep(0)
    {breaks}
    loop.call_soon(print, "called")
    print(await asyncio.gather(before, works(2), works(3)))
    await asyncio.sleep(0.001)
    print(await loop.run_in_executor(None, str, 4))
    sys.exit(5)

asyncio.run(main())
"""

BREAKS = {
    "the loop's place": "loop._concviz = Broken()",
    "a task's mark": "type(before._concviz).ref = property(lambda mark: 1 / 0)",
    "the log": "sys.modules['_concviz_agent.log'].offsets = None",
    "the place": "loop._concviz.words = Broken()",
    "where tasks stand": "sys.modules['_concviz_agent.await_site'].find = None",
}


@everywhere()
@pytest.mark.parametrize("what", BREAKS)
def test_the_program_goes_on_and_the_session_has_a_note(python, what):
    seen = observe(PROGRAM.replace("{breaks}", BREAKS[what]), python)
    assert (seen.stdout, seen.stderr, seen.code) == bare(PROGRAM.replace("{breaks}", "pass"), python)
    if what != "the log":  # which is what a note is written to
        (message,) = [message for topic, message in seen.notes() if topic == "asyncio"]
        assert message.startswith("switched off: ")
    assert seen.log.steps()  # what was recorded before is kept
