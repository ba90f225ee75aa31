"""The options of ``concviz compare``, apart from what they do, so that help loads nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable

MOST_ITEMS = 100_000


def add(parser: argparse.ArgumentParser) -> None:
    """Add them to the command's parser."""
    parser.add_argument("workload", nargs="?", metavar="WORKLOAD", help="fetch, files, compute, mixed, …")
    parser.add_argument("--models", metavar="A,B", help="which models (default: all that fit)")
    parser.add_argument("--repeat", type=_whole(100), default=1, metavar="N",
                        help="runs of each model; figures are medians (default: 1)")
    parser.add_argument("--size", type=_whole(MOST_ITEMS), metavar="N", help="how many items")
    parser.add_argument("--latency", type=_seconds, metavar="S", help="seconds a wait takes, on average")
    parser.add_argument("--workers", type=_whole(500), metavar="N", help="workers of each model")
    parser.add_argument("--call", action="append", metavar="MODULE:FUNCTION",
                        help="compare a function of your own; twice: a plain and a coroutine function")
    parser.add_argument("--items", metavar="FILE|RANGE",
                        help="what to call it with: each line of a file, or the numbers 0:100")
    parser.add_argument("--limit", type=_seconds, default=60.0, metavar="S",
                        help="end a run that takes longer (default: %(default)g)")
    parser.add_argument("--python", metavar="EXE", help="the Python to run it with")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _whole(most: int) -> Callable[[str], int]:
    """A type for whole numbers from 1 on."""

    def number(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {most:,}")
        return int(text)

    return number


def _seconds(text: str) -> float:
    """A length of time."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:  # not a number is refused, too
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 0 to 3600")
    return value
