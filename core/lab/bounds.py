"""The bounds of what may be asked of an experiment; wrong numbers are told in one line. Imports nothing."""

from __future__ import annotations

MOST_ITEMS = 100_000
MOST_RUNS = 100
MOST_WORKERS = 500
MOST_S = 3600
LIMIT_S = 60.0
"""A run that takes longer is ended."""


def whole(text: str, most: int) -> int:
    """A whole number from 1 on.

    Raises:
        ValueError: it is none; the message says what is.
    """
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"'{text}' is no number from 1 to {most:,}")
    return int(text)


def seconds(text: str) -> float:
    """A length of time.

    Raises:
        ValueError: it is none; the message says what is.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_S:  # not a number is refused, too
        raise ValueError(f"'{text}' is no number of seconds from 0 to {MOST_S}")
    return value
