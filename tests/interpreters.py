"""The CPythons of this machine on which the agent is tested: 3.9 to 3.14, one of each minor version."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

OLDEST, NEWEST = (3, 9), (3, 14)
_ASK = "import sys; print(sys.implementation.name, *sys.version_info[:3])"


class Interpreter(NamedTuple):
    """A Python that was found: its label ("3.12.1"), version and executable."""

    label: str
    version: tuple[int, ...]
    path: str


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/*/bin/python"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
    yield from sorted(uv.glob("cpython-*/bin/python3"))
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        found = shutil.which(f"python3.{minor}")
        if found:
            yield Path(found)


@functools.cache
def _ask(path: Path) -> tuple[str, tuple[int, ...]] | None:
    """Implementation and version of the Python at ``path``; None where it doesn't start."""
    try:
        answer = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    name, *version = answer.stdout.split() or [""]
    return (name, tuple(map(int, version))) if answer.returncode == 0 else None


@functools.cache
def found() -> tuple[Interpreter, ...]:
    """Every supported CPython, oldest first; the Python that runs the tests stands for its own version."""
    chosen: dict[tuple[int, ...], Interpreter] = {}
    for path in _candidates():
        name, version = _ask(path) or ("", ())
        if name == "cpython" and OLDEST <= version[:2] <= NEWEST and version[:2] not in chosen:
            chosen[version[:2]] = Interpreter(".".join(map(str, version)), version, str(path))
    return tuple(chosen[key] for key in sorted(chosen))


@functools.cache
def refused() -> tuple[Interpreter, ...]:
    """Pythons that the agent must refuse in one line: older ones than 3.9."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    answers = [(path, _ask(path)) for path in sorted(root.glob("versions/*/bin/python"))]
    old = [(path, answer[1]) for path, answer in answers if answer and answer[1] < OLDEST]
    old += [(path, _ask_two(path)) for path in sorted(root.glob("versions/2.*/bin/python"))]
    return tuple(Interpreter(".".join(map(str, version)), version, str(path)) for path, version in old)


def _ask_two(path: Path) -> tuple[int, ...]:
    """Version of a Python 2, which knows neither ``-I`` nor ``sys.implementation``."""
    ask = "import sys; print(' '.join(map(str, sys.version_info[:3])))"
    answer = subprocess.run([path, "-c", ask], capture_output=True, text=True, timeout=60)
    return tuple(map(int, answer.stdout.split()))


def everywhere(since: tuple[int, int] = OLDEST) -> pytest.MarkDecorator:
    """Parametrise a test over ``python`` (an executable): all interpreters found, from ``since`` on."""
    chosen = [i for i in found() if i.version[:2] >= since]
    return pytest.mark.parametrize("python", [pytest.param(i.path, id=i.label) for i in chosen])
