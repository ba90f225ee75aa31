"""What each command does. Heavy modules are imported where they are needed."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from concviz import cli_pack
from concviz.core.launch.errors import NO_SESSION, USAGE, LaunchError
from concviz.core.launch.signals import leave
from concviz.core.launch.target import Target, parse
from concviz.core.text import clean

if TYPE_CHECKING:
    from concviz.core.control.controller import Controller
    from concviz.core.launch.recording import Recording

_MESSAGE_LIMIT = 1000


def run(options: argparse.Namespace) -> int:
    """Carry out the command that was asked for and return the exit code; trouble is told in one line."""
    try:
        return _COMMANDS[options.command](options)
    except LaunchError as error:
        return complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return leave(-signal.SIGINT)


def complain(message: str, exit_code: int) -> int:
    """Say on stderr, in one line, what is wrong."""
    if sys.stderr is not None:  # it is None where the caller has closed it
        print(f"concviz: {clean(message, _MESSAGE_LIMIT)}", file=sys.stderr)
    return exit_code


def _home(options: argparse.Namespace) -> int:
    _need_terminal("concviz --help lists what works without one")
    return _show(None, None, options)


def _show(session: Path | None, recording: Recording | None, options: argparse.Namespace) -> int:
    """Open the screen; the result is the program's exit code, where it has watched one."""
    from concviz.core.session.session import SessionError
    from concviz.tui import app

    try:
        return app.run(session, recording, options.screenshots)
    except SessionError as error:
        return complain(str(error), NO_SESSION)


def _run(options: argparse.Namespace) -> int:
    _need_terminal("concviz record works without one")
    return _watch(parse(options.target, options.python), options)


def _watch(
    target: Target, options: argparse.Namespace, controlled: Callable[[Path], Controller] | None = None,
) -> int:
    """Start ``target`` and show it; the result is its exit code, or 128 + the signal's number.

    Args:
        target: the program. options: of the command line.
        controlled: makes its controller; by default one that lets it run.
    """
    from concviz.core.control.controller import Controller
    from concviz.core.launch.recording import Recording

    rows, columns = _panel_size()
    place = cli_pack.Place(getattr(options, "output", None))
    recording = Recording.start(
        target, place.folder, rows=rows, columns=columns, controlled=controlled or Controller,
        **_rate(options),
    )
    try:
        return _show(recording.session, recording, options)
    finally:
        over = recording.exit_status is not None
        recording.detach()
        if over:
            place.finish(recording.session)
        elif place.packed:
            complain(f"not packed, for it still runs: concviz pack {recording.session} -o {place.packed}", 0)


def _rate(options: argparse.Namespace) -> dict[str, int]:
    return {"hz": options.hz} if "hz" in options else {}


def _panel_size() -> tuple[int, int]:
    """A first size for the program's terminal; the screen sets the real one when it knows it."""
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return max(1, rows), max(1, columns)


def _record(options: argparse.Namespace) -> int:
    from concviz.core.launch.recorder import record
    target = parse(options.target, options.python)
    place = cli_pack.Place(options.output)
    session = place.create(target.name)
    says_where = options.output is None and os.isatty(2)
    stderr = os.dup(2) if place.packed and sys.stderr is not None else 2  # the recorder lets go of a pipe
    status = record(target, session, options.hz)
    if says_where:
        complain(f"recorded in {session}", 0)
    place.finish(session, stderr)
    return leave(status)


def _replay(options: argparse.Namespace) -> int:
    _need_terminal("concviz stats works without one")
    return _show(options.session, None, options)


def _stats(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends quietly in `| head`, as other filters do
    from concviz import cli_stats
    from concviz.core.session.session import SessionError

    try:
        cli_stats.show(options.session, as_json=options.json)
    except SessionError as error:
        return complain(str(error), NO_SESSION)
    return 0


def _step(options: argparse.Namespace) -> int:
    from concviz import cli_step

    if options.headless:
        return cli_step.headless(options)
    _need_terminal("concviz step --headless works without one")
    target, controlled = cli_step.prepared(options)
    return _watch(target, options, controlled)


def _lab(options: argparse.Namespace) -> int:
    from concviz.core.lab.catalog import EXPERIMENTS

    if options.name is None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for experiment in EXPERIMENTS:
            print(f"{experiment.key:18} {experiment.title}")
        return 0
    for experiment in EXPERIMENTS:
        if experiment.key == options.name:
            _need_terminal(f"concviz record {experiment.path} works without one")
            from concviz.core.control.starting import held_from_start

            program = parse([str(experiment.path), *experiment.args])
            return _watch(program, options, held_from_start if experiment.held else None)
    raise LaunchError(f"there is no experiment '{options.name}': concviz lab lists them", USAGE)


def _compare(options: argparse.Namespace) -> int:
    from concviz import cli_compare

    if options.screen:
        _need_terminal("without --screen it prints")
        from concviz.tui import app

        return app.run(screenshots=options.screenshots, comparison=cli_compare.asked_for(options))
    return cli_compare.compare(options)


def _sessions(options: argparse.Namespace) -> int:
    from concviz import cli_sessions

    return cli_sessions.sessions(options)


def _need_terminal(instead: str) -> None:
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise LaunchError(f"this needs a terminal; {instead}", USAGE)


_COMMANDS = {
    "home": _home, "run": _run, "record": _record, "replay": _replay, "stats": _stats, "lab": _lab,
    "step": _step, "compare": _compare, "pack": cli_pack.pack, "unpack": cli_pack.unpack,
    "sessions": _sessions,
}
