"""Is a closed session still as long as its recorder left it? What was cut or deleted since is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from concviz.core.agent import layout as L
from concviz.core.session.chunks import LOG
from concviz.core.session.files import Files
from concviz.core.system import layout as S

_LIMIT = 16 << 20
_FEW = 4
"""Files named one by one; the rest are only counted."""
_UNREADABLE = "sizes.json cannot be read: whether a file was cut short later is not known"


@dataclass(frozen=True, slots=True)
class Check:
    """What a comparison with ``sizes.json`` gave."""

    whole: bool
    """No file is known to be missing or shorter than it was."""
    notes: tuple[str, ...]
    records: Mapping[str, int] = field(default_factory=dict)
    """How many records each event log had, by the name of its file, where that is known."""

    def missing(self, reached: Mapping[str, int]) -> int:
        """How many of them are gone; ``reached``: as many of each are there, or counted as lost already."""
        return sum(max(count - reached.get(name, 0), 0) for name, count in self.records.items())


def check(files: Files) -> Check:
    """Compare the files of a closed session with ``sizes.json``; without one nothing is known to be missing.

    A longer file is fine: a process that outlived the recorder went on writing.
    """
    if files.size(files.root / "sizes.json") is None:
        return Check(True, ())
    try:
        sizes = json.loads(files.read(files.root / "sizes.json", _LIMIT, 0))
    except (ValueError, RecursionError):
        return Check(True, (_UNREADABLE,))
    if not isinstance(sizes, dict) or not all(type(size) is int and size >= 0 for size in sizes.values()):
        return Check(True, (_UNREADABLE,))
    notes = list(_shortfalls(files, sizes))
    more = len(notes) - _FEW
    if more > 0:
        notes[_FEW:] = [f"{more} more file{'s are' if more > 1 else ' is'} missing or cut short"]
    records = {
        name: max(size - L.RECORDS_AT, 0) // L.RECORD_SIZE
        for name, size in sizes.items() if name.endswith(".events") and LOG.fullmatch(name)
    }
    return Check(not notes, tuple(notes), records)


def _shortfalls(files: Files, sizes: dict[str, int]) -> Iterator[str]:
    for name, size in sizes.items():
        if name not in (S.LOG_NAME, S.NAMES_NAME) and not LOG.fullmatch(name):
            continue  # sizes.json may come from anybody: it does not send us to files elsewhere
        found = files.size(files.root / name)
        if found is None:
            yield f"{name} is missing"
        elif found < size:
            yield f"{name} is cut short: {found:,} of {size:,} bytes"
