"""Sequential: one item after another. What every other model is measured against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def spread(work: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    """Return what ``work`` makes of each item; there is only ever one worker."""
    return [work(item) for item in items]
