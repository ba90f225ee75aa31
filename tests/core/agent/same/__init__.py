"""Programs that must do, print and raise the same with the agent as without it.

Each module has a table ``PROGRAMS``: name → source, or a :class:`Program` where the source alone does not
say it all. ``python -m tests.core.agent.same [--seeds 100] [WORD…]`` runs them on every CPython found and
shows what differs; ``test_same.py`` runs them in the suite.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from concviz.core.agent import layout
from concviz.core.launch import environment
from tests.at_once import at_once
from tests.core.agent.decode import read_log
from tests.core.agent.run import clean_environment, run
from tests.interpreters import Interpreter

FAMILIES = ("errors", "looks", "warned", "signals", "descriptors", "processes", "threads", "tasks")
SEEDS = 6  # random programs in the suite


class Program(NamedTuple):
    """A program and how it is run."""

    source: str
    flags: tuple[str, ...] = ()
    stdin: str = ""
    since: tuple[int, int] = (3, 9)
    before: tuple[int, int] = (4, 0)


def programs(seeds: int = SEEDS) -> Iterator[tuple[str, Program]]:
    """Every program with its name, "family: what it does"."""
    for family in FAMILIES:
        for name, program in import_module(f"{__name__}.{family}").PROGRAMS.items():
            yield f"{family}: {name}", program if isinstance(program, Program) else Program(program)
    made = import_module(f"{__name__}.made_up")
    for seed in range(seeds):
        yield f"made up: {seed}", Program(made.program(seed))


def difference(program: Program, python: Interpreter, folder: Path) -> str:
    """What differs between a run without the agent and one with it; '' where nothing does."""
    session = folder / "session"
    (session / "events").mkdir(parents=True)
    variables = clean_environment()
    watched = environment.observed(variables, session)
    without, seen = at_once([
        partial(_ended, program, python, folder / "bare", variables),
        partial(_ended, program, python, folder / "seen", watched),
    ])
    parts = [
        "\n".join(
            unified_diff(one.splitlines(), other.splitlines(), f"{what}, bare", "observed", "", "", 1, "")
        )
        for what, one, other in _pairs(without, seen, python.version)
        if one != other
    ]
    off = [f"note: {topic}: {message}" for topic, message in _notes(session) if "switched off" in message]
    return "\n".join(parts + off)


def _ended(
    program: Program, python: Interpreter, folder: Path, variables: Mapping[str, str]
) -> tuple[str, str, int]:
    """What a run has printed and its exit code; it has a folder of its own, which is not told."""
    folder.mkdir()
    script = folder / "program.py"
    script.write_text(textwrap.dedent(program.source))
    out, err, code, _ = run([python.path, *program.flags, str(script)], variables, program.stdin, folder, 60)
    return out.replace(str(folder), "folder"), err.replace(str(folder), "folder"), code


def _pairs(
    without: tuple[str, str, int], seen: tuple[str, str, int], version: tuple[int, ...]
) -> Iterator[tuple[str, str, str]]:
    yield "stdout", plain(without[0]), plain(seen[0])
    yield "stderr", plain(without[1]), plain(_without_ours(seen[1], version))
    yield "exit code", str(without[2]), str(seen[2])


def _without_ours(text: str, version: tuple[int, ...]) -> str:
    """Before 3.11 a frame of ours cannot be taken off a traceback: it is known, and not counted."""
    return (
        text
        if version >= (3, 11)
        else re.sub(r'( *)File "[^"]*/core/agent/\w+.py", .*\n(\1  .*\n)?', "", text)
    )


def _notes(session: Path) -> Iterator[tuple[str, str]]:
    """(topic, message) of every note, but for logs that were cut off in their very begin."""
    for path in (session / "events").glob("*.events"):
        if path.read_bytes()[: len(layout.MAGIC)] == layout.MAGIC:
            yield from ((note.topic, note.message) for note in read_log(path).of("Note"))


def plain(text: str) -> str:
    """Text without what differs from run to run: addresses, thread and process ids, temporary names, times.

    And without the frames between an event loop and a task, which are ours while they are observed: where a
    coroutine was created is told by them in debug mode, and by tracemalloc.
    """
    text = re.sub(r' *File "[^"]*/(core/agent/\w+|asyncio/events).py", line(no)? .*\n    .*\n', "", text)
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(r"((?:ident|pid|parent|id)='?|process )\d+", r"\1N", text)  # a pid may be a small one
    text = re.sub(r"(started |stopped |daemon |-)\d{4,}", r"\1N", text)
    text = re.sub(r"concviz-test-\w+|/tmp/\S*/", "folder", text)
    return re.sub(r"\d+\.\d{3,}", "T", text)
