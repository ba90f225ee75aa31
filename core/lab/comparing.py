"""Running one piece of work under one model after another, each recorded into a session of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from concviz.core.insight.compare import Figures, figures
from concviz.core.lab import models
from concviz.core.lab.asked import Asked
from concviz.core.lab.server import slow_server
from concviz.core.launch import DEFAULT_HZ, target
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.recording import Recording
from concviz.core.session import files, folder
from concviz.core.session.alive import is_alive
from concviz.core.session.session import Session
from concviz.core.session.system_log import SystemLog
from concviz.core.text import clean

PROGRAM = Path(__file__).resolve().parent / "run.py"
_LOOK_S = 60.0
_POLL_S = 0.02
_MESSAGE = 300


class RunError(Exception):
    """A model could not do the work; the message says why in one line."""


class Stopped(Exception):
    """Whoever wanted the comparison wants it no more; what ran has been ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done under every model."""

    name: str
    words: tuple[str, ...]
    """What ``run.py`` is told to do."""
    size: int
    plain: bool
    coroutine: bool
    server_latency_s: float | None
    """Of the slow server that it needs; None: it needs none."""
    python: tuple[int, ...]
    """The version that was asked for."""
    limit_s: float
    """A run that takes longer is ended."""

    @property
    def latency_words(self) -> tuple[str, ...]:
        """The option for the latency of waits."""
        return () if self.server_latency_s is None else ("--latency", str(self.server_latency_s))


@dataclass(frozen=True, slots=True)
class Run:
    """One model's run: its figures, its session, and a checksum of its results."""

    model: str
    figures: Figures
    session: Path
    checksum: int | None
    window_ns: tuple[int, int]
    """When the work began and ended."""


def describe(asked: Asked, stop: threading.Event) -> Job:
    """Ask the program itself what there is to do.

    Raises:
        LaunchError: it cannot be done; the message says why.
        Stopped: ``stop`` was set.
    """
    found = target.parse([str(PROGRAM), *asked.words, "any", "--describe"], asked.python)
    with tempfile.TemporaryDirectory(prefix="concviz-") as kept:
        report = Path(kept) / "report"
        complaint = _finish([found.path, *found.argv[1:], "--report", str(report)], stop)
        said = _read(report)
    if said is None:
        raise LaunchError(f"{asked.name} cannot be looked at: {_last_line(complaint)}")
    if "error" in said:
        raise LaunchError(said["error"])
    return Job(
        asked.name, tuple(asked.words), said["size"], said["plain"], said["coroutine"],
        said["server_latency_s"], tuple(said["python"]), asked.limit_s,
    )


def _finish(command: Sequence[str], stop: threading.Event) -> bytes:
    """Run a command to its end, or to ours; return what it complained about."""
    with tempfile.TemporaryFile() as complaint:
        nothing = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=complaint) as process:
            try:
                late_s = time.monotonic() + _LOOK_S
                while process.poll() is None and time.monotonic() < late_s:
                    _pause(stop)
            finally:
                process.kill()
        complaint.seek(0)
        return complaint.read()


def _pause(stop: threading.Event) -> None:
    if stop.wait(_POLL_S):
        raise Stopped


@contextlib.contextmanager
def scenery(job: Job) -> Iterator[tuple[str, ...]]:
    """Start what all runs share, and give the options that tell them of it.

    The slow server stands outside of every session: what it uses is no model's.

    Raises:
        LaunchError: the server cannot be started.
    """
    if job.server_latency_s is None:
        yield ()
        return
    with contextlib.ExitStack() as around:
        try:
            port = around.enter_context(slow_server(job.server_latency_s))
        except (OSError, ValueError):  # it has not said where it listens
            raise LaunchError("the slow server cannot listen on 127.0.0.1: are all ports in use?") from None
        yield ("--port", str(port), *job.latency_words)


def run(
    job: Job, model: str, options: Sequence[str], python: str | None, begun: Callable[[Path], None],
    stop: threading.Event,
) -> Run:
    """Do the work once under a model.

    Args:
        options: from :func:`scenery`, and others for ``run.py``. python: the executable, None: the usual one.
        begun: told where the run is recorded. stop: ends it when set.

    Raises:
        RunError: the model could not do it.
        LaunchError: it could not be started or recorded.
        Stopped: ``stop`` was set.
    """
    with tempfile.TemporaryDirectory(prefix="concviz-") as kept:
        report = Path(kept) / "report"
        # The program's files lie in our folder: it is tidied away even if the program is killed.
        where = ("--folder", kept, "--report", str(report))
        words = [str(PROGRAM), *job.words, model, *options, *where]
        program = target.parse(words, python)._replace(name=f"{job.name}-{model}")
        session, status = _record(program, job.limit_s, begun, stop)
        said = _read(report)
    if said is None:
        raise RunError(f"the program ended without a result, status {status}: {_last_output(session)}")
    if "error" in said:
        raise RunError(clean(said["error"], _MESSAGE))
    read = read_session(session)
    measured = figures(read, SystemLog(session).read(0, said["ended_ns"]), said)
    return Run(model, measured, session, said["checksum"], (said["began_ns"], said["ended_ns"]))


def read_session(path: Path) -> Session:
    """A session that is over, read to its end."""
    recorder = folder.read_start(files.Folder(path)).recorder_pid
    while is_alive(recorder):  # it writes its last samples after the program's end
        time.sleep(_POLL_S)
    session = Session.open(path, alive=lambda pid, start_ticks: False)
    while session.advance(time.perf_counter_ns()):
        pass
    return session


def why_not(job: Job, model: str, free_threaded: str | None) -> str:
    """Why a model cannot take this work here, in words; '' where it can."""
    known = models.BY_NAME[model]
    return (
        models.lacks(known, plain=job.plain, coroutine=job.coroutine)
        or models.absent(known, job.python, free_threaded)
    )


def _record(
    program: target.Target, limit_s: float, begun: Callable[[Path], None], stop: threading.Event,
) -> tuple[Path, int]:
    """Run a program under observation, to its end or to ours; return its session and its status."""
    recording = Recording.start(program, hz=DEFAULT_HZ)
    late_s = time.monotonic() + limit_s
    try:
        begun(recording.session)
        while (status := recording.exit_status) is None:
            if time.monotonic() > late_s:
                raise RunError(f"it was still at work after {limit_s:g} s and was ended")
            _pause(stop)
    finally:
        if recording.exit_status is None:
            recording.end(grace_ms=500)
            while recording.exit_status is None:
                time.sleep(_POLL_S)
        recording.detach()
    return recording.session, status


def _read(report: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(report.read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _last_output(session: Path) -> str:
    try:
        return _last_line((session / "output.log").read_bytes())
    except OSError:
        return "it said nothing"


def _last_line(printed: bytes) -> str:
    lines = printed.decode("utf-8", "replace").strip().splitlines()
    return clean(lines[-1], _MESSAGE) if lines else "it said nothing"
