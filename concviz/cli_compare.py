"""``concviz compare``: the same work under every model, one after another, and the figures side by side."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Never

from concviz.core.lab import comparing, free_threaded, models, workloads
from concviz.core.lab.comparing import Job, RunError
from concviz.core.lab.comparison import Comparison
from concviz.core.launch.errors import LaunchError

_CLEAR = "\r\x1b[K"


def compare(options: argparse.Namespace) -> int:
    """Compare what was asked for and print it; return the exit code.

    Raises:
        LaunchError: it cannot be done; the message says why in one line.
        KeyboardInterrupt: it was interrupted; nothing is left running.
    """
    signal.signal(signal.SIGTERM, _ended)
    wanted = _models(options.models)
    job, fitting, why_others_not = _work(options)
    found = Comparison(job.name, wanted, _cores())
    without_gil = free_threaded.find() if "free-threaded" in wanted else None
    try:
        with comparing.scenery(job) as around:
            for model in wanted:
                misfit = "" if model in fitting else why_others_not
                missing = misfit or comparing.why_not(job, model, without_gil)
                if missing:
                    found.leave_out(model, missing)
                else:
                    _measure(found, job, model, around, without_gil, options.repeat)
    finally:
        _clear()
    if not found.runs:
        raise LaunchError(_why_nothing(found))
    _show(found, as_json=options.json)
    return 0


def _work(options: argparse.Namespace) -> tuple[Job, Sequence[str], str]:
    """What is to be done, the models that it makes sense under, and why the others do not."""
    if bool(options.workload) == bool(options.call):
        known = ", ".join(workloads.NAMES)
        raise LaunchError(f"say what to compare: a function of yours with --call and --items, or {known}")
    asked = {"asked": options.python, "workers": options.workers, "limit_s": options.limit}
    if options.call:
        if not options.items or options.size or options.latency is not None:
            raise LaunchError("--call takes --items FILE or --items 0:100, no --size and no --latency")
        calls = [word for call in options.call for word in ("--call", call)]
        words = [*calls, f"--items={options.items}"]
        return comparing.describe(" ".join(options.call), words, **asked), models.NAMES, ""
    if options.items:
        raise LaunchError("--items goes with --call; a workload takes --size")
    _known(options.workload, workloads.NAMES, "workload")
    words = [options.workload]
    if options.size is not None:
        words += ["--size", str(options.size)]
    if options.latency is not None:
        words += ["--latency", str(options.latency)]
    workload = workloads.BY_NAME[options.workload]
    return comparing.describe(workload.name, words, **asked), workload.models, workload.why_others_not


def _models(text: str | None) -> list[str]:
    """The models that were asked for, in their usual order: a comparison begins with what it is against."""
    if text is None:
        return list(models.NAMES)
    asked = [name.strip() for name in text.split(",")]
    for name in asked:
        _known(name, models.NAMES, "model")
    return [name for name in models.NAMES if name in asked]


def _known(name: str, names: Sequence[str], what: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        meant = f", did you mean {near[0]}?" if near else ":"
        raise LaunchError(f"there is no {what} '{name}'{meant} There are {', '.join(names)}")


def _measure(
    found: Comparison, job: Job, model: str, around: Sequence[str], without_gil: str | None, repeat: int,
) -> None:
    """Run a model as often as was asked; one that fails is left out, with the reason."""
    for number in range(1, repeat + 1):
        again = f", run {number} of {repeat}" if repeat > 1 else ""
        _say(f"{found.models.index(model) + 1}/{len(found.models)} {job.name} by {model}{again} …")
        try:
            found.add(comparing.run(job, model, around, without_gil))
        except RunError as error:
            found.leave_out(model, str(error))
            return


def _why_nothing(found: Comparison) -> str:
    """One line for the case that no model could do it: the first reason that is the work's own."""
    model, why = next(iter(found.absent.items()))
    return f"no model could do {found.name}; {model}: {why}"


def _show(found: Comparison, *, as_json: bool) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends quietly in `| head`, as other filters do
    if as_json:
        print(json.dumps(found.as_json(), indent=1, allow_nan=False))
        return
    from rich.console import Console

    from concviz.cli_compare_table import shown

    console = Console(highlight=False)
    console.print(shown(found, console.width, plain=console.no_color or not console.color_system))


def _cores() -> int:
    """How many cores the runs may use: those that we may."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _say(text: str) -> None:
    """Tell the progress: on a terminal in one line that changes."""
    if sys.stderr is None:  # the caller has closed it
        return
    first, last = (_CLEAR, "") if sys.stderr.isatty() else ("", "\n")
    print(first + text, end=last, file=sys.stderr, flush=True)


def _clear() -> None:
    """Take the progress off the terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        print(_CLEAR, end="", file=sys.stderr, flush=True)


def _ended(number: int, frame: FrameType | None) -> Never:
    """Leave in good order, so that the program under observation is ended, too."""
    raise SystemExit(128 + number)
