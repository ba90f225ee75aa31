"""Which Python runs the user's program, and whether it is one that can be observed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from concviz.core.launch.errors import LaunchError

OLDEST = (3, 9)
_PROBE = (  # runs on every Python there is, so that an old one can be refused by its version
    "import sys; i = getattr(sys, 'implementation', None);"
    "sys.stdout.write('%d.%d.%d ' % tuple(sys.version_info[:3]) + (i and i.name or 'cpython'))"
)
_PROBE_TIMEOUT_S = 20


class Interpreter(NamedTuple):
    """A Python executable; ``why`` says how it was chosen where that isn't obvious ('' otherwise)."""

    executable: str
    version: str
    why: str = ""


def choose(asked: str | None, env: Mapping[str, str]) -> Interpreter:
    """Return the Python for a script: as asked for, else the active venv's, else the one concviz runs on.

    Raises:
        LaunchError: the one asked for is missing, is no Python, too old or not CPython.
    """
    if asked is not None:
        return _probed(_found(asked), f"{asked} as asked for")
    venv = env.get("VIRTUAL_ENV", "")
    theirs = os.path.join(venv, "bin", "python")
    if venv and os.path.realpath(venv) != os.path.realpath(sys.prefix) and os.access(theirs, os.X_OK):
        return _probed(theirs, f"the active virtual environment's Python, {theirs}")
    return Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))


def _found(asked: str) -> str:
    import shutil

    path = shutil.which(asked)
    if path is None:
        raise LaunchError(f"there is no Python at '{asked}': --python takes a path, or a name on PATH")
    return os.path.abspath(path)


def _probed(executable: str, why: str) -> Interpreter:
    """Ask ``executable`` for its version; about 10 ms, because ``site`` stays out of it."""
    import subprocess

    try:
        answer = subprocess.run(
            [executable, "-E", "-S", "-c", _PROBE],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_TIMEOUT_S, check=True,
        ).stdout.decode("utf-8", "replace")
        version, implementation = answer.split()
        numbers = tuple(int(part) for part in version.split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        raise LaunchError(f"'{executable}' does not answer like a Python") from None
    if implementation != "cpython":
        raise LaunchError(f"'{executable}' is {implementation}: concviz observes CPython 3.9 and newer")
    if numbers < OLDEST:
        raise LaunchError(f"'{executable}' is Python {version}: concviz observes CPython 3.9 and newer")
    return Interpreter(executable, version, why)
