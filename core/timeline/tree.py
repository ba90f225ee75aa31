"""The tree of workers: who is above whom, and whom a word is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from concviz.core.model import Kind, Worker


def ancestors(worker: int, workers: Sequence[Worker]) -> Iterable[int]:
    """The parents of a worker, nearest first."""
    seen = {worker}
    parent = workers[worker].parent
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = workers[parent].parent


def in_order(siblings: list[int], workers: Sequence[Worker]) -> list[int]:
    """Workers of one parent as they began.

    Threads and tasks are met in that order. A process is not: the logs of all processes are opened before
    what is in them is read, so that a child would stand above the thread that started it, but only where
    nobody watched while it did.
    """
    if not any(workers[index].kind is Kind.PROCESS for index in siblings):
        return siblings
    return sorted(siblings, key=lambda index: (workers[index].start_ns, index))


def matches(worker: Worker, needle: str) -> bool:
    """Does the name or description contain ``needle`` (any case), or is it the id, its begin, or the pid?

    Ids are numbers that are on no screen: a part of one is matched as a whole or not at all.
    """
    asked = needle.casefold()
    if asked in f"{worker.name}\n{worker.about}\n{worker.kind}".casefold():
        return True
    return asked in (worker.id, str(worker.pid)) or worker.id.startswith(f"{asked}.")


def matching(workers: Sequence[Worker], needle: str) -> set[int]:
    """The workers that ``needle`` matches, and their ancestors."""
    shown: set[int] = set()
    for worker in workers:
        if matches(worker, needle):
            shown.add(worker.index)
            shown.update(ancestors(worker.index, workers))
    return shown
