"""``concviz record``: run a program under observation and end exactly as it ended."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from concviz.core.launch import DEFAULT_HZ, environment, folder, spawn
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.radar import Radar
from concviz.core.launch.signals import JOB_STOPS, Signals, pass_on, stop_like
from concviz.core.launch.target import Target


def record(
    target: Target, session: Path, hz: int = DEFAULT_HZ, *,
    control: Path | None = None, env: Mapping[str, str] | None = None,
) -> int:
    """Run ``target`` with our own stdin, stdout and stderr, writing into the new folder ``session``.

    Args:
        target: the program.
        session: what ``folder.create`` or ``sessions.create`` returned.
        hz: how often to sample from outside; 0: not at all.
        control: the socket of a controller that may hold the program.
        env: variables that the program gets besides our own.

    Returns:
        The program's exit code, or minus the number of the signal that killed it (``signals.leave``
        ends the process by it).

    Raises:
        LaunchError: the system refuses to execute it.
    """
    signals = Signals()
    start_ns = time.perf_counter_ns()
    folder.write_start(session, target, captured=False, start_ns=start_ns)
    pid = spawn.beside_us(target, environment.observed({**os.environ, **(env or {})}, session, control))
    spawn.release_callers_files(keep=(2,) if os.isatty(2) else ())
    started(session, target, captured=False, start_ns=start_ns, pid=pid)
    if target.why:
        folder.note(session, f"python: {target.why}")
    radar = Radar(session, pid, hz)
    status = _wait(pid, signals)
    close(session, target, pid, status, radar)
    return status


def started(session: Path, target: Target, *, captured: bool, start_ns: int, pid: int) -> None:
    """Add what is known once the program runs; from here on trouble with the folder is only noted."""
    try:
        folder.write_start(session, target, captured=captured, start_ns=start_ns, pid=pid)
    except LaunchError as error:
        folder.note(session, str(error))


def _wait(pid: int, signals: Signals) -> int:
    """Wait until the program has ended, passing on signals and stopping with it; return its status."""
    poll = select.poll()
    poll.register(signals.fd, select.POLLIN)
    while True:
        status = reap(pid, when_stopped=stop_like)
        if status is not None:
            return status
        poll.poll()
        for number in signals.taken():
            pass_on(number, pid)


def reap(pid: int, when_stopped: Callable[[int], None]) -> int | None:
    """Return the status of the child ``pid`` if it has ended, without waiting.

    Args:
        pid: the child.
        when_stopped: called with ``pid`` if a terminal's job control has stopped it.
    """
    done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
    if not done:
        return None
    if os.WIFSTOPPED(status):
        if os.WSTOPSIG(status) in JOB_STOPS:
            when_stopped(pid)
        return None
    return os.waitstatus_to_exitcode(status)


def close(session: Path, target: Target, pid: int, status: int, radar: Radar) -> None:
    """Write how the program ended, then tidy up; a full disk doesn't change the program's status."""
    ended_ns = time.perf_counter_ns()
    try:
        folder.write_end(session, ended_ns, status)
    except OSError as error:
        folder.note(session, f"end.json cannot be written: {error.strerror}")
    radar.stop()
    _note_if_unseen(session, target, pid)
    from concviz.core.launch.trim import sizes, trim

    trim(session)
    try:
        folder.write_sizes(session, sizes(session))
    except OSError as error:
        folder.note(session, f"sizes.json cannot be written: {error.strerror}")


def _note_if_unseen(session: Path, target: Target, pid: int) -> None:
    """Say it where no agent has reported: a blank session must not look like an idle program."""
    try:
        logs = os.listdir(session / "events")
    except OSError:
        return
    if _was_refused(session):
        return
    if target.python is not None and not any(log.startswith(f"{pid}-") for log in logs):
        folder.note(session, "the program's Python has not loaded the agent: its tasks are not known")
    elif not logs:
        folder.note(session, "no Python in this program has loaded the agent: started with -I, -E or -S?")


def _was_refused(session: Path) -> bool:
    """Whether a Python has said itself that it cannot be observed: nothing is to be guessed then."""
    try:
        return b" be observed: " in (session / "log.txt").read_bytes()
    except OSError:
        return False
