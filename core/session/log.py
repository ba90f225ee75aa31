"""One event log with its names, read on as it grows, and the part of the session's history that it fills."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy.typing as npt

from concviz.core.session.events import EventLog
from concviz.core.session.files import Files
from concviz.core.session.names import Names
from concviz.core.timeline.arrays import lengths
from concviz.core.timeline.history import History
from concviz.core.timeline.log_history import LogHistory

_LAST_INSTANT = 16
"""Records that a program which is killed may just have been writing."""
_PIECE = 1 << 17
"""Records taken in at once: more would not fit the processor's caches, fewer cost the more by task."""


class Log:
    """An event log being read; ``history`` is its part of the session's."""

    def __init__(self, files: Files, stem: str, session: History) -> None:
        """``session`` is the history of all logs together."""
        self.events = EventLog(files.root / "events" / f"{stem}.events", files.read)
        self.names = Names(files.root / "events" / f"{stem}.names", files.read)
        self.history: LogHistory | None = None
        """None before the header is there."""
        self.read = 0
        """Records taken in so far."""
        self._session = session
        self._registers: npt.NDArray[Any] | None = None
        self._damaged = 0
        self._named = False

    @property
    def lost(self) -> int:
        """Records that are missing, whatever the cause."""
        return self.events.lost + self.events.said_dropped + self._damaged + self._unread

    @property
    def reached(self) -> int:
        """Records that were read or counted as lost, the agent's own drops apart: it never wrote them."""
        return self.events.next + self.events.unread

    @property
    def _unread(self) -> int:
        """Records that are there and cannot be read, but for those of the program's last instant."""
        return self.events.unread if self.events.unread > _LAST_INSTANT else 0

    def undrain(self) -> None:
        """There may be more."""
        if self.history is not None:
            self.history.drained = False

    def look(self, over: bool, earliest: int, latest: int) -> None:
        """Read the header and the registers, before the records: what is in progress may be over by then."""
        self._registers = self.events.look(over)
        header = self.events.header
        if self.history is None and header is not None and earliest <= header.opened_ns <= latest:
            self.names.advance()
            self.history = self._session.log(header, self.names)

    def advance(self, limit: int, now_ns: int, over: bool, earliest: int, latest: int) -> int:
        """Take in a piece of what it has to tell, at most ``limit`` records; returns how many there were.

        Args:
            now_ns: the monotonic clock, for the patience with holes.
            over: the program has ended, so that nothing is added any more.
            earliest, latest: a record from outside of these instants (ns) is damaged, and left out.
        """
        history, first = self.history, self.read
        if history is None:
            return 0
        records = self.events.read(min(limit, _PIECE), now_ns, over)
        self._take(history, records, earliest, latest)
        history.drained = self.events.drained
        if history.drained and self._registers is not None and not history.process.finished:
            history.show_open(self._registers)
        if 0 < self.events.closed_ns <= latest:
            self._session.closed[history.process.lane.index] = self.events.closed_ns
        return self.read - first

    def _take(self, history: LogHistory, records: npt.NDArray[Any], earliest: int, latest: int) -> None:
        if len(records) or not self._named:
            self.names.advance()
        if not self._named and "argv" in self.names.facts:
            self._named = True
            self._session.processes.named(history.process, self.names.facts)
        self.read += len(records)
        good = _believable(records, earliest, latest)
        self._damaged += len(records) - len(good)
        history.add(good)

    @property
    def empty(self) -> bool:
        """Nothing could be written into it: what its process did is missing."""
        return self.events.header is not None and self.events.header.empty

    def notes(self) -> Iterator[str]:
        """What the user should know about it, one line each."""
        name, events = self.events.path.name, self.events
        if events.refused:
            yield events.refused
        elif self.empty:
            yield f"{name}: nothing could be written into it: a full disk, or a limit on the size of files?"
        elif events.header is not None and not events.header.whole:
            yield f"{name}: the header is damaged; pid and time are told by the file's name"
        if events.lost or self._damaged:
            yield f"{name}: {events.lost + self._damaged} records are lost or damaged"
        if self._unread:
            yield f"{name}: {self._unread} records cannot be read: their commit marks are wrong"
        if events.said_dropped:
            yield f"{name}: {events.said_dropped} records could not be written"
        if self.names.damaged:
            yield f"{name}: {self.names.damaged} lines of its names are damaged"


def _believable(records: npt.NDArray[Any], earliest: int, latest: int) -> npt.NDArray[Any]:
    """Records without those of an impossible time: damage must not stretch the timeline."""
    if not len(records):
        return records
    good = (records["t0"] >= earliest) & (records["t0"] <= latest)
    ends = records["t0"] + lengths(records["word"], records["dur"]).astype(records["t0"].dtype)
    good &= ends <= latest
    return records if good.all() else records.take(good.nonzero()[0])
