"""TARGET: what is accepted, what it turns into, and one clear line for everything else."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from concviz.core.launch.errors import LaunchError
from concviz.core.launch.target import parse
from tests import interpreters

ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one of everything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text("print(1)")
    (tmp_path / "plain").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text("print(2)")
    with zipfile.ZipFile("bundle.pyz", "w") as archive:
        archive.writestr("__main__.py", "print(3)")
    (tmp_path / "notes.txt").write_text("not for execution")
    (tmp_path / "tool.sh").write_text("#!/bin/sh\n")
    (tmp_path / "tool.sh").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("words", "name"), [
    (["app.py"], "app"),
    (["./app.py", "--help", "-o", "x"], "app"),
    (["package"], "package"),
    (["bundle.pyz"], "bundle.pyz"),
    (["-m", "http.server", "0"], "http.server"),
    (["-mtimeit"], "timeit"),
    (["-c", "print(1)", "a"], "python-c"),
    (["-"], "stdin"),
])
def test_what_python_runs_is_handed_to_it_as_typed(here: Path, words: list[str], name: str) -> None:
    target = parse(words, env=ENV)
    assert target.path == sys.executable
    assert target.argv == (sys.executable, *words)
    assert target.name == name
    assert target.python == ".".join(map(str, sys.version_info[:3]))
    assert target.why == ""


def test_a_command_is_found_on_path_and_keeps_its_own_name(here: Path) -> None:
    target = parse(["--", "tool.sh", "-c", "x"], env={"PATH": f"/nowhere{os.pathsep}{here}"})
    assert target.path == str(here / "tool.sh")
    assert target.argv == ("tool.sh", "-c", "x")
    assert (target.name, target.python) == ("tool.sh", None)


@pytest.mark.parametrize(("words", "says", "code"), [
    ([], "say what to run", 2),
    (["--"], "say what to run", 2),
    (["-m"], "-m needs a module", 2),
    (["-c"], "-c needs code", 2),
    (["missing.py"], "there is no file 'missing.py'", 2),
    (["plain"], "'plain' is a folder without a __main__.py", 2),
    (["tool.sh", "a b"], "to run it as a command: -- tool.sh 'a b'", 2),
    (["sh", "-c", "true"], "to run the command of that name: -- sh -c true", 2),
    (["--", "no-such-command-anywhere"], "no command 'no-such-command-anywhere' on PATH", 127),
    (["--", "./missing"], "there is no file './missing'", 127),
    (["--", ""], "no command ''", 127),
    (["--", "./plain"], "'./plain' is a folder", 126),
    (["--", "./notes.txt"], "'./notes.txt' is not executable", 126),
])
def test_what_cannot_be_run_is_refused_in_one_line(
    here: Path, words: list[str], says: str, code: int,
) -> None:
    with pytest.raises(LaunchError) as refused:
        parse(words, env=ENV)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_script_is_refused(here: Path) -> None:
    (here / "app.py").chmod(0)
    with pytest.raises(LaunchError, match="cannot be read"):
        parse(["app.py"], env=ENV)


@interpreters.everywhere()
def test_a_python_asked_for_runs_the_script(here: Path, python: str) -> None:
    target = parse(["app.py"], asked=python, env=ENV)
    version = next(i.version for i in interpreters.found() if i.path == python)
    assert target.path == python
    assert target.python == ".".join(map(str, version))


@pytest.mark.parametrize("old", interpreters.refused() or [pytest.param(None, marks=pytest.mark.skip)])
def test_a_python_too_old_is_refused_by_its_version(here: Path, old: interpreters.Interpreter) -> None:
    with pytest.raises(LaunchError, match=rf"is Python {old.label}: concviz observes CPython 3\.9"):
        parse(["app.py"], asked=old.path, env=ENV)


@pytest.mark.parametrize(("asked", "says"), [
    ("/nowhere/python", "there is no Python at '/nowhere/python'"),
    ("true", "does not answer like a Python"),
    ("false", "does not answer like a Python"),
])
def test_what_is_no_python_is_refused(here: Path, asked: str, says: str) -> None:
    with pytest.raises(LaunchError, match=says):
        parse(["app.py"], asked=asked, env=ENV)


def test_another_implementation_is_refused_by_its_name(here: Path) -> None:
    other = here / "pypy"
    other.write_text("#!/bin/sh\nprintf '3.10.14 pypy'\n")
    other.chmod(0o755)
    with pytest.raises(LaunchError, match="is pypy: concviz observes CPython"):
        parse(["app.py"], asked=str(other), env=ENV)


def test_python_of_a_command_is_its_own_business(here: Path) -> None:
    with pytest.raises(LaunchError, match="a command after -- brings its own"):
        parse(["--", "true"], asked=sys.executable, env=ENV)


def test_the_active_virtual_environment_is_chosen_and_said(here: Path) -> None:
    binaries = here / "venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(os.path.realpath(sys.executable))
    target = parse(["app.py"], env={**ENV, "VIRTUAL_ENV": str(here / "venv")})
    assert target.path == str(binaries / "python")
    assert str(binaries / "python") in target.why


def test_our_own_virtual_environment_needs_no_words(here: Path) -> None:
    target = parse(["app.py"], env={**ENV, "VIRTUAL_ENV": sys.prefix})
    assert (target.path, target.why) == (sys.executable, "")
