"""A deadlock that was released: it is none the less there, though nobody in it is heard of any more.

Who waits for what is known from gates, to which those in a deadlock do not come. So it is remembered, until
one of them is heard of, ends, or is switched out once more, which one inside a call that blocks never is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from concviz.core.control.view import Blocked, Link, Outside, State, View
from concviz.core.control.workers import Doing, Worker

SETTLED_NS = 1_000_000_000
"""After it was released: by then those in it are inside the calls in which they wait."""
LOOK_NS = 200_000_000
"""How often to look whether they still are."""


@dataclass(frozen=True)
class Standing:
    """What was known of it when it was released."""

    cycle: tuple[Link, ...]
    blocked: tuple[Blocked, ...]
    outside: tuple[Outside, ...]
    members: tuple[Worker, ...]
    everybody: bool
    """Could nobody go on, rather than only those in the circle?"""
    since_ns: int

    def holds_up(self, workers: Collection[Worker]) -> bool:
        """Can nobody go on, held again? All who are there were in it, and none has come to a gate."""
        return self.everybody and all(
            worker in self.members and worker.doing is Doing.RUNNING for worker in workers)


def standing(view: View, workers: Collection[Worker], now_ns: int) -> Standing | None:
    """The deadlock, or the circle, that there is when a program is released; None where there is none."""
    everybody = view.state is State.DEADLOCK
    if not (everybody or view.cycle):
        return None
    keys = {link.key for link in view.cycle}
    members = tuple(worker for worker in workers if everybody or worker.worker_key in keys)
    whose = {worker.worker_key for worker in members}
    return Standing(
        view.cycle, tuple(b for b in view.blocked if b.key in whose),
        tuple(o for o in view.outside if o.key in whose), members, everybody, now_ns)
