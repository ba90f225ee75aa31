"""``concviz step``: which program, held how, by whose decisions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from concviz.cli_pack import Place
from concviz.core.control import wishes
from concviz.core.control.controller import Controller
from concviz.core.control.decisions import Schedule, ScheduleError
from concviz.core.control.headless import Headless
from concviz.core.control.starting import held_from_start
from concviz.core.launch.errors import NO_SESSION, USAGE, LaunchError
from concviz.core.launch.recorder import record
from concviz.core.launch.signals import leave
from concviz.core.launch.target import Target, again, parse
from concviz.core.text import clean

NOT_FOLLOWED = 4
_LINE_LIMIT = 1000


def prepared(options: argparse.Namespace) -> tuple[Target, Callable[[Path], Controller]]:
    """The program, and what makes the controller that holds it from its start.

    Raises:
        LaunchError: one of them cannot be had; the message is one line.
    """
    schedule, policy = _schedule(options)
    if options.target or not options.replay:
        target = parse(options.target, options.python)
    else:
        options.output = options.output and options.output.absolute()
        target = again(options.replay)

    def controlled(session: Path) -> Controller:
        if schedule is None:
            controller = held_from_start(session, options.granularity or "sync")
        else:
            controller = Controller(session, replay=schedule)
        if policy is not None:
            controller.drive(policy)
        return controller

    return target, controlled


def _schedule(options: argparse.Namespace) -> tuple[Schedule | None, wishes.Policy | None]:
    """The decisions to repeat, or the policy to decide by."""
    asked = options.schedule or ("fifo" if options.headless and not options.replay else "")
    if options.replay and options.schedule:
        raise LaunchError("--replay brings its own schedule: leave out --schedule")
    if asked == "fifo":
        return None, wishes.fifo
    word, colon, seed = asked.partition(":")
    if word == "random" and colon:
        if not (seed.isascii() and seed.isdecimal()):
            raise LaunchError(f"--schedule {asked}: the seed is a whole number, as in random:7", USAGE)
        return None, wishes.at_random(seed)
    where = options.replay or (Path(asked) if asked else None)
    if where is None:
        return None, None
    if not os.path.exists(where):
        known = "" if options.replay else ": say fifo, random:SEED, or a file or session with a schedule"
        raise LaunchError(f"there is no '{where}'{known}", NO_SESSION if options.replay else USAGE)
    if options.granularity:
        raise LaunchError("a schedule brings its own granularity: leave out --granularity")
    return _loaded(where), None


def _loaded(where: Path) -> Schedule:
    try:
        schedule = Schedule.load(where)
    except ScheduleError as error:
        raise LaunchError(str(error), NO_SESSION) from None
    changed = schedule.changed_sources()
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise LaunchError(
            f"'{where}' cannot be repeated: '{changed[0]}'{more} has changed since then", NO_SESSION)
    return schedule


def headless(options: argparse.Namespace) -> int:
    """Drive the program to its end without a screen, its output untouched.

    A deadlock, and the first decision that cannot be repeated, are said at once, and end the program.

    Returns:
        The program's exit code; 4 after a deadlock, or where a schedule was not followed.
    """
    target, controlled = prepared(options)
    place = Place(options.output)
    session = place.create(target.name)
    try:
        controller = controlled(session)
    except OSError as error:
        raise LaunchError(f"the program cannot be held: {error.strerror}", NO_SESSION) from None
    stderr = os.dup(2) if sys.stderr is not None else -1  # the recorder lets go of the one the program has

    def say(trouble: str) -> None:
        if stderr >= 0:
            os.write(stderr, f"concviz: {clean(trouble, _LINE_LIMIT)}\n".encode("utf-8", "replace"))

    with controller:
        watcher = Headless(controller, say)
        try:
            status = record(
                target, session, options.hz, control=controller.path, env=controller.environment)
        finally:
            watcher.close()
    place.finish(session, stderr if stderr >= 0 else 2)
    return NOT_FOLLOWED if watcher.trouble else leave(status)
