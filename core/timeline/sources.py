"""What the timeline needs from whoever reads a log: a header and names. And the log's sites as its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from concviz.core.agent import layout as L
from concviz.core.model import Reason, Site, State
from concviz.core.timeline import reasons
from concviz.core.timeline.spans import code_of
from concviz.core.timeline.words import Words

READY_LOOP = code_of(State.READY, Reason.LOOP)
READY_HELD = code_of(State.READY, Reason.HELD)


class Header(Protocol):
    """Who wrote a log."""

    @property
    def pid(self) -> int:
        """Process id."""
    @property
    def ppid(self) -> int:
        """Its parent's, 0 unknown."""
    @property
    def interpreter(self) -> int:
        """0 for the main interpreter."""
    @property
    def opened_ns(self) -> int:
        """When the log was opened."""
    @property
    def start_ticks(self) -> int:
        """When the process began, in clock ticks since boot; 0 unknown."""


class _Place(Protocol):
    @property
    def file(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def library(self) -> bool: ...


class Names(Protocol):
    """The texts, sites and facts of a log."""

    facts: dict[str, tuple[str, ...]]

    def text(self, number: int) -> str:
        """A text, '' unknown."""
    def site(self, number: int) -> Site | None:
        """A site, None unknown."""
    def chain(self, number: int) -> Sequence[_Place]:
        """A site and the calls below it, outermost first."""


class LogSites:
    """A log's site numbers as the timeline's, and the reasons that follow from them."""

    def __init__(self, names: Names, words: Words) -> None:
        """Translate from ``names`` to ``words``."""
        self._names, self._words = names, words
        self._numbers: dict[int, int] = {}
        self._chains: dict[int, list[reasons.Call]] = {}
        self._awaits: dict[tuple[int, int], reasons.Rule] = {}
        self._blocks: dict[tuple[int, int], reasons.Rule] = {}

    def number(self, site: int) -> int:
        """The timeline's number of a log's site, −1 unknown."""
        n = self._numbers.get(site)
        if n is None:
            found = self._names.site(site) if site else None
            n = -1 if found is None else self._words.site(found)
            if n >= 0:
                self._numbers[site] = n
        return n

    def awaiting(self, kind: int, site: int) -> reasons.Rule:
        """Why a task that awaits a reference of ``kind`` at ``site`` is suspended."""
        rule = self._awaits.get((kind, site))
        if rule is None:
            rule = self._awaits[kind, site] = reasons.of_await(kind, self._chain(site))
        return rule

    def blocking(self, operation: int, site: int) -> reasons.Rule:
        """Why a thread in ``operation`` at ``site`` waits."""
        rule = self._blocks.get((operation, site))
        if rule is None:
            rule = self._blocks[operation, site] = reasons.of_block(operation, self._chain(site))
        return rule

    def _chain(self, site: int) -> list[reasons.Call]:
        if site not in self._chains:
            self._chains[site] = [
                reasons.Call(p.file, p.function, p.library) for p in self._names.chain(site)
            ]
        return self._chains[site]


def is_end(kind: int) -> bool:
    """True for the references that say how a task ended."""
    return L.REF_ENDED <= kind <= L.REF_CANCELLED
