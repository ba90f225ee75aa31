"""Every model on the same work, one after another: what the command line and the screen have in common."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from concviz.core.lab import comparing, free_threaded, models, workloads
from concviz.core.lab.asked import Asked
from concviz.core.lab.comparing import Job, RunError
from concviz.core.lab.comparison import Comparison
from concviz.core.launch.errors import LaunchError


class Stage(NamedTuple):
    """How far a comparison has come."""

    found: Comparison
    """What is known so far."""
    model: str = ""
    """The model that runs now; '' between two of them."""
    number: int = 0
    """Which of its runs that is, from 1 on."""
    session: Path | None = None
    """Where that run is recorded, once it has begun."""


def compare(
    asked: Asked, tell: Callable[[Stage], None], stop: threading.Event | None = None,
) -> Comparison:
    """Run every model that was asked for.

    Args:
        asked: what to compare.
        tell: called whenever something has changed, in the caller's thread.
        stop: set it, and the run in progress is ended and its files are removed.

    Raises:
        LaunchError: it cannot be done; the message says why in one line.
        comparing.Stopped: ``stop`` was set.
    """
    asked.check()
    stop = stop or threading.Event()
    job, fitting, why_others_not = _work(asked, stop)
    found = Comparison(job.name, asked.models, cores(), asked.repeat)
    tell(Stage(found))
    without_gil = free_threaded.find() if "free-threaded" in asked.models else None
    with comparing.scenery(job) as around:
        for model in asked.models:
            misfit = "" if model in fitting else why_others_not
            missing = misfit or comparing.why_not(job, model, without_gil)
            if missing:
                found.leave_out(model, missing)
            else:
                python = without_gil if model == "free-threaded" else asked.python
                _measure(found, job, model, (*around, *_workers(asked)), python, tell, stop)
            tell(Stage(found))
    if not found.runs:
        model, why = next(iter(found.absent.items()))
        raise LaunchError(f"no model could do {found.name}; {model}: {why}")
    return found


def cores() -> int:
    """How many cores the runs may use: those that we may."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _workers(asked: Asked) -> tuple[str, ...]:
    return () if asked.workers is None else ("--workers", str(asked.workers))


def _work(asked: Asked, stop: threading.Event) -> tuple[Job, Sequence[str], str]:
    """What is to be done, the models that it makes sense under, and why the others do not."""
    job = comparing.describe(asked, stop)
    if asked.calls:
        return job, models.NAMES, ""
    workload = workloads.BY_NAME[asked.workload]
    return job, workload.models, workload.why_others_not


def _measure(
    found: Comparison, job: Job, model: str, options: Sequence[str], python: str | None,
    tell: Callable[[Stage], None], stop: threading.Event,
) -> None:
    """Run a model as often as was asked; one that fails is left out, with the reason."""
    for number in range(1, found.repeat + 1):
        tell(Stage(found, model, number))

        def begun(session: Path, number: int = number) -> None:
            tell(Stage(found, model, number, session))

        try:
            found.add(comparing.run(job, model, options, python, begun, stop))
        except RunError as error:
            found.leave_out(model, str(error))
            return
