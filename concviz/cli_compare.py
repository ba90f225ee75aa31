"""``concviz compare``: the same work under every model, one after another, and the figures side by side."""

from __future__ import annotations

import argparse
import json
import signal
import sys

from concviz.core.lab import asked, compare_run
from concviz.core.lab.asked import Asked
from concviz.core.lab.compare_run import Stage
from concviz.core.lab.comparison import Comparison
from concviz.core.launch.signals import end_in_good_order

_CLEAR = "\r\x1b[K"


def compare(options: argparse.Namespace) -> int:
    """Compare what was asked for and print it; return the exit code.

    Raises:
        LaunchError: it cannot be done; the message says why in one line.
        KeyboardInterrupt: it was interrupted; nothing is left running.
    """
    end_in_good_order()
    try:
        found = compare_run.compare(asked_for(options), _tell)
    finally:
        _clear()
    _show(found, as_json=options.json)
    return 0


def asked_for(options: argparse.Namespace) -> Asked:
    """The options as what is to be compared.

    Raises:
        LaunchError: they cannot be; the message says why.
    """
    wanted = Asked(
        options.workload or "", asked.which_models(options.models or ""), options.repeat, options.size,
        options.latency, options.workers, tuple(options.call or ()), options.items or "", options.limit,
        options.python,
    )
    if wanted.name or not options.screen:
        wanted.check()
    return wanted


def _tell(stage: Stage) -> None:
    """Say which run begins."""
    found, model = stage.found, stage.model
    if not model or stage.session is not None:
        return
    again = f", run {stage.number} of {found.repeat}" if found.repeat > 1 else ""
    _say(f"{found.models.index(model) + 1}/{len(found.models)} {found.name} by {model}{again} …")


def _show(found: Comparison, *, as_json: bool) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends quietly in `| head`, as other filters do
    if as_json:
        print(json.dumps(found.as_json(), indent=1, allow_nan=False))
        return
    from rich.console import Console

    from concviz.cli_compare_table import shown

    console = Console(highlight=False)
    console.print(shown(found, console.width, plain=console.no_color or not console.color_system))


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

