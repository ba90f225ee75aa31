"""A session that was watched as it grew is read once more when it is over: then it shows what a replay does.

Where a thread stands between two samples is worked out from all that is known of its neighbours, and of what
is read as it comes less is known. The differences are some milliseconds, but figures should not depend on
whether somebody watched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from concviz.core.session.session import SessionError

if TYPE_CHECKING:
    from concviz.core.session.session import Session

MOST_EVENTS = 2_000_000
"""Longer ones are left as they are: for a while there would be two of them in memory."""


class Rereading:
    """Waits for the end of a session, then reads it from its begin, a piece a tick."""

    def __init__(self, session: Session) -> None:
        """Of one that is over from the start there is nothing to read anew."""
        self._session = session
        self._grew = False
        self._anew: Session | None = None

    def advance(self, now_ns: int, limit: int, *, over: bool) -> Session | None:
        """Go on; returns the session once it is read, whole, and only then.

        Args:
            limit: how many records to take in at most. over: nothing comes any more.
        """
        info = self._session.info
        self._grew = info.events <= MOST_EVENTS and (self._grew or info.running)
        if not self._grew or not over:
            return None
        try:
            self._anew = self._anew or self._session.anew()
            if self._anew.advance(now_ns, limit):
                return None
        except (SessionError, OSError):  # it was deleted meanwhile: what was read is all there is
            self._anew = None
        self._grew = False
        return self._anew
