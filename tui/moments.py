"""The moments of the session on the screen: found as it grows; one is told, all can be gone to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from concviz.core.insight.episodes import order
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moment_words import said
from concviz.core.insight.moments import LAG_NS, Moments
from concviz.core.language import _
from concviz.core.model import Known, Site
from concviz.tui import glyphs
from concviz.tui.units import clock
from concviz.tui.view import SessionView

_NEVER_NS = 1 << 62
_WINDOWS, _CHANGES = 4, 3000
"""Looked at in one tick: so many windows, and none after so many changes, so that no frame is late."""


class MomentWatch:
    """Keeps the moments up to date and knows which of them the reader is at."""

    def __init__(self, view: SessionView, looked_for: Sequence[Kind] = ()) -> None:
        """Begin with none.

        Args:
            looked_for: kinds that matter most in this session, the first one first.
        """
        self._view = view
        self._moments = Moments(view.timeline, looked_for)
        self._chosen: Moment | None = None
        self._over = False
        view.moments = self._begins

    def _begins(self, t0_ns: int, t1_ns: int) -> list[int]:
        return [moment.t0_ns for moment in self._moments.between(t0_ns, t1_ns)]

    def advance(self) -> bool:
        """Look at what is new; True while there is more to look at in a session that is over."""
        session = self._view.session
        if self._over or not session.caught_up:
            return False
        told = self._moments.tell(list(self._deadlocks()))
        over, end_ns = not session.info.running, self._view.timeline.end_ns
        until_ns = end_ns if over else end_ns - LAG_NS
        most = self._moments.looked_at + _CHANGES
        for _number in range(_WINDOWS):
            if not self._moments.advance(until_ns, over=over):
                self._over = over
                break
            if self._moments.looked_at > most:
                break
        return over or told

    def _deadlocks(self) -> Iterator[Moment]:
        """Those that were seen while the program was held."""
        timeline = self._view.timeline
        found = self._view.session.deadlocks()
        places = {worker.id: worker.index for worker in timeline.workers} if found else {}
        for each in found:
            circle = [places[id] for id in each.circle if id in places]
            yield Moment(
                Kind.DEADLOCK, each.t0_ns, _NEVER_NS if each.t1_ns is None else each.t1_ns,
                circle[0] if circle else 0, circle[1] if len(circle) > 1 else None, len(circle),
                site=Site(each.file, each.line, "") if each.file else None)

    @property
    def now(self) -> Moment | None:
        """The moment to tell of: the one that was gone to, or what matters most at the cursor."""
        t_ns = self._view.viewport.cursor_ns
        if self._chosen is not None and self._chosen.t0_ns == t_ns and not self._view.viewport.following:
            return self._chosen
        return self._moments.at(t_ns)

    def words(self, moment: Moment) -> tuple[str, str, str]:
        """When it begins, what is said of it, and which of all it is."""
        at = clock(moment.t0_ns - self._view.timeline.start_ns)
        text = said(moment, self._view.timeline)
        if moment.known is not Known.EXACT:
            text += f"  {glyphs.KNOWN[moment.known]}"
        return at, text, f"{self._place(moment) + 1}/{len(self._moments.all)}"

    def _place(self, moment: Moment) -> int:
        """Which of all it is; of one that has grown since it was told, its place."""
        known = self._moments.all
        place = bisect_left(known, order(moment), key=order)
        return min(place, len(known) - 1)

    def go(self, direction: int) -> str | None:
        """Go to the next (1) or previous (-1) moment; a line that says so where there is none."""
        view, port = self._view, self._view.viewport
        t_ns = port.cursor_ns
        found = self._beside(direction) or (
            self._moments.after(t_ns) if direction > 0 else self._moments.before(t_ns))
        if found is None:
            return _("no later moment") if direction > 0 else _("no earlier moment")
        if not port.following and found.t0_ns > port.frozen_ns:
            return _("the view is paused here: End shows what came since")
        port.move_cursor(found.t0_ns)
        view.choose_worker(found.worker)
        self._chosen = found
        return None

    def _beside(self, direction: int) -> Moment | None:
        """Of moments that begin at the same instant, the one after (or before) the one gone to."""
        chosen, known = self._chosen, self._moments.all
        if chosen is None or self.now is not chosen:
            return None
        place = self._place(chosen) + direction
        return known[place] if 0 <= place < len(known) and known[place].t0_ns == chosen.t0_ns else None
