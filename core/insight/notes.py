"""A session's notes as they are told: what several processes say alike is told once, and in how many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from concviz.core.insight.retold import retold, shape
from concviz.core.language import ngettext

_FROM = re.compile(r"(p\d+(?:#\d+)?|\S+\.events): (.*)", re.DOTALL)
"""Who says it: a process, or the log of one."""


@dataclass(slots=True)
class Note:
    """What one process says, or several."""

    shape: str
    """What it is known by: its text without who says it, and without its figures."""
    said: list[str] = field(default_factory=list)
    """As they say it, each with who that is."""
    texts: set[str] = field(default_factory=set)
    """The same without who that is; such texts differ by their figures alone."""
    processes: set[str] = field(default_factory=set)
    """Who says so; empty where it is of no process."""

    @property
    def words(self) -> list[str]:
        """What to tell of it, in the language that is spoken."""
        number = len(self.processes)
        if number < 2:
            return [retold(text) for text in self.said]
        if len(self.texts) == 1:
            words = ngettext("{note} (in {n} process)", "{note} (in {n} processes)", number)
            return [words.format(note=retold(*self.texts), n=number)]
        words = ngettext(
            "{note} (and alike in {n} other process)", "{note} (and alike in {n} other processes)", number - 1
        )
        return [words.format(note=retold(self.said[0]), n=number - 1)]


def gathered(notes: Sequence[str]) -> list[Note]:
    """The notes of a session, what is alike together, in the order in which they came first."""
    found: dict[str, Note] = {}
    for text in notes:
        match = _FROM.fullmatch(text)
        who, what = match.groups() if match else ("", text)
        key = shape(what)
        note = found.setdefault(key, Note(key))
        note.said.append(text)
        note.texts.add(what)
        note.processes.update([who] if who else [])
    return list(found.values())


def told(notes: Sequence[str]) -> list[str]:
    """The lines that tell of them, in the language that is spoken."""
    return [words for note in gathered(notes) for words in note.words]
