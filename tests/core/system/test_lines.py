"""Line tables of every interpreter found, against what it says itself; and whose code is whose."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core import agent
from concviz.core.system.lines import line_at
from concviz.core.system.whose import Whose, whose
from tests import interpreters

ASK = """
import argparse, dis, json, sys, textwrap
def every(code):
    yield code
    for const in code.co_consts:
        if hasattr(const, "co_code"):
            yield from every(const)
def lines(code):
    if hasattr(code, "co_lines"):
        return [[a, b, line] for a, b, line in code.co_lines()]
    starts = list(dis.findlinestarts(code))
    ends = [start for start, _ in starts[1:]] + [len(code.co_code)]
    return [[a, b, line] for (a, line), b in zip(starts, ends)]
for module in (argparse, textwrap):
    with open(module.__file__) as source:
        for code in every(compile(source.read(), module.__file__, "exec")):
            form = next(form for form, has in (("locations", "co_positions"), ("line deltas", "co_lines"),
                                               ("lnotab", "co_lnotab")) if hasattr(code, has))
            table = code.co_lnotab if form == "lnotab" else code.co_linetable
            print(json.dumps([form, table.hex(), code.co_firstlineno, lines(code)]))
"""


@interpreters.everywhere()
def test_every_instruction_has_the_line_that_python_tells(python: str) -> None:
    answer = subprocess.run([python, "-I", "-c", ASK], capture_output=True, text=True, check=True)
    compared = 0
    for text in answer.stdout.splitlines():
        form, table, first_line, told = json.loads(text)
        for begin, end, line in told:
            for instruction in {begin, end - 2} if end > begin else ():
                assert line_at(form, bytes.fromhex(table), first_line, instruction) == (line or 0)
                compared += 1
    assert compared > 1000


@given(
    st.sampled_from(["locations", "line deltas", "lnotab"]), st.binary(max_size=60), st.integers(-8, 4000)
)
def test_a_damaged_table_does_no_harm(form: str, table: bytes, instruction: int) -> None:
    assert isinstance(line_at(form, table, 10, instruction), int)


def test_a_frame_that_has_not_begun_has_no_line() -> None:
    table = (lambda: 1).__code__.co_linetable
    assert line_at("locations", table, 1, -2) == 0
    assert line_at("locations", table, 1, 1 << 20) == 0


@pytest.mark.parametrize(
    ("file", "function", "expected"),
    [
        ("/home/u/app.py", "main", Whose.USER),
        ("app.py", "<lambda>", Whose.USER),
        ("<string>", "<module>", Whose.USER),
        ("/py/lib/json/encoder.py", "JSONEncoder.encode", Whose.LIBRARY),
        ("/py/library/mine.py", "main", Whose.USER),
        ("/v/lib/python3.13/site-packages/x.py", "f", Whose.LIBRARY),
        ("/usr/lib/python3/dist-packages/x.py", "f", Whose.LIBRARY),
        ("<frozen importlib._bootstrap>", "_load", Whose.LIBRARY),
        ("<frozen runpy>", "_run_code", Whose.UNSEEN),
        ("/py/lib/runpy.py", "_run_code", Whose.UNSEEN),
        ("/py/lib/threading.py", "Thread._bootstrap_inner", Whose.UNSEEN),
        ("/py/lib/threading.py", "Thread.run", Whose.UNSEEN),
        ("/py/lib/threading.py", "Timer.run", Whose.LIBRARY),
        ("/py/lib/threading.py", "Condition.wait", Whose.LIBRARY),
        (agent.__file__, "anything", Whose.UNSEEN),
        ("<interpreter trampoline>", "<interpreter trampoline>", Whose.UNSEEN),
    ],
)
def test_whose_code_it_is(file: str, function: str, expected: Whose) -> None:
    assert whose(file, function, "/py/lib") is expected
