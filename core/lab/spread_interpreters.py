"""Interpreters: several in one process, each with a GIL of its own (PEP 734, Python 3.14).

Like processes they compute at the same time, and what travels between them is pickled; unlike processes
they need no second program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item, in the order of the items.

    Raises:
        ImportError: this Python has no ``InterpreterPoolExecutor``.
    """
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

    # A new interpreter does not know the script's folder, from where it has to import ``work``.
    same_path = f"import sys; sys.path[:] = {sys.path!r}"
    with InterpreterPoolExecutor(workers, initializer=exec, initargs=(same_path,)) as pool:
        return list(pool.map(work, items))
