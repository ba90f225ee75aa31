"""A function of the user's own: found, looked at, and given its items."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from lab_item import Named, NamedCoroutine, failed_item
from lab_setting import Job

THREADS = 10
MOST_ITEMS = 100_000


class Refused(Exception):
    """What was asked for cannot be done; the message says why in one line."""


def job(calls: Sequence[str], items: str) -> Job:
    """The user's plain function, coroutine function or both, and the items.

    Args:
        calls: ``module:function`` or ``path/to/file.py:function``, at most one of each kind.
        items: a file with one item on each line, or a range.

    Raises:
        Refused: they cannot be used.
    """
    plain: Callable[[Any], Any] | None = None
    coroutine: Callable[[Any], Any] | None = None
    for call in calls:
        function = find(call)
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            raise Refused(f"'{call}' is a generator: neither a plain nor a coroutine function")
        if inspect.iscoroutinefunction(function):
            coroutine, twice = function, coroutine is not None
        else:
            plain, twice = function, plain is not None
        if twice:
            raise Refused("--call takes at most one plain function and one coroutine function")
    called: Callable[[Any], Any] | None = Named(plain).call if plain else None
    awaited: Callable[[Any], Any] | None = NamedCoroutine(coroutine).call if coroutine else None
    return Job(read_items(items), called, awaited, THREADS)


def find(call: str) -> Callable[[Any], Any]:
    """Import the module and return its function."""
    module, _, name = call.rpartition(":")
    if not module or not name:
        raise Refused(f"'{call}' does not say MODULE:FUNCTION")
    folder, module = os.path.split(module[:-3]) if module.endswith(".py") else ("", module)
    # In front, as python puts a script's folder; ours goes behind, where it hides none of the user's modules.
    ours = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.path.abspath(folder), *(p for p in sys.path if os.path.abspath(p) != ours), ours]
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise Refused(f"'{module}' cannot be imported: {told(error)}") from error
    function = getattr(found, name, None)
    if function is None:
        raise Refused(f"'{module}' has no function '{name}'")
    if not callable(function):
        raise Refused(f"'{call}' is neither a plain function nor a coroutine function")
    return function  # type: ignore[no-any-return]


def read_items(text: str) -> Sequence[Any]:
    """The items: numbers from a range (``100``, ``5:20``, ``0:100:10``), or the lines of a file."""
    parts = text.split(":")
    items: Sequence[Any]
    if len(parts) <= 3 and all(part.lstrip("-").isdecimal() for part in parts):
        try:
            items = range(*map(int, parts))
        except ValueError:
            raise Refused(f"'{text}' is no range") from None
    else:
        try:
            with open(text, encoding="utf-8") as file:
                items = file.read().splitlines()
        except (OSError, UnicodeError) as error:
            raise Refused(f"the items '{text}' cannot be read: {told(error)}") from error
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Refused(f"'{text}' holds {len(items):,} items: 1 to {MOST_ITEMS:,} can be compared")
    return items


def told(error: BaseException) -> str:
    """An exception in one line; one of ours says all by its message."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    if isinstance(error, Refused):
        return text
    return failed_item(error) + (f"{name}: {text}" if text else name)
