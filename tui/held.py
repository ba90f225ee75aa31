"""A held program as lines: how things stand, who could go next, who is stuck and for whom. Pure.

The ready list comes first and keeps its place; what does not fit is counted, never dropped silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.strip import Strip

from concviz.core.control.view import Blocked, Choice, Outside, State, View
from concviz.core.insight.retold import retold_decisions
from concviz.core.language import N_, _, ngettext
from concviz.core.text import clean
from concviz.tui import glyphs
from concviz.tui import held_words as words
from concviz.tui.held_rows import (
    INLINE,
    NARROW,
    Row,
    RowInks,
    SourceLine,
    choice_row,
    circle_rows,
    said_of,
    stuck_rows,
)
from concviz.tui.lines import width_of, wrapped
from concviz.tui.palette import Palette

READY = N_("ready, in the program's own order")
WAITING = N_("not ready")
NOBODY = N_("nobody is ready: who comes back from a call appears here")
NOTES = 2
"""Most lines about what cannot be stepped."""
_AROUND = len("▸1 ┃ ") + len("  ") + len(" ")
"""Cells of a choice that are neither its name nor what is said of it."""
_KEY = re.compile(r"\b[0-9.]+/[tk][0-9]+\b")


@dataclass(frozen=True, slots=True)
class Situation:
    """What the panel shows: the controller's view and what the screen adds to it."""

    view: View
    now_ns: int
    chosen: str = ""
    """Id of the selected choice."""
    told: str = ""
    """What the last step did, or what the reader should know now."""
    outcome: str = ""
    """How the program ended: ``exit 0``."""
    hint: str = ""
    """What to try, where that is known; shown in what room is left."""
    digits: Mapping[str, int] = field(default_factory=dict)
    """The key that runs a choice, by its id."""


class HeldBoard:
    """Lays out one situation in so many columns and lines.

    Args:
        situation: what is so. palette: its colours. source: the text of a line of a file.
    """

    def __init__(self, situation: Situation, palette: Palette, source: SourceLine) -> None:
        self.situation, self.view, self.palette, self.source = situation, situation.view, palette, source
        self._inks = RowInks(palette)

    def lines(self, width: int, height: int) -> list[Strip]:
        """Exactly ``height`` strips of ``width`` cells."""
        head = self._head(width)[:height]
        hint = self._hint(width, height - len(head))
        room = height - len(head) - len(hint)
        body = self._body(width, room) if room > 0 else []
        blank = Strip.blank(width, self._inks.ground)
        upper = [row.strip(width) for row in (*head, *body)]
        return [*upper, *[blank] * (len(head) + room - len(upper)), *(row.strip(width) for row in hint)]

    # -- the head ------------------------------------------------------------------------------------------

    def _head(self, width: int) -> list[Row]:
        view, inks = self.view, self._inks
        if view.state is State.OVER:
            outcome = self.situation.outcome or _("how is not known")
            words_after = _("the program has ended: {outcome}").format(outcome=outcome)
        else:
            words_after = " · ".join(words.headline(view))
        title = inks.strong(f" {words.state(view)}", self._state_color())
        made = ngettext("{n} step", "{n} steps", view.step).format(n=view.step)
        steps = [] if width < NARROW else [inks.quiet(f"{made} ")]
        rows = [inks.row(title, inks.plain(f"  {words_after}"), right=steps), *self._told()]
        if not view.fifo:
            rows.append(inks.row(inks.strong(f" ≠ {_(words.NOT_FIFO)}", self.palette.ready)))
        warning = inks.plain(" ! ", self.palette.ready)
        return rows + [inks.row(warning, inks.quiet(words.note(note))) for note in view.notes[:NOTES]]

    def _state_color(self) -> str:
        palette = self.palette
        return {
            State.DEADLOCK: palette.bad, State.RUNNING: palette.running, State.OVER: palette.muted,
        }.get(self.view.state, palette.accent)

    def _told(self) -> list[Row]:
        """What the last step did, or how a replay goes."""
        view, inks, divergence = self.view, self._inks, self.view.divergence
        if view.replaying:
            whole = view.step + view.replaying
            said = _("repeating {n} steps in a fresh process: {left} to go")
            return [inks.row(inks.strong(" " + said.format(n=whole, left=view.replaying)))]
        if divergence is not None and divergence.n > view.step:
            stopped = _("the replay stopped before step {n}").format(n=divergence.n)
            expected, found = _("expected"), _("found")
            label = max(cell_len(expected), cell_len(found)) + 2
            return [
                inks.row(inks.strong(f" ✗ {stopped}", self.palette.bad)),
                inks.row(inks.quiet(f"   {expected:{label}}"), inks.plain(self._named(divergence.expected))),
                inks.row(inks.quiet(f"   {found:{label}}"), inks.plain(self._named(divergence.found))),
            ]
        return [inks.row(inks.strong(f" {self.situation.told}"))] if self.situation.told else []

    def _named(self, text: str) -> str:
        """The text with the keys of workers that are known followed by their names."""
        view = self.view
        known: tuple[Choice | Blocked | Outside, ...] = (*view.ready, *view.blocked, *view.outside)
        names = {each.key: each.name for each in known}
        told = retold_decisions(text)
        return clean(_KEY.sub(lambda key: names.get(key.group(), key.group()), told))

    # -- the body ------------------------------------------------------------------------------------------

    def _body(self, width: int, room: int) -> list[Row]:
        rest = [
            *circle_rows(self.view, self._inks, width),
            *stuck_rows(self.view, self._inks, self.situation.now_ns, width),
        ]
        everybody = {choice.id for choice in self.view.ready} if width < INLINE else set()
        for sourced in (everybody, {self.situation.chosen} & everybody, set()):
            ready = self._ready(width, sourced)
            if len(ready) + len(rest) <= room:
                return self._set_apart(ready, rest, room)
        for_rest = min(len(rest), max(room // 3, room - len(ready)))
        return self._window(ready, room - for_rest) + self._cut(rest, for_rest)

    def _hint(self, width: int, room: int) -> list[Row]:
        """What to try, unless those whom the panel is about need the room."""
        lines, view, inks = wrapped(self.situation.hint, max(20, width - 4)), self.view, self._inks
        workers = (view.ready, view.cycle, view.cycle, view.blocked, view.outside, view.reports)
        if sum(map(len, workers)) + len(lines) > room:
            return []
        return [inks.row(inks.quiet(f" {'│' if n else '?'} {text}")) for n, text in enumerate(lines)]

    def _set_apart(self, ready: list[Row], rest: list[Row], room: int) -> list[Row]:
        """Both lists, with headings where there is room for them."""
        if not ready or not rest or len(ready) + len(rest) + 2 > room:
            return ready + rest
        return [self._heading(READY), *ready, self._heading(WAITING), *rest]

    def _heading(self, text: str) -> Row:
        return self._inks.row(self._inks.quiet(f" {_(text)}"))

    def _window(self, rows: list[Row], room: int) -> list[Row]:
        """As many rows of the ready list as fit, the selected one among them."""
        if len(rows) <= room:
            return rows
        selected = (n for n, row in enumerate(rows) if row.choice and row.choice == self.situation.chosen)
        first = min(max(0, next(selected, 0) - room // 2), len(rows) - room)
        shown, below = rows[first : first + room], len(rows) - first - room
        if room > 3 and first:  # in less room the rows themselves are worth more
            shown[0] = self._more(first + 1, N_("{n} more ready before"))
        if room > 1 and below:
            shown[-1] = self._more(below + 1, N_("{n} more ready"))
        return shown

    def _cut(self, rows: list[Row], room: int) -> list[Row]:
        if len(rows) <= room or not room:
            return rows[:room]
        return [*rows[: room - 1], self._more(len(rows) - room + 1, N_("{n} more waiting"))]

    def _more(self, number: int, words: str) -> Row:
        return self._inks.row(self._inks.quiet(f"   {glyphs.ELLIPSIS} {_(words).format(n=number)}"))

    def _name_width(self, width: int) -> int:
        """Cells of a name in the ready list: of the longest, where what is said beside it leaves so much."""
        ready, inks, now_ns = self.view.ready, self._inks, self.situation.now_ns
        names = [cell_len(words.name(choice)) for choice in ready if choice.choosable]
        beside = [cell_len(said_of(choice)) + width_of(inks.since(choice.since_ns, now_ns))
                  for choice in ready]
        left = width - max(beside, default=0) - _AROUND
        return min(max(names, default=words.NAME), max(8, width // 4, left))

    def _ready(self, width: int, sourced: set[str]) -> list[Row]:
        """The ready list; below each choice in ``sourced`` the line of its source."""
        view, inks = self.view, self._inks
        name_width = self._name_width(width)
        rows: list[Row] = []
        for choice in view.ready:
            site = choice.site if choice.choosable else None
            text = self.source(site.file, site.line) if site else ""
            rows.append(choice_row(
                choice, inks, selected=choice.id == self.situation.chosen,
                digit=self.situation.digits.get(choice.id),
                name_width=name_width, source=text if width >= INLINE else "", now_ns=self.situation.now_ns,
            ))
            if text and choice.id in sourced:
                rows.append(inks.row(inks.quiet(f"{'':{name_width + 7}}{text}")))
        if not rows and view.state is State.HELD:
            rows.append(inks.row(inks.quiet(f"   {_(NOBODY)}")))
        return rows
