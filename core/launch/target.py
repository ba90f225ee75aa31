"""TARGET of the command line: the program to observe, checked before anything starts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from concviz.core.launch import python
from concviz.core.launch.errors import NO_SESSION, NOT_EXECUTABLE, NOT_FOUND, LaunchError
from concviz.core.session.folder import JSON_LIMIT, SessionError


class Target(NamedTuple):
    """A program that can be started."""

    path: str
    """The file to execute."""
    argv: tuple[str, ...]
    """Its arguments, ``argv[0]`` first, exactly as the program would get them without concviz."""
    name: str
    """What people call it: the script's, module's or command's name."""
    python: str | None
    """Version of the Python that runs it; None for a command, which says so itself once it runs."""
    why: str = ""
    """How its Python was chosen, where that isn't obvious."""


def parse(words: Sequence[str], asked: str | None = None, env: Mapping[str, str] | None = None) -> Target:
    """Return the program that ``words`` name: ``script …``, ``-m module …``, ``-c code …``, ``-- command …``.

    Args:
        words: TARGET as typed, split into words.
        asked: ``--python``: the interpreter for a script, module or code.
        env: the environment to look up PATH and VIRTUAL_ENV in; the process's own by default.

    Raises:
        LaunchError: it cannot be started; the message is one line.
    """
    env = os.environ if env is None else env
    if not words or words == ["--"]:
        raise LaunchError("say what to run: script.py args…, -m module args…, -c code, or -- command args…")
    if words[0] == "--":
        if asked is not None:
            raise LaunchError("--python chooses the Python of a script; a command after -- brings its own")
        return _command(words[1:], env)
    name = _option_name(words) if words[0][:2] in ("-m", "-c") else _script_name(words, env)
    chosen = python.choose(asked, env)
    return Target(chosen.executable, (chosen.executable, *words), name, chosen.version, chosen.why)


def again(session: Path) -> Target:
    """Return the program of a recorded session, as it was started; also goes to the folder it was started in.

    Raises:
        LaunchError: the session does not say, or the program is not there any more.
    """
    from concviz.core.session.packed import opened  # brings NumPy

    try:
        files = opened(session)
        start = json.loads(files.read(files.root / "session.json", JSON_LIMIT, 0))
        command, name, cwd = [str(word) for word in start["command"]], str(start["name"]), start["cwd"]
        version = None if start["python"] is None else str(start["python"])
        if cwd is not None:
            os.chdir(cwd)
    except (OSError, ValueError, TypeError, KeyError, SessionError):
        raise LaunchError(f"'{session}' does not say what was run, and where", NO_SESSION) from None
    first = command[0] if command else ""
    path = first if os.sep in first else _which(first, os.environ)
    if path is None or not os.access(path, os.X_OK):
        raise LaunchError(f"the program of '{session}' is not there any more", NOT_FOUND)
    return Target(path, tuple(command), name, version)


def _option_name(words: Sequence[str]) -> str:
    option, value = words[0][:2], words[0][2:] or (words[1] if len(words) > 1 else "")
    if len(words) == 1 and not words[0][2:]:
        raise LaunchError(f"{option} needs {'a module' if option == '-m' else 'code'} after it")
    return value if option == "-m" else "python-c"


def _script_name(words: Sequence[str], env: Mapping[str, str]) -> str:
    script = words[0]
    if script == "-":
        return "stdin"
    if os.path.isdir(script):
        if not os.path.isfile(os.path.join(script, "__main__.py")):
            raise LaunchError(f"'{script}' is a folder without a __main__.py: name a script in it")
    elif not os.path.exists(script):
        raise LaunchError(_missing(words, env))
    elif not os.access(script, os.R_OK):
        raise LaunchError(f"'{script}' cannot be read: permission denied")
    elif os.access(script, os.X_OK) and _is_program(script):
        raise LaunchError(f"'{script}' is no Python script; to run it as a command: -- {_quoted(words)}")
    name = os.path.basename(os.path.abspath(script))
    return name.removesuffix(".py") or name


def _missing(words: Sequence[str], env: Mapping[str, str]) -> str:
    script = words[0]
    if os.sep not in script and _which(script, env) is not None:
        return f"there is no file '{script}' here; to run the command of that name: -- {_quoted(words)}"
    return f"there is no file '{script}'"


def _quoted(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(words)


def _is_program(path: str) -> bool:
    """True for a binary, or a text whose first line names an interpreter that is no Python."""
    try:
        with open(path, "rb") as file:
            first = file.readline(200)
        if first.startswith(b"#!"):
            return b"python" not in first and b"pypy" not in first
        # a zip file, which Python runs, may have a first line for the shell before it
        return first.startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"))
    except OSError:
        return False


def _command(words: Sequence[str], env: Mapping[str, str]) -> Target:
    command = words[0]
    path = command if os.sep in command else _which(command, env)
    if not command or path is None:
        raise LaunchError(f"there is no command '{command}' on PATH", NOT_FOUND)
    if not os.path.exists(path):
        raise LaunchError(f"there is no file '{path}'", NOT_FOUND)
    if os.path.isdir(path):
        raise LaunchError(f"'{path}' is a folder, not a command", NOT_EXECUTABLE)
    if not os.access(path, os.X_OK):
        raise LaunchError(f"'{path}' is not executable (leave out the -- for a script)", NOT_EXECUTABLE)
    return Target(path, tuple(words), os.path.basename(command), None)


def _which(command: str, env: Mapping[str, str]) -> str | None:
    """Return the first executable file named ``command`` on PATH, as a shell would."""
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or os.curdir, command)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None
