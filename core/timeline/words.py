"""Sites and words kept once, and the numbers spans refer to them by."""

from __future__ import annotations

from concviz.core.model import Site

NOBODY = -1
"""The peer of a span that has none. A peer ≥ 0 is a worker, one ≤ −2 is a word."""


class Words:
    """The sites and the words of a timeline."""

    def __init__(self) -> None:
        """Begin empty."""
        self.sites: list[Site] = []
        self._site_numbers: dict[Site, int] = {}
        self._words: list[str] = []
        self._word_numbers: dict[str, int] = {}

    def site(self, site: Site) -> int:
        """Number of a site; equal sites of different processes share it."""
        n = self._site_numbers.get(site)
        if n is None:
            n = self._site_numbers[site] = len(self.sites)
            self.sites.append(site)
        return n

    def site_of(self, number: int) -> Site | None:
        """The site of a number."""
        return self.sites[number] if number >= 0 else None

    def word(self, text: str) -> int:
        """The peer that stands for a word ('timer', 'I/O', …)."""
        n = self._word_numbers.get(text)
        if n is None:
            n = self._word_numbers[text] = -2 - len(self._words)
            self._words.append(text)
        return n

    def all(self) -> tuple[str, ...]:
        """The words; the one of peer p is at −2 − p."""
        return tuple(self._words)

    def word_of(self, peer: int) -> str:
        """The word of a peer, '' where it is a worker or nobody."""
        return self._words[-2 - peer] if peer <= -2 else ""
