"""Which digit runs whom in a held program: each worker keeps its own from step to step."""

from __future__ import annotations

from concviz.core.control.view import Blocked, Choice, Outside, Report, View
from concviz.tui.held_words import CALLBACKS, name

DIGITS = range(1, 10)
"""As many choices have a key of their own."""


class Digits:
    """Remembers who had which digit. It is kept for whoever is in the panel, and for who went last.

    A worker that comes takes the lowest that is free; where none is, that of one who is not ready. A fresh
    process that repeats the steps before goes on with the same: a worker's key is the same in every run.
    """

    def __init__(self) -> None:
        """Nobody has one yet."""
        self._of: dict[str, int] = {}  # worker → its digit, also of one that is gone until another takes it
        self._names: dict[str, str] = {}

    def renew(self, view: View) -> dict[str, int]:
        """Which digit runs which choice, by its id, as things stand now."""
        ready = {_owner(choice): choice for choice in view.ready if choice.choosable}
        others: tuple[Blocked | Outside | Report, ...] = (*view.blocked, *view.outside, *view.reports)
        away = [each.key for each in others]
        away += [_owner(choice) for choice in view.ready if not choice.choosable]
        there = {*ready, *away, view.running, view.last}
        owners = {digit: owner for owner, digit in self._of.items()}
        free = [digit for digit in DIGITS if owners.get(digit) not in there]
        free += [digit for digit in DIGITS if owners.get(digit) in away and owners[digit] not in ready]
        come = (owner for owner in ready if owner not in self._of)
        for owner, digit in zip(come, free):
            self._of.pop(owners.get(digit, ""), None)
            self._of[owner] = digit
        self._names |= {owner: name(choice) for owner, choice in ready.items() if owner in self._of}
        return {choice.id: self._of[owner] for owner, choice in ready.items() if owner in self._of}

    def name(self, digit: int) -> str:
        """Who has a digit, or had it last; '' if nobody."""
        return next((self._names[owner] for owner, its in self._of.items() if its == digit), "")


def _owner(choice: Choice) -> str:
    """Whose a choice is: its worker's; a callback, of which a loop may have several, is its own."""
    return choice.id if choice.kind in CALLBACKS else choice.key
