"""Runs of programs that have nothing to do with one another, at once: most of the time each of them waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 2


def at_once(calls: Iterable[Callable[[], T]]) -> Iterator[T]:
    """What the calls return, in their order; two of them are made at a time, and all before it is over.

    Raises:
        Exception: what the first call that failed has raised.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from [made.result() for made in [pool.submit(call) for call in calls]]
