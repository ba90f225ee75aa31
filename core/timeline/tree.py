"""The tree of workers: who is above whom, and whom a word is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from concviz.core.model import Worker


def ancestors(worker: int, workers: Sequence[Worker]) -> Iterable[int]:
    """The parents of a worker, nearest first."""
    seen = {worker}
    parent = workers[worker].parent
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = workers[parent].parent


def matches(worker: Worker, needle: str) -> bool:
    """Does the name, id or description contain ``needle`` (any case)?"""
    return needle.casefold() in f"{worker.name}\n{worker.id}\n{worker.about}\n{worker.kind}".casefold()


def matching(workers: Sequence[Worker], needle: str) -> set[int]:
    """Workers whose name, id or description contains ``needle`` (any case), and their ancestors."""
    shown: set[int] = set()
    for worker in workers:
        if matches(worker, needle):
            shown.add(worker.index)
            shown.update(ancestors(worker.index, workers))
    return shown
