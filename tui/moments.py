"""The moments of the session on the screen: found as it grows; one is told, all can be gone to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from concviz.core.insight import held_circles
from concviz.core.insight.moment import Kind, Moment
from concviz.core.insight.moments import LAG_NS, Moments
from concviz.core.insight.outline import Outline
from concviz.core.insight.recurring import Cause, Topic
from concviz.core.insight.topic_words import said_of_all, said_of_one
from concviz.core.language import _
from concviz.core.model import Known
from concviz.tui import glyphs
from concviz.tui.units import clock, count
from concviz.tui.view import SessionView

_WINDOWS, _CHANGES = 4, 3000
"""Looked at in one tick: so many windows, and none after so many changes, so that no frame is late."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the line tells of: all moments of a cause, or one of them."""

    topic: Topic
    place: int | None = None
    """Which of them; None: all, by the one that shows it best."""

    @property
    def moment(self) -> Moment:
        """The one to look at."""
        return self.topic.moment if self.place is None else self.topic.like.moments[self.place]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What was gone to, and the instant at which the cursor is then."""

    cause: Cause
    moment: Moment
    together: bool
    """Was it gone to as the one that shows best what all of its cause are?"""
    t_ns: int
    again: str = ""
    """Where it was begun anew, because there was none further on."""


class MomentWatch:
    """Keeps the moments up to date and knows which of them the reader is at."""

    def __init__(self, view: SessionView, looked_for: Sequence[Kind] = ()) -> None:
        """Begin with none.

        Args:
            looked_for: kinds that matter most in this session, the first one first.
        """
        self._view, self._looked_for = view, looked_for
        self.begin()
        view.moments = lambda t0_ns, t1_ns: self.outline.begins(t0_ns, t1_ns)
        view.alike = self._alike

    def begin(self) -> None:
        """Begin with none, also where the session was read anew."""
        self._moments = Moments(self._view.timeline, self._looked_for)
        self._chosen: _Chosen | None = None
        self._told: Told | None = None
        self._over = False

    def advance(self) -> bool:
        """Look at what is new; True while there is more to look at in a session that is over."""
        session = self._view.session
        if self._over or not session.caught_up:
            return False
        told = self._moments.tell(held_circles.of_session(session))
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

    @property
    def looking(self) -> bool:
        """Is there more to look at in a session that is over? Then what was found is what there is so far."""
        return self._view.viewport.ended and not self._over

    @property
    def _beyond(self) -> bool:
        """Is the cursor where nothing was looked at yet, and will not be for a while?"""
        until_ns = self._moments.until_ns
        ahead = self._view.viewport.cursor_ns > until_ns
        return self.looking and ahead and self._view.timeline.end_ns - until_ns > 2 * LAG_NS

    @property
    def _all_known(self) -> bool:
        """Is nothing held back, and nothing still to come? Then after the last one comes the first."""
        port = self._view.viewport
        return port.ended and self._over and port.as_of_ns is None

    @property
    def outline(self) -> Outline:
        """What can be told as far as the view shows: a paused one is told of as things were then."""
        return self._moments.outline(self._view.viewport.as_of_ns)

    @property
    def now(self) -> Told | None:
        """What to tell of: the moment that was gone to, or what matters most at the cursor."""
        gone_to = self._gone_to()
        if gone_to is not None or self._beyond:
            return gone_to
        topic = self.outline.at(self._view.viewport.cursor_ns)
        return None if topic is None else Told(topic)

    def _gone_to(self) -> Told | None:
        """The moment that was gone to, while the cursor is still there."""
        chosen, port = self._chosen, self._view.viewport
        if chosen is None or port.following or chosen.t_ns != port.cursor_ns:
            return None
        topic = next((topic for topic in self.outline.topics if topic.like.cause == chosen.cause), None)
        place = None if topic is None else _place(topic, chosen.moment)
        if topic is None or place is None:
            return None
        # another one may show best by now what they are: then it is one of them
        return Told(topic, None if chosen.together and place == topic.place else place)

    @property
    def line(self) -> tuple[str, str, str] | None:
        """What there is to say: when, what, and where the keys lead; None: nothing."""
        self._told = told = self.now
        if told is not None:
            return self._words(told)
        return self._looking_words() if self._beyond and self.outline.topics else None

    @property
    def told_of(self) -> tuple[Cause, bool] | None:
        """Of what the line told last: a cause, and whether of all its moments together."""
        return None if self._told is None else (self._told.topic.like.cause, self._told.place is None)

    def _looking_words(self) -> tuple[str, str, str]:
        timeline, until_ns = self._view.timeline, self._moments.until_ns
        share = (until_ns - timeline.start_ns) / max(timeline.end_ns - timeline.start_ns, 1)
        text = _("looking for what matters: {share} of the session").format(share=f"{share:.0%}")
        which = _("{n} so far").format(n=len(self.outline.topics))
        return glyphs.ELLIPSIS, text, f"{which}  {{ }}"

    def _words(self, told: Told) -> tuple[str, str, str]:
        """When it begins, what is said of it, and which of all it is, with the keys that lead to others."""
        timeline, outline, topic, moment = self._view.timeline, self.outline, told.topic, told.moment
        if told.place is None:
            text = said_of_all(topic, timeline, praise=not outline.troubled)
        else:
            text = said_of_one(told.place, topic, timeline)
        if moment.known is not Known.EXACT:
            text += f"  {glyphs.KNOWN[moment.known]}"
        which = f"{outline.place(topic) + 1}/{len(outline.topics)}  {{ }}"
        if topic.n > 1:
            within = f"×{count(topic.n)}" if told.place is None else f"{told.place + 1}/{count(topic.n)}"
            which += f"  {within}  # *"
        if self._chosen is not None and self._gone_to() == told:
            which = f"{self._chosen.again}{which}"
        if self.looking:
            which = _("so far") + f"  {which}"
        return clock(moment.t0_ns - timeline.start_ns), text, which

    def _alike(self, t0_ns: int, t1_ns: int) -> list[int]:
        """Where the others of the cause that is told of begin, between two instants."""
        if self._told is None or self._told.topic.n < 2:
            return []
        begins, n = self._told.topic.like.begins, self._told.topic.n
        return begins[bisect_left(begins, t0_ns) : min(bisect_left(begins, t1_ns), n)]

    def go(self, direction: int) -> str | None:
        """Go to the next (1) or previous (-1) cause's moment; a line that says so where there is none."""
        t_ns, outline = self._from_ns, self.outline
        found = self._beside(direction) or (outline.after(t_ns) if direction > 0 else outline.before(t_ns))
        if found is not None:
            self._go_to(found, None)
            return None
        if self._all_known and outline.topics:
            self._go_to(outline.topics[0 if direction > 0 else -1], None, _again(direction))
            return None
        if direction < 0:
            return _("no earlier moment")
        later = self._moments.outline().after(t_ns)
        return _("no later moment") if later is None else self._paused_words()

    def go_alike(self, direction: int) -> str | None:
        """Go to the next (1) or previous (-1) moment of the cause that is told of."""
        told, t_ns = self.now, self._from_ns
        if told is None:
            return _("no moment is told of here")
        topic, place = told.topic, told.place
        found = topic.like.beside(t_ns, direction) if place is None else place + direction
        if 0 <= found < topic.n:
            self._go_to(topic, found)
            return None
        if self._all_known:
            self._go_to(topic, found % topic.n, _again(direction))
            return None
        if direction < 0:
            return _("no earlier moment of this kind")
        later = found < len(topic.like.moments)
        return self._paused_words() if later else _("no later moment of this kind")

    @property
    def _from_ns(self) -> int:
        """From where the next one is looked for: the begin of the one gone to, wherever one looks at it."""
        told = self._gone_to()
        return self._view.viewport.cursor_ns if told is None else told.moment.t0_ns

    @staticmethod
    def _paused_words() -> str:
        return _("the view is paused here: End shows what came since")

    def _go_to(self, topic: Topic, place: int | None, again: str = "") -> None:
        """Put the cursor where what is said of a moment is to be seen, and select its worker."""
        told = Told(topic, place)
        self._view.viewport.move_cursor(told.moment.look_ns)
        self._view.choose_worker(told.moment.worker)
        cursor_ns = self._view.viewport.cursor_ns
        self._chosen = _Chosen(topic.like.cause, told.moment, place is None, cursor_ns, again)

    def _beside(self, direction: int) -> Topic | None:
        """Of topics whose moments begin at the same instant, the one after (or before) the one gone to."""
        told, topics = self._gone_to(), self.outline.topics
        if told is None or told.place is not None:
            return None
        place = self.outline.place(told.topic) + direction
        begins = told.topic.moment.t0_ns
        return topics[place] if 0 <= place < len(topics) and topics[place].moment.t0_ns == begins else None


def _again(direction: int) -> str:
    """That one went on from the other end."""
    end = _("first") if direction > 0 else _("last")
    return f"{glyphs.ROUND} {end}  "


def _place(topic: Topic, moment: Moment) -> int | None:
    """Which of a topic's moments is this one; it may have grown, and others may have been found before it."""
    begins = topic.like.begins
    alike = range(bisect_left(begins, moment.t0_ns), min(bisect_right(begins, moment.t0_ns), topic.n))
    return next((place for place in alike if topic.like.moments[place].worker == moment.worker), None)
