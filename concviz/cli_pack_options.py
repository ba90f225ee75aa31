"""The words of ``concviz pack``, ``unpack`` and ``sessions``."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

_AGES = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_SIZES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_NUMBER = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([A-Za-z]?)", re.ASCII)


def session(text: str) -> Path:
    """A session as it was named: a path, or a name from the list of those that were kept."""
    from concviz.core.launch.sessions import default_root

    path, listed = Path(text), default_root() / text
    return listed if path.name == text and not os.path.exists(path) and os.path.exists(listed) else path


def add_pack(parser: argparse.ArgumentParser) -> None:
    """A session folder into one file."""
    parser.add_argument("session", type=session, metavar="SESSION",
                        help="a session folder that is over, or a name in the list of sessions")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE",
                        help="the file to write, a new one (default: SESSION.cviz)")


def add_unpack(parser: argparse.ArgumentParser) -> None:
    """One file into a session folder."""
    parser.add_argument("session", type=session, metavar="FILE",
                        help="a packed session, or a name in the list of sessions")
    parser.add_argument("-o", "--output", type=Path, metavar="SESSION",
                        help="the folder to make (default: FILE without .cviz)")


def add_sessions(parser: argparse.ArgumentParser) -> None:
    """List sessions, or delete some."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER",
                        help="where to look (default: where sessions are kept)")
    parser.add_argument("--json", action="store_true", help="print them as JSON instead of a table")
    parser.add_argument("--all", action="store_true",
                        help="list also the runs of comparisons one by one")
    parser.add_argument("--prune", action="store_true",
                        help="delete sessions that are over, those that the options below choose together; "
                             "of a packed one whose begin is lost its file's date counts. What may be no "
                             "session, or is of a newer concviz, stays")
    parser.add_argument("--older-than", type=age_s, metavar="AGE", help="begun so long ago: 12h, 30d, 4w")
    parser.add_argument("--larger-than", type=size, metavar="SIZE", help="of so many bytes: 500k, 200M, 1G")
    parser.add_argument("--keep", type=size, metavar="SIZE",
                        help="the oldest, until those that stay take SIZE in all: 5G")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")


def age_s(text: str) -> float:
    """An age in seconds."""
    return _measured(text, _AGES, "an age: say 90m, 12h, 30d or 4w")


def size(text: str) -> int:
    """A size in bytes."""
    return round(_measured(text, _SIZES, "a size: say 500k, 200M or 1G"))


def _measured(text: str, units: dict[str, int], what: str) -> float:
    found = _NUMBER.fullmatch(text)
    if found is None or found[2] not in units:
        raise argparse.ArgumentTypeError(f"'{text}' is not {what}")
    return float(found[1]) * units[found[2]]
