"""The vocabulary of the agent's tests: run a real program under the agent and read what it wrote.

The logs are decoded strictly, by ``core/agent/layout.py`` alone: anything that does not fit fails the
test. (The reader in ``core/session`` is forgiving, so it can't be the judge here.)

    seen = observe("import time; time.sleep(.01)", python)
    assert [b.op for b in seen.log.blocks()] == ["sleep"]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from concviz.core.launch import environment
from tests.at_once import at_once
from tests.core.agent.decode import Log, read_log


@dataclass(frozen=True)
class Observed:
    """One run of a program under the agent."""

    stdout: str
    stderr: str
    code: int  # as Popen.returncode: negative for a signal
    pid: int
    logs: tuple[Log, ...]  # of every process and interpreter, in the order in which they were opened
    said: str  # the session's log.txt

    @property
    def log(self) -> Log:
        """The first log of the program's own process."""
        return next(log for log in self.logs if log.pid == self.pid)

    def of(self, pid: int) -> Log:
        """The last log of process ``pid``."""
        return [log for log in self.logs if log.pid == pid][-1]

    @property
    def children(self) -> tuple[Log, ...]:
        """The logs of all processes but the first."""
        return tuple(log for log in self.logs if log.pid != self.pid)

    def notes(self) -> list[tuple[str, str]]:
        """(topic, message) of every note of every process."""
        return [(n.topic, n.message) for log in self.logs for n in log.of("Note")]

    def ok(self) -> Observed:
        """Self, having checked that the program ended well, with whole records and no hook switched off."""
        assert self.code == 0, self.stderr
        assert not any(log.holes for log in self.logs)
        off = [note for note in self.notes() if "switched off" in note[1]]
        assert not off, off
        return self


def observe(
    program: str | Path | Sequence[str],
    python: str = sys.executable,
    *args: str,
    flags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    session: Path | None = None,
    cwd: Path | None = None,
    timeout: float = 120,
) -> Observed:
    """Run a program to its end under the agent.

    Args:
        program: source text, the path of a script, or whole arguments for Python (``["-m", "timeit"]``).
        python: the interpreter. args: the program's arguments. flags: options of Python itself.
        env: variables on top of the test's own. session: a folder to keep (default: a temporary one).
        timeout: seconds until the program is killed and the test fails.
    """
    with tempfile.TemporaryDirectory(prefix="concviz-test-") as made:
        folder = session or Path(made) / "session"
        (folder / "events").mkdir(parents=True, exist_ok=True)
        command = [python, *flags, *_target(program, Path(made)), *args]
        variables = environment.observed({**clean_environment(), **(env or {})}, folder)
        done = run(command, variables, stdin, cwd, timeout)
        said = folder / "log.txt"
        return Observed(*done, read_logs(folder), said.read_text() if said.exists() else "")


def bare(
    program: str | Path | Sequence[str],
    python: str = sys.executable,
    *args: str,
    flags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    cwd: Path | None = None,
    timeout: float = 120,
) -> tuple[str, str, int]:
    """Run a program without the agent: (stdout, stderr, code), to compare with ``observe``."""
    with tempfile.TemporaryDirectory(prefix="concviz-test-") as made:
        command = [python, *flags, *_target(program, Path(made)), *args]
        return run(command, {**clean_environment(), **(env or {})}, stdin, cwd, timeout)[:3]


def both(
    program: str | Path | Sequence[str], python: str = sys.executable, *args: str, **how: Any
) -> tuple[Observed, tuple[str, str, int]]:
    """Run a program with the agent and without, at once: what ``observe`` and ``bare`` return."""
    seen, without = at_once([
        partial(observe, program, python, *args, **how), partial(bare, program, python, *args, **how),
    ])
    return seen, without


def clean_environment() -> dict[str, str]:
    """The test's environment without what would observe it or change a child Python."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("CONCVIZ_", "PYTHON", "COVERAGE"))}


def _target(program: str | Path | Sequence[str], folder: Path) -> list[str]:
    if isinstance(program, str):
        script = folder / "program.py"
        script.write_text(textwrap.dedent(program))
        return [str(script)]
    return [str(program)] if isinstance(program, Path) else list(program)


def run(
    command: Sequence[str], env: Mapping[str, str], stdin: str, cwd: Path | None, timeout: float
) -> tuple[str, str, int, int]:
    """Run a command in a process group of its own, which is gone afterwards: (stdout, stderr, code, pid)."""
    pipe: Any = subprocess.PIPE
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(env), cwd=cwd, text=True,
        errors="backslashreplace", start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    return out, err, process.returncode, process.pid


def read_logs(session: Path) -> tuple[Log, ...]:
    """Every log in a session folder, in the order in which they were opened."""
    return tuple(sorted(_logs(session), key=lambda log: log.opened_ns))


def _logs(session: Path) -> Iterator[Log]:
    for path in (session / "events").glob("*.events"):
        if not path.read_bytes().strip(b"\0"):  # its process was killed before it wrote the header
            continue
        log = read_log(path)
        pid, interpreter, opened = path.stem.split("-")
        assert (int(pid), int(interpreter), int(opened, 16)) == (log.pid, log.interpreter, log.opened_ns)
        yield log
