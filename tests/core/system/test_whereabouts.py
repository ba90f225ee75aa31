"""Where threads of real programs stand, on every interpreter: each is in a place that it has told before."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from concviz.core.model import Site
from concviz.core.session.names import Names
from concviz.core.system import layout as L
from concviz.core.system.layout import ThreadState
from concviz.core.system.stacks import Stacks
from concviz.core.system.whereabouts import Whereabouts
from concviz.core.system.writer import Writer
from tests import interpreters

from .watch import Seen, Watch, kinds, program, watching

MODULE = '''
import json, time, asyncio
spin = lambda: [0 for _ in iter(int, 1)]          # line 3: never ends
def crunch():
    x = 0
    while True:
        x += 1                                    # line 7
def deep(n):
    if n:
        return deep(n - 1)
    while True:
        n += 1                                    # line 12
def numbers():
    while True:
        yield sum(range(300))                     # line 15
def use():
    for _ in numbers():                           # line 17
        pass
def key(x):
    return -x                                     # line 20
def order():
    values = list(range(3000))
    while True:
        sorted(values, key=key)                   # line 24
def dump():
    data = {str(i): [i] * 20 for i in range(500)}
    while True:
        json.dumps(data, indent=1)                # line 28
async def compute():
    await asyncio.sleep(0)
    while True:
        sum(range(300))                           # line 32
def loop():
    asyncio.run(compute())
def rest():
    time.sleep(3600)                              # line 36
def odd():
    source = "def f\\u00e9\\U00020000():\\n  while True: pass\\nf\\u00e9\\U00020000()"
    exec(compile(source, "o\\x1b[31mdd.py", "exec"), {})
'''
SOURCE = """
sys.path.insert(0, {folder!r})
import work
for name in ("spin", "crunch", "use", "order", "dump", "loop", "rest", "odd"):
    begin(name, getattr(work, name))
begin("deep", work.deep, 700)
ready()
"""
LINES = {
    "spin": {3}, "crunch": {5, 6, 7}, "deep": {10, 11, 12}, "use": {14, 15, 17, 18},
    "order": {19, 20, 23, 24}, "dump": {27, 28}, "loop": {31, 32, 34}, "rest": {36},
}


class Stood(NamedTuple):
    """A SITE record with its site."""

    tid: int
    state: int
    site: Site


def stood(session: Path, seen: list[Seen], pid: int) -> list[Stood]:
    names = Names(session / L.NAMES_NAME)
    names.advance()
    found = []
    for record in kinds(seen, L.Record.SITE, pid):
        site = names.site(record.value)
        assert site is not None
        found.append(Stood(record.tid, L.unpack_thread(record.a).state, site))
    return found


def often(watch: Watch, pid: int, tids: set[int], times: int = 12) -> list[Stood]:
    """Wait until each of these threads was seen often."""

    def enough(seen: list[Seen]) -> bool:
        sites = kinds(seen, L.Record.SITE, pid)
        return all(sum(record.tid == tid for record in sites) >= times for tid in tids)

    return stood(watch.session, watch.until(enough), pid)


@interpreters.everywhere()
def test_every_thread_stands_where_it_computes(python: str, tmp_path: Path) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "work.py").write_text(MODULE, "utf-8")
    source = SOURCE.format(folder=str(folder))
    with program(python, source) as tids, watching(tmp_path, tids["main"]) as watch:
        busy = {tid for name, tid in tids.items() if name not in ("main", "rest")}
        found = often(watch, tids["main"], busy)
    names = {tid: name for name, tid in tids.items()}
    for one in found:
        name, site = names[one.tid], one.site
        if name in LINES and site.file == str(folder / "work.py"):
            assert site.line in LINES[name], f"{name} stood at {site}"
        elif name not in ("main", "odd"):  # it had not begun, or not imported what it needs
            assert site.file == "<string>"
    dumps = {one.site.call for one in found if names[one.tid] == "dump" and one.site.line == 28}
    assert "dumps" in dumps
    assert "<interpreter trampoline>" not in {one.site.call for one in found}
    odd = {(one.site.file, one.site.function) for one in found if names[one.tid] == "odd"}
    assert ("o\u241b[31mdd.py", "f\u00e9\U00020000") in odd


@interpreters.everywhere()
def test_a_thread_that_sleeps_is_looked_at_once(python: str, tmp_path: Path) -> None:
    source = "def rest():\n    time.sleep(3600)\nbegin('rest', rest)\nbegin('one', hog)\nready()"
    with program(python, source) as tids, watching(tmp_path, tids["main"]) as watch:
        found = often(watch, tids["main"], {tids["one"]}, 40)
    resting = [one for one in found if one.tid == tids["rest"] and one.state == ThreadState.BLOCKED]
    assert [one.site.function for one in resting] == ["rest"]


BECOMES = """
import json, os, sys, threading
def one():
    while True: pass
threading.Thread(target=one, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
os.execv(sys.executable, [sys.executable, "-I", "-c", "def other():\\n    while True: pass\\nother()"])
"""


def test_a_process_that_becomes_another_program(tmp_path: Path) -> None:
    """The memory that was read is gone: nothing is told until the new program's is found."""
    command = [interpreters.found()[-1].path, "-I", "-c", BECOMES]

    def functions(seen: list[Seen]) -> set[str]:
        return {one.site.function for one in stood(tmp_path, seen, process.pid)}

    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        watching(tmp_path, process.pid) as watch,
    ):
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        watch.until(lambda seen: "one" in functions(seen))
        process.stdin.write(b"\n")
        process.stdin.flush()
        watch.until(lambda seen: "other" in functions(seen))
        assert watch.sampler.failure is None
        process.kill()


def test_a_process_that_ends_while_it_is_read(tmp_path: Path) -> None:
    python = interpreters.found()[-1].path
    with program(python, 'begin("one", hog)\nready()') as tids, watching(tmp_path, tids["main"]) as watch:
        often(watch, tids["main"], {tids["one"]})
    watch = Watch(tmp_path, tids["main"])
    for _ in range(20):
        watch.step()
    watch.close()
    assert watch.sampler.failure is None


def test_a_process_at_rest_is_not_looked_at_again(tmp_path: Path) -> None:
    asked: list[int] = []

    class Asleep(NamedTuple):
        tid: int
        slices: int
        state: ThreadState = ThreadState.BLOCKED
        wait: L.Wait = L.Wait.IO

    class NobodyKnows(Stacks):
        def __init__(self) -> None:
            pass

        def standing(self, tid: int, tids: Container[int], now_ns: int) -> None:
            asked.append(tid)

    writer = Writer(tmp_path)
    where, later_ns = Whereabouts(7, writer), itertools.count(0, 1_000_000_000)
    for slices, cpu_ns in ((1, 50), (2, 50), (3, 60), (4, 0), (5, 0)):
        where.look({7: Asleep(7, slices)}, NobodyKnows(), next(later_ns), 1, cpu_ns)
        asked.append(cpu_ns)
    assert asked == [7, 50, 50, 7, 60, 7, 0, 7, 0]
    writer.close()
