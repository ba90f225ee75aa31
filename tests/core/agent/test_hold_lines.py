"""Held by the line or by the instruction: the user's own code stops everywhere, the library's nowhere."""

from __future__ import annotations

import pytest

from concviz.core.agent import layout as L
from tests.core.agent.held import Held, stepped

LOST_UPDATE = """
    import json, threading
    count = 0
    def work():
        global count
        before = count
        count = before + 1
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(count, json.dumps([]))
"""


@stepped
def test_every_line_of_the_users_own_code_is_a_gate(python: str) -> None:
    with Held(LOST_UPDATE, python, mode=L.CONTROL_LINE) as held:
        done = held.run().ok()
    assert done.stdout.endswith(" []\n")
    lines = [done.log.sites[int(site)] for kind, _, site, _ in held.said("at", 2) if kind == "line"]
    assert [(site.line, site.function) for site in lines] == [(6, "work"), (7, "work")]
    assert {site.file for site in lines} == {done.log.sites[int(held.said("at")[0][2])].file}
    assert held.kinds()[:2] == ["line", "line"]  # from the first on


@stepped
def test_a_chosen_order_of_lines_loses_an_update(python: str) -> None:
    with Held(LOST_UPDATE, python, mode=L.CONTROL_LINE) as held:
        # always whoever has come least far: both read before either writes
        held.choose = lambda ready: min(ready, key=lambda w: len(held.kinds(w.thread)) * (w.thread > 1))
        assert held.run().ok().stdout == "1 []\n"


@stepped
@pytest.mark.parametrize("mode", [L.CONTROL_LINE, L.CONTROL_OPCODE])
def test_instructions_are_finer_than_lines_and_both_end_with_the_hold(python: str, mode: int) -> None:
    program = """
        import sys
        def spin(count):
            while count:
                count -= 1
            return count
        print("ready", flush=True)
        spin(200_000)
        spin(1)
        monitoring = getattr(sys, "monitoring", None)
        tools = [monitoring.get_tool(number) for number in range(6)] if monitoring else []
        print(sys.gettrace(), tools.count("concviz"))
    """
    with Held(program, python, mode=mode) as held:
        held.run(until=lambda: held.printed() and len(held.kinds()) > 60)
        held.hold(L.CONTROL_FREE)
        done = held.run()
    assert (done.stdout, done.stderr) == ("ready\nNone 0\n", "")
    assert set(held.kinds()) == {"line" if mode == L.CONTROL_LINE else "opcode"}
