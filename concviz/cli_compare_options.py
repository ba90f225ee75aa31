"""The options of ``concviz compare``, apart from what they do, so that help loads nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from concviz.core.lab import bounds


def add(parser: argparse.ArgumentParser) -> None:
    """Add them to the command's parser."""
    parser.add_argument("workload", nargs="?", metavar="WORKLOAD", help="fetch, files, compute, mixed, …")
    parser.add_argument("--models", metavar="A,B", help="which models (default: all that fit)")
    parser.add_argument("--repeat", type=_whole(bounds.MOST_RUNS), default=1, metavar="N",
                        help="runs of each model; figures are medians (default: 1)")
    parser.add_argument("--size", type=_whole(bounds.MOST_ITEMS), metavar="N", help="how many items")
    parser.add_argument("--latency", type=_seconds, metavar="S", help="seconds a wait takes, on average")
    parser.add_argument("--workers", type=_whole(bounds.MOST_WORKERS), metavar="N",
                        help="workers of each model")
    parser.add_argument("--call", action="append", metavar="MODULE:FUNCTION",
                        help="compare a function of your own; twice: a plain and a coroutine function")
    parser.add_argument("--items", metavar="FILE|RANGE",
                        help="what to call it with: each line of a file, or the numbers 0:100")
    parser.add_argument("--limit", type=_seconds, default=bounds.LIMIT_S, metavar="S",
                        help="end a run that takes longer (default: %(default)g)")
    parser.add_argument("--python", metavar="EXE", help="the Python to run it with")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON instead of a table")
    shown.add_argument("--screen", action="store_true",
                       help="on the screen: row by row, each model's lanes live; without WORKLOAD it asks")


def _whole(most: int) -> Callable[[str], int]:
    """A type for whole numbers from 1 on."""

    def number(text: str) -> int:
        try:
            return bounds.whole(text, most)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return number


def _seconds(text: str) -> float:
    """A type for lengths of time."""
    try:
        return bounds.seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
