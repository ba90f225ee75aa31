"""``concviz sessions``: list what was recorded; delete what is old, or takes much room."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from concviz.cli_pack import say
from concviz.core.language import NP_, _, ngettext, pgettext
from concviz.core.launch import kept
from concviz.core.launch.errors import NO_SESSION, USAGE, LaunchError
from concviz.core.launch.kept import Choice, Kept
from concviz.core.launch.sessions import default_root
from concviz.core.session import damage
from concviz.core.text import clean
from concviz.core.units import duration, signal_name, size

if TYPE_CHECKING:
    from rich.table import Table

SCHEMA = 1
_HEADINGS = (
    NP_("sessions", "session"), NP_("sessions", "started"), NP_("sessions", "length"),
    NP_("sessions", "size"), NP_("sessions", "outcome"),
)
_NUMBERS = ("length", "size")
_GAPS = 3 * (len(_HEADINGS) - 1)
"""Cells between the columns."""
_NAME_LEAST = 12
_UNLIMITED = 1 << 16


def sessions(options: argparse.Namespace) -> int:
    """List the sessions of a folder, or prune them.

    Raises:
        LaunchError: the folder is missing, or the options do not say what to delete.
    """
    asked = Choice(options.older_than, options.larger_than, options.keep)
    if options.folder is not None and not os.path.isdir(options.folder):
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
        say(_("no sessions in {folder}").format(folder=options.folder or default_root()))
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
    line = _("would delete {what}") if options.dry_run else _("deleted {what}")
    for one in gone:
        print(line.format(what=f"{clean(one.session.path, 1000)}  {size(one.size)}"))
    many = ngettext("{n} session", "{n} sessions", len(gone)).format(n=len(gone))
    print(line.format(what=f"{many}, {_size(gone)}"))
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
        "damage": session.damage,
    }


def _show(found: Sequence[Kept], *, every: bool) -> None:
    """The table; runs of comparisons are only counted, unless ``every`` one is asked for."""
    from rich.console import Console

    compared = [] if every else [one for one in found if one.session.of_comparison]
    console = Console()
    if not console.is_terminal:  # what is read by a program, or kept, is not shortened
        console = Console(width=_UNLIMITED)
    console.print(table([one for one in found if one not in compared], console.width))
    where = clean(found[0].session.path.parent, 300)
    caption = _("{n} in {folder}, {size}").format(n=len(found), folder=where, size=_size(found))
    if compared:
        caption += "; " + _("{n} of them runs of comparisons, {size}: --all lists these, too").format(
            n=len(compared), size=_size(compared))
    console.print(f"\n{caption}", markup=False, highlight=False, soft_wrap=True)


def table(found: Sequence[Kept], width: int) -> Table:
    """One line for each session; where ``width`` cells are too few, the middle of a long name is left out."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    headings = [pgettext("sessions", heading) for heading in _HEADINGS]
    for heading, shown_as in zip(_HEADINGS, headings):
        shown.add_column(shown_as, justify="right" if heading in _NUMBERS else "left", no_wrap=True)
    rows = [tuple(clean(cell, 300) for cell in _cells(one)) for one in found]
    others = [max(map(len, column)) for column in list(zip(headings, *rows))[1:]]
    room = max(_NAME_LEAST, width - sum(others) - _GAPS)
    for name, *rest in rows:
        shown.add_row(Text(_shortened(name, room)), *map(Text, rest))
    return shown


def _cells(one: Kept) -> tuple[str, ...]:
    session = one.session
    length = "" if session.duration_ns is None else duration(session.duration_ns)
    started = session.started[:16].replace("T", " ")
    return session.path.name, started, length, size(one.size), _outcome(one)


def _shortened(name: str, width: int) -> str:
    """A name in at most so many cells: its begin and its end, which tell it from others."""
    from rich.cells import cell_len, chop_cells, set_cell_size

    if cell_len(name) <= width:
        return name
    end = chop_cells(name[::-1], (width - 1) // 2)[0][::-1]
    return set_cell_size(name, width - 1 - cell_len(end)).rstrip() + "…" + end


def _size(some: Sequence[Kept]) -> str:
    return size(sum(one.size for one in some))


def _outcome(one: Kept) -> str:
    status, wrong = one.session.status, one.session.damage
    if one.session.running:
        return pgettext("lane", "running")
    if status is None:
        return _(damage.WORDS[wrong]) if wrong else _("cut off")
    ended = _("exit {code}").format(code=status) if status >= 0 else signal_name(-status)
    return f"{ended}, {_(damage.WORDS[wrong])}" if wrong else ended
