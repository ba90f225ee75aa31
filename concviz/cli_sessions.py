"""``concviz sessions``: list what was recorded; delete what is old, or takes much room."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from typing import Any

from concviz.cli_pack import say
from concviz.core.launch import kept
from concviz.core.launch.errors import NO_SESSION, USAGE, LaunchError
from concviz.core.launch.kept import Choice, Kept
from concviz.core.launch.sessions import default_root
from concviz.core.text import clean
from concviz.core.units import duration, signal_name, size

SCHEMA = 1


def sessions(options: argparse.Namespace) -> int:
    """List the sessions of a folder, or prune them.

    Raises:
        LaunchError: the folder is missing, or the options do not say what to delete.
    """
    asked = Choice(options.older_than, options.larger_than, options.keep)
    if options.folder is not None and not options.folder.is_dir():
        raise LaunchError(f"there is no folder '{options.folder}'", NO_SESSION)
    if options.prune and asked == Choice():
        raise LaunchError("say which to delete: --older-than AGE, --larger-than SIZE or --keep SIZE", USAGE)
    if not options.prune and (options.dry_run or asked != Choice()):
        raise LaunchError("nothing is deleted without --prune", USAGE)
    found = kept.kept(options.folder)
    if options.prune:
        return _prune(found, asked, options)
    if options.json:
        print(json.dumps({"schema": SCHEMA, "sessions": [_facts(one) for one in found]}, indent=1))
    elif found:
        _show(found, every=options.all)
    else:
        say(f"no sessions in {options.folder or default_root()}")
    return 0


def _prune(found: Sequence[Kept], asked: Choice, options: argparse.Namespace) -> int:
    going, gone, failed = kept.chosen(found, asked, time.time()), [], 0
    for one in going:
        try:
            if not options.dry_run:
                kept.delete(one)
        except OSError as error:
            say(f"{one.session.path} cannot be deleted: {error.strerror}")
            failed = NO_SESSION
        else:
            gone.append(one)
    if options.json:
        print(json.dumps({"schema": SCHEMA, "dry_run": options.dry_run,
                          "deleted": [_facts(one) for one in gone]}, indent=1))
        return failed
    verb = "would delete" if options.dry_run else "deleted"
    for one in gone:
        print(f"{verb} {clean(one.session.path, 1000)}  {size(one.size)}")
    many = "1 session" if len(gone) == 1 else f"{len(gone)} sessions"
    print(f"{verb} {many}, {_size(gone)}")
    return failed


def _facts(one: Kept) -> dict[str, Any]:
    session = one.session
    return {
        "path": str(session.path), "name": session.name, "command": list(session.command),
        "started": session.started, "packed": one.packed,
        "of_comparison": session.of_comparison, "size_bytes": one.size, "running": session.running,
        "duration_s": None if session.duration_ns is None else session.duration_ns / 1e9,
        "exit_code": session.status if session.status is not None and session.status >= 0 else None,
        "signal": -session.status if session.status is not None and session.status < 0 else None,
    }


def _show(found: Sequence[Kept], *, every: bool) -> None:
    """The table; runs of comparisons are only counted, unless ``every`` one is asked for."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("session", overflow="fold")  # begins with the program's name
    table.add_column("started", no_wrap=True)
    for column in ("length", "size"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    compared = [] if every else [one for one in found if one.session.of_comparison]
    for one in found:
        if one in compared:
            continue
        session = one.session
        length = "" if session.duration_ns is None else duration(session.duration_ns)
        started = session.started[:16].replace("T", " ")
        cells = (session.path.name, started, length, size(one.size), _outcome(one))
        table.add_row(*(Text(clean(cell, 300)) for cell in cells))
    caption = f"{len(found)} in {clean(found[0].session.path.parent, 300)}, {_size(found)}"
    if compared:
        caption += f"; {len(compared)} of them runs of comparisons, {_size(compared)}: --all lists these, too"
    table.caption = Text(caption)
    table.caption_justify = "left"
    Console().print(table)


def _size(some: Sequence[Kept]) -> str:
    return size(sum(one.size for one in some))


def _outcome(one: Kept) -> str:
    status = one.session.status
    if one.session.running:
        return "running"
    if status is None:
        return "cut off"
    return f"exit {status}" if status >= 0 else signal_name(-status)
