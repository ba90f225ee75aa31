"""A process reads the agent's compiled code out of one file, whatever the program is told about bytecode."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from concviz.core import agent
from concviz.core.agent import compiled
from concviz.core.control.controller import Controller
from concviz.core.launch import environment
from tests.core.agent.run import clean_environment, run
from tests.interpreters import everywhere

FOLDER = Path(agent.__file__).resolve().parent
# Modules that were made of compiled code were not found by anybody.
ASK = """
import asyncio, sys
names = sorted(n for n in sys.modules if n.startswith("_concviz_agent."))
print(*(n.partition(".")[2] for n in names if sys.modules[n].__spec__ is not None))
print("_concviz_agent.tasks" in names)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the agent, from which programs are observed."""
    shutil.copytree(FOLDER, tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "session" / "events").mkdir(parents=True)
    return tmp_path / "agent"


def _asked(python: str, folder: Path) -> list[str]:
    """Names of the modules that were imported as usual; the hooks of asyncio are there."""
    usual, hooked = _ask(python, folder)
    assert hooked == "True"
    return usual.split()


def _ask(python: str, folder: Path, controller: Path | None = None) -> list[str]:
    """The two lines that ``ASK`` prints."""
    session = folder.parent / "session"
    env = environment.observed({**clean_environment(), "PYTHONDONTWRITEBYTECODE": "1"}, session, controller)
    env = {name: value.replace(str(FOLDER), str(folder)) for name, value in env.items()}
    out, err, code, _ = run([python, "-c", ASK], env, "", None, 60)
    assert (err, code) == ("", 0)
    return out.splitlines()


@everywhere()
def test_nothing_is_compiled_twice(python: str, copy: Path) -> None:
    assert _asked(python, copy) == ["compiled"]
    assert len(list(copy.rglob("*.code"))) == len(list(copy.rglob("boot/__pycache__/*.pyc"))) == 1
    assert _asked(python, copy) == []


@everywhere((3, 11))
def test_neither_is_what_a_program_is_held_by_which_is_a_part_of_its_own(python: str, copy: Path) -> None:
    _asked(python, copy)
    with Controller(copy.parent / "session") as controller:
        assert _ask(python, copy, controller.path)[0] == "compiled"
        assert _ask(python, copy, controller.path) == ["", "True"]
    assert [file.name.partition(".")[0] for file in sorted(copy.rglob("*.code"))] == ["agent", "hold"]


def test_a_part_that_is_being_edited_does_not_keep_the_rest_from_working(copy: Path) -> None:
    (copy / "hold_sets.py").write_text("(")
    with Controller(copy.parent / "session") as controller:
        usual, hooked = _ask(sys.executable, copy, controller.path)
    assert ({"compiled", "gates", "hold_locks"} <= set(usual.split()), hooked) == (True, "True")


def test_a_changed_source_is_compiled_again(copy: Path) -> None:
    _asked(sys.executable, copy)
    with (copy / "tasks.py").open("a") as source:
        source.write("\nfrom .. import never_imported\n")
    assert "compiled" in _ask(sys.executable, copy)[0]
    assert _ask(sys.executable, copy)[1] == "False"  # the hook of asyncio has failed


def test_a_copied_folder_does_not_use_the_code_of_the_other(copy: Path) -> None:
    _asked(sys.executable, copy)
    other = copy.parent / "other"
    shutil.copytree(copy, other)
    assert _asked(sys.executable, other) == ["compiled"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"("])
def test_a_broken_file_is_written_anew(content: bytes, copy: Path) -> None:
    _asked(sys.executable, copy)
    (file,) = copy.rglob("*.code")
    file.write_bytes(content)
    assert _asked(sys.executable, copy) == ["compiled"]
    assert _asked(sys.executable, copy) == []


def test_where_nothing_can_be_written_modules_are_imported_as_usual(copy: Path) -> None:
    (copy / "__pycache__").write_text("in the way")
    assert {"compiled", "log", "tasks"} <= set(_asked(sys.executable, copy))


def test_each_module_comes_after_those_it_imports() -> None:
    order = [name for part in compiled.PARTS.values() for names in part for name in names]
    for at, name in enumerate(order):
        assert set(_imported(name)) <= set(order[:at]), name


def _imported(name: str) -> Iterator[str]:
    """The agent's own modules that a module imports when it is imported."""
    for node in ast.parse((FOLDER / f"{name}.py").read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module] if node.module else [alias.name for alias in node.names]
