"""What each command does. Heavy modules are imported where they are needed."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from concviz import cli_pack
from concviz.cli_web import page_size
from concviz.core.language import _
from concviz.core.launch.errors import NO_SESSION, USAGE, LaunchError
from concviz.core.launch.signals import Ended, end_in_good_order, leave
from concviz.core.launch.target import Target, parse
from concviz.core.text import clean

if TYPE_CHECKING:
    from concviz.core.control.controller import Controller
    from concviz.core.insight.moment import Kind
    from concviz.core.launch.recording import Recording

_MESSAGE_LIMIT = 1000


def run(options: argparse.Namespace) -> int:
    """Carry out the command that was asked for and return the exit code; trouble is told in one line."""
    try:
        options.page_size = page_size()
        return _COMMANDS[options.command](options)
    except LaunchError as error:
        return complain(str(error), error.exit_code)
    except Ended as ended:
        return leave(-ended.number)
    except KeyboardInterrupt:
        return leave(-signal.SIGINT)


def complain(message: str, exit_code: int) -> int:
    """Say on stderr, in one line, what is wrong."""
    if sys.stderr is not None:  # it is None where the caller has closed it
        print(f"concviz: {clean(message, _MESSAGE_LIMIT)}", file=sys.stderr)
    return exit_code


def _home(options: argparse.Namespace) -> int:
    _need_terminal(options, "concviz --help lists what works without one")
    return _show(None, None, options)


def _show(
    session: Path | None, recording: Recording | None, options: argparse.Namespace,
    looked_for: Sequence[Kind] = (),
) -> int:
    """Open the screen; the result is the program's exit code, where it has watched one."""
    from concviz.core.session.session import SessionError
    from concviz.tui import start

    try:
        return start.run(
            session, recording, options.screenshots, size=options.page_size, looked_for=looked_for
        )
    except SessionError as error:
        return complain(str(error), NO_SESSION)


def _run(options: argparse.Namespace) -> int:
    target = parse(options.target, options.python)
    _need_terminal(options, "concviz record works without one")
    return _watch(target, options)


def _watch(
    target: Target, options: argparse.Namespace, controlled: Callable[[Path], Controller] | None = None,
    looked_for: Sequence[Kind] = (),
) -> int:
    """Start ``target`` and show it; the result is its exit code, or 128 + the signal's number.

    Args:
        target: the program. options: of the command line.
        controlled: makes its controller; by default one that lets it run.
        looked_for: kinds of moments that matter most in it.
    """
    from concviz.core.control.controller import Controller
    from concviz.core.launch.recording import Recording

    rows, columns = _panel_size(options)
    place = cli_pack.Place(getattr(options, "output", None))
    recording = Recording.start(
        target, place.folder, rows=rows, columns=columns, controlled=controlled or Controller,
        **_rate(options),
    )
    recording.becomes = place.packed
    try:
        return _show(recording.session, recording, options, looked_for)
    finally:
        over = recording.exit_status is not None
        recording.detach()
        if over:
            place.finish(recording.session)
        elif place.packed:
            complain(f"not packed, for it still runs: concviz pack {recording.session} -o {place.packed}", 0)


def _rate(options: argparse.Namespace) -> dict[str, int]:
    return {"hz": options.hz} if "hz" in options else {}


def _panel_size(options: argparse.Namespace) -> tuple[int, int]:
    """A first size for the program's terminal; the screen sets the real one when it knows it."""
    columns, rows = options.page_size or os.get_terminal_size(sys.stdout.fileno())
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
        complain(_("recorded in {path}").format(path=session), 0)
    place.finish(session, stderr)
    return leave(status)


def _replay(options: argparse.Namespace) -> int:
    if not _has_terminal(options):
        from concviz.core.session.session import Session

        with cli_pack.in_words():  # what is wrong with the session is said sooner than that
            Session.open(options.session)
    _need_terminal(options, "concviz stats works without one")
    return _show(options.session, None, options)


def _stats(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends quietly in `| head`, as other filters do
    end_in_good_order()
    from concviz import cli_stats
    from concviz.core.session.session import SessionError

    try:
        damage = cli_stats.show(options.session, as_json=options.json)
    except SessionError as error:
        return complain(str(error), NO_SESSION)
    return cli_pack.tell_damage(damage, "what is lost is not in these figures")


def _step(options: argparse.Namespace) -> int:
    from concviz import cli_step

    if options.headless:
        return cli_step.headless(options)
    target, controlled = cli_step.prepared(options)
    _need_terminal(options, "concviz step --headless works without one")
    return _watch(target, options, controlled)


def _lab(options: argparse.Namespace) -> int:
    from concviz.core.lab import adjusting

    asked = adjusting.read({name: getattr(options, name) or "" for name in adjusting.NAMES})
    if options.name is None:
        if asked != adjusting.AS_IT_IS:
            raise LaunchError("say which experiment: concviz lab NAME; concviz lab lists them", USAGE)
        return _list_experiments()
    experiment = adjusting.find(options.name)
    words = adjusting.words(experiment, asked)
    _need_terminal(options, f"concviz record {shlex.join(words)} works without one")
    from concviz.core.control.starting import held_from_start

    program = parse(words)._replace(name=experiment.key)
    return _watch(program, options, held_from_start if experiment.held else None, experiment.moments)


def _list_experiments() -> int:
    """By group: name and title of each."""
    from concviz.core.lab.catalog import EXPERIMENTS, GROUPS

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    width = max(len(experiment.key) for experiment in EXPERIMENTS) + 2
    for group in GROUPS:
        print(f"{_(group)}")
        for experiment in EXPERIMENTS:
            if experiment.group == group:
                print(f"  {experiment.key:{width}}{_(experiment.title)}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from concviz import cli_compare

    if options.screen:
        asked = cli_compare.asked_for(options)
        _need_terminal(options, "without --screen it prints")
        from concviz.tui import start

        return start.run(screenshots=options.screenshots, size=options.page_size, comparison=asked)
    return cli_compare.compare(options)


def _export(options: argparse.Namespace) -> int:
    from concviz import cli_export

    return cli_export.export(options)


def _serve(options: argparse.Namespace) -> int:
    from concviz import cli_serve

    return cli_serve.serve(options)


def _sessions(options: argparse.Namespace) -> int:
    from concviz import cli_sessions

    return cli_sessions.sessions(options)


def _has_terminal(options: argparse.Namespace) -> bool:
    streams = (sys.stdin, sys.stdout)
    return options.page_size is not None or all(s is not None and s.isatty() for s in streams)


def _need_terminal(options: argparse.Namespace, instead: str) -> None:
    """Refuse to open a screen where there is none; to be asked last: other trouble is told sooner."""
    if not _has_terminal(options):
        raise LaunchError(f"this needs a terminal; {instead}", USAGE)


_COMMANDS = {
    "home": _home, "run": _run, "record": _record, "replay": _replay, "stats": _stats, "lab": _lab,
    "step": _step, "compare": _compare, "export": _export, "pack": cli_pack.pack,
    "unpack": cli_pack.unpack, "sessions": _sessions, "serve": _serve,
}
