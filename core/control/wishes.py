"""What the user wants to happen next, as rules that pick from the ready list until they are fulfilled."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from concviz.core.agent import layout as L
from concviz.core.control.decisions import Decision
from concviz.core.control.ready import Candidate
from concviz.core.control.view import Divergence
from concviz.core.control.workers import Doing
from concviz.core.model import Site

PATIENCE_NS = 5_000_000_000
"""How long a replay waits for a worker that is on its way (a timer, a socket, another process)."""
QUEUED = 20
"""Most steps that are still to be made: a key that was held down must not go on for long."""
_SHOWN = 5

Policy = Callable[[Sequence[Candidate]], Candidate]
"""Chooses one of those that may be chosen."""


class Wish:
    """The next step in the program's own order."""

    done = False
    """Nothing more is to be done for it."""
    fifo: bool | None = None
    """Could a plain event loop choose what is picked? None: it is to be told from its place in the queue."""
    expects = L.TIME_STANDS
    """What of the program's time must go on, for somebody to come back who has only to wait."""

    def pick(self, ready: Sequence[Candidate], now_ns: int, coming: bool = False) -> Candidate | None:
        """Whom to let go; None: nobody, as yet.

        Args:
            ready: the whole ready list. now_ns: the clock. coming: somebody else will be ready without us.
        """
        return next((candidate for candidate in ready if not candidate.why_not), None)

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """Whom it has let go is at a gate again, or outside; ``over``: has ended."""
        self.done = True


class Steps(Wish):
    """So many steps in the program's own order; asked for again meanwhile, more."""

    def __init__(self) -> None:
        self.left = 1

    def one_more(self) -> None:
        """One who types faster than the program steps gets as many, up to ``QUEUED``."""
        self.left = min(self.left + 1, QUEUED)

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """See ``Wish``."""
        self.left -= 1
        self.done = not self.left


class Run(Wish):
    """One chosen worker's step; nothing, if it is not ready any more."""

    def __init__(self, choice_id: str) -> None:
        self._id = choice_id

    def pick(self, ready: Sequence[Candidate], now_ns: int, coming: bool = False) -> Candidate | None:
        """See ``Wish``."""
        for candidate in ready:
            if candidate.id == self._id and not candidate.why_not:
                return candidate
        self.done = True
        return None


class Until(Wish):
    """On and on in the program's own order, until a certain worker has made a step."""

    def __init__(self, key: str) -> None:
        self._key = key

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """See ``Wish``."""
        self.done = self._key in (chosen.key, chosen.worker.key)


class UntilLine(Wish):
    """On and on, until a worker ends or stands at a certain line, or at any other than before its step."""

    def __init__(self, file: str = "", line: int = 0) -> None:
        self._wanted = (file, line) if file else None
        self._before: tuple[str, int] | None = None

    def pick(self, ready: Sequence[Candidate], now_ns: int, coming: bool = False) -> Candidate | None:
        """See ``Wish``."""
        chosen = super().pick(ready, now_ns, coming)
        if chosen is not None:
            self._before = place(chosen.site)
        return chosen

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """See ``Wish``."""
        after = _stands(chosen)
        ended = over or (chosen.task != 0 and after is None)
        arrived = after == self._wanted if self._wanted else after not in (None, self._before)
        self.done = ended or arrived


def _stands(chosen: Candidate) -> tuple[str, int] | None:
    """Where a worker stands after its step."""
    if chosen.item is not None:
        return place(chosen.site) if chosen.kind == "task" else None
    if chosen.worker.doing is Doing.RUNNING:
        return None
    return place(chosen.worker.process.places.site(chosen.worker.site))


class Auto(Wish):
    """On and on, by a policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def pick(self, ready: Sequence[Candidate], now_ns: int, coming: bool = False) -> Candidate | None:
        """See ``Wish``."""
        choosable = [candidate for candidate in ready if not candidate.why_not]
        return self._policy(choosable) if choosable else None

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """See ``Wish``."""


def fifo(choosable: Sequence[Candidate]) -> Candidate:
    """The program's own order."""
    return choosable[0]


def at_random(seed: str) -> Policy:
    """Any order, the same one for the same seed as long as the same workers are ready."""
    dice = random.Random(seed)

    def policy(choosable: Sequence[Candidate]) -> Candidate:
        # by name: the order in which threads of several cores come to their gates is not repeatable
        return dice.choice(sorted(choosable, key=lambda candidate: (candidate.key, candidate.kind)))

    return policy


class Follow(Wish):
    """The decisions of a schedule, one after another, up to the first that cannot be repeated."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions, self._limits = decisions, _limits(decisions)
        self._at = 0
        self._since_ns: int | None = None
        self.divergence: Divergence | None = None
        self.done = not decisions

    @property
    def left(self) -> int:
        """How many decisions are still to be repeated."""
        return len(self._decisions) - self._at

    def pick(self, ready: Sequence[Candidate], now_ns: int, coming: bool = False) -> Candidate | None:
        """See ``Wish``."""
        expected = self._decisions[self._at]
        same = [candidate for candidate in ready if candidate.key == expected.worker]
        for candidate in same:
            # In a loop another one may have been first by then. The order that was recorded is one that
            # the loop has allowed: to keep to it, callbacks may be overtaken.
            may = not (candidate.why_not and candidate.worker.fixed)
            if may and candidate.decision(0, 0, True).what == expected.what and _finds(candidate, expected):
                self._since_ns, self.fifo, self.expects = None, expected.fifo, L.TIME_STANDS
                return candidate._replace(limit=self._limits[self._at])
        if self._since_ns is None or coming:
            self._since_ns = now_ns
            self.expects = L.TIME_OF_LOOPS if expected.kind == "timer" else L.TIME_OF_WAITS
        # a thread at another gate stays there; a loop's list may still grow
        elsewhere = any(candidate.item is None for candidate in same)
        if elsewhere or now_ns - self._since_ns >= PATIENCE_NS:
            self._diverge(expected, same or ready)
        return None

    def _diverge(self, expected: Decision, there: Sequence[Candidate]) -> None:
        found = [str(candidate.decision(0, 0, True)) for candidate in there[:_SHOWN]]
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        self.divergence = Divergence(expected.n, str(expected), (", ".join(found) or "nobody ready") + more)
        self.done = True

    def stepped(self, chosen: Candidate, over: bool) -> None:
        """See ``Wish``."""
        self._at += 1
        self.done = self._at == len(self._decisions)


def _limits(decisions: Sequence[Decision]) -> list[int | None]:
    """What each of them should find (bytes, a select's bits): as itself did or, coming back, its worker."""
    limits: list[int | None] = []
    after: dict[str, Decision] = {}
    for decision in reversed(decisions):
        back = after.get(decision.worker)
        if decision.kind in ("read", "select") and back is not None and back.kind == "back":
            limits.append(back.size if back.found is None else back.found)
        else:
            limits.append(decision.size if decision.callback else None)
        after[decision.worker] = decision
    return limits[::-1]


def _finds(candidate: Candidate, expected: Decision) -> bool:
    """Does it find what was recorded, or more bytes? Of an end there is nothing more to find."""
    if expected.found is not None and not candidate.item:
        return candidate.size == expected.found
    if expected.size is None or candidate.size is None:
        return expected.size is candidate.size
    if candidate.item is None or not expected.size:
        return candidate.size == expected.size
    return candidate.size >= expected.size


def place(site: Site | None) -> tuple[str, int] | None:
    """A site as it is kept in a schedule."""
    return (site.file, site.line) if site else None
