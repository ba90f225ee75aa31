"""The bounds of what may be asked of an experiment; wrong numbers are told in one line. Imports nothing."""

from __future__ import annotations

MOST_ITEMS = 100_000
MOST_RUNS = 100
MOST_WORKERS = 500
MOST_S = 3600
"""Seconds that a wait, or a whole run, may take."""
_DIGITS = 9
"""More of them are too many in any case, and Python refuses to read thousands."""
LIMIT_S = 60.0
"""A run that takes longer is ended."""


def whole(text: str, most: int) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        ValueError: it is none; the message says what is.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= most):
        raise ValueError(f"'{text}' is no number from 1 to {most:,}")
    return int(text)


def seconds(text: str, most: float = MOST_S) -> float:
    """A length of time in seconds, from 0 to ``most``; its decimals may stand behind a comma.

    Raises:
        ValueError: it is none; the message says what is.
    """
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:  # not a number is refused, too
        raise ValueError(f"'{text}' is no number of seconds from 0 to {most:g}")
    return value
