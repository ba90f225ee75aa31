"""Rows of a held program's panel: one who could go, one who cannot, the circle of a deadlock. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from concviz.core.control.view import Blocked, Choice, Link, State, View
from concviz.core.language import N_, _
from concviz.core.model import Reason
from concviz.core.text import clean
from concviz.tui import glyphs
from concviz.tui import held_words as words
from concviz.tui.inks import Inks
from concviz.tui.lines import Part, cut_name, cut_pair, fitted, line, width_of
from concviz.tui.units import duration

SourceLine = Callable[[str, int], str]
INLINE = 110
"""From this width on the source line stands beside what a worker is about to do."""
NARROW = 60
"""Below this width nothing stands at the right edge."""
STUCK = N_("nobody can go on: each waits for what only another could give")


@dataclass(slots=True)
class Row:
    """A line of the panel."""

    parts: list[Part]
    right: list[Part]
    ground: Style
    choice: str = ""
    """Id of the choice it shows."""

    def strip(self, width: int) -> Strip:
        """The line, in so many cells."""
        return line(self.parts, width, self.ground, self.right if width >= NARROW else [])


class RowInks(Inks):
    """Words of the panel, and rows of them."""

    def row(self, *parts: Part, right: list[Part] | None = None) -> Row:
        """A line of them."""
        return Row(list(parts), right or [], self.ground)

    def since(self, since_ns: int, now_ns: int) -> list[Part]:
        """For how long, at the right edge."""
        return [self.quiet(f"{duration(max(0, now_ns - since_ns))} ")] if since_ns else []


def choice_row(
    choice: Choice, inks: RowInks, *,
    selected: bool, digit: int | None, name_width: int, source: str, now_ns: int,
) -> Row:
    """One entry of the ready list; one that cannot be chosen says why.

    Args:
        choice: the entry. inks: its colours. selected: is it the reader's? digit: the key that runs it.
        name_width: cells of its name. source: the text of its line, '' to leave it out. now_ns: the clock.
    """
    palette = inks.palette
    ground = palette.chosen() if selected else inks.ground

    def ink(color: str | None = None, *, bold: bool = False) -> Style:
        if selected:
            return palette.chosen(None if palette.plain else color, bold=bold)
        return palette.text(color, bold=bold, background=palette.panel)

    dim = None if choice.choosable else palette.muted
    number = str(digit) if digit else " " if choice.choosable else "–"
    parts = [
        ("▸" if selected else " ", ink(palette.accent, bold=True)),
        (f"{number} ", ink(palette.accent, bold=True)),
        (f"{glyphs.KINDS[words.kind(choice.task)]} ", ink(dim or palette.accent)),
        (f"{fitted(cut_name(words.name(choice), name_width), name_width)}  ",
         ink(dim, bold=choice.choosable)),
        (said_of(choice), ink(dim)),
    ]
    if source:
        parts.append((f"   {source}", ink(palette.muted)))
    since = [(text, ink(palette.muted)) for text, _ in inks.since(choice.since_ns, now_ns)]
    return Row(parts, since, ground, choice.id)


def said_of(choice: Choice) -> str:
    """What it is about to do, or why it cannot be chosen."""
    return clean(_(choice.why_not)) or words.about(choice)


def stuck_rows(view: View, inks: RowInks, now_ns: int, width: int) -> Iterator[Row]:
    """Who cannot be chosen: blocked, silent, in a call. Those of a deadlock's circle are told there.

    Args:
        view, inks, now_ns: as above. width: of the panel; a lock's holder is told in it, whatever is not.
    """
    circle = {link.key for link in view.cycle} if view.state is State.DEADLOCK else set()
    palette = inks.palette
    for blocked in view.blocked:
        if blocked.key not in circle:
            sign = inks.plain(f" {glyphs.WAITING[Reason.LOCK]} ", palette.reason(Reason.LOCK))
            since = inks.since(blocked.since_ns, now_ns)
            taken = width_of(since) + 1 if since and width >= NARROW else 0
            name, text = _waits(blocked, width - len(" ═ ┃ ") - taken)
            yield inks.row(sign, *_who(inks, blocked.task, name, text), right=since)
    for report in view.reports:
        yield inks.row(inks.plain(" ! ", palette.ready), *_who(inks, None, report.name, words.silent(report)),
                       right=inks.since(report.since_ns, now_ns))
    for outside in view.outside:
        if outside.key not in circle:
            text = f"{words.does(outside)}{words.at(outside.site)}"
            yield inks.row(inks.quiet(f" {glyphs.WAITING[Reason.IO]} "),
                           *_who(inks, outside.task, outside.name, text),
                           right=inks.since(outside.since_ns, now_ns))


def _waits(blocked: Blocked, room: int) -> tuple[str, str]:
    """The name of a blocked worker, and for what it waits: both names are cut before one of them is lost."""
    name, owner = clean(blocked.name, words.NAME), clean(blocked.owner_name, words.NAME)
    forms = words.waits(blocked, owner)
    text = _longest(forms, room - cell_len(name) - 2)
    if cell_len(name) + 2 + cell_len(text) > room and owner in text:
        name, owner = cut_pair(name, owner, room - 2 - (cell_len(text) - cell_len(owner)))
        text = words.waits(blocked, owner)[-1]
    return name, text


def _longest(forms: Sequence[str], room: int) -> str:
    """The first of these that fits, else the last."""
    return next((form for form in forms if cell_len(form) <= room), forms[-1])


def _who(inks: RowInks, task: int | None, name: str, text: str) -> tuple[Part, ...]:
    sign = glyphs.KINDS[words.kind(task)]
    return inks.quiet(f"{sign} "), inks.plain(clean(name, words.NAME)), inks.quiet(f"  {text}")


def circle_rows(view: View, inks: RowInks, width: int) -> Iterator[Row]:
    """Each worker of a deadlock, what it holds and what it waits for; the last one waits for the first.

    Args:
        view, inks: as above. width: of the panel.
    """
    if view.state is not State.DEADLOCK:
        return
    bad, cycle = inks.palette.bad, view.cycle
    if not cycle:
        yield inks.row(inks.strong(f" {_(STUCK)}", bad))
    for number, link in enumerate(cycle):
        last = number == len(cycle) - 1
        yield inks.row(inks.strong(" ╭▶ " if number == 0 else " ├▶ ", bad),
                       inks.strong(clean(link.name, words.NAME)), *_holds(inks, cycle[number - 1]))
        yield inks.row(inks.strong(" ╰── " if last else " │   ", bad), *_wants(inks, link, width - 5))


def _holds(inks: RowInks, link: Link) -> tuple[Part, ...]:
    """What the owner of a link has."""
    if words.joins(link):
        return ()
    taken = ", " + _("taken") + words.at(link.taken_at) if link.taken_at else ""
    return inks.quiet("  " + _("holds") + " "), inks.plain(words.lock(link.waits_for)), inks.quiet(taken)


def _wants(inks: RowInks, link: Link, room: int) -> tuple[Part, ...]:
    """For what it waits and who has that, in so many cells if that can be."""
    verb, lock, owner = _("waits for") + " ", words.lock(link.waits_for), clean(link.owner_name, words.NAME)
    room -= cell_len(verb) + cell_len(lock)
    where = _longest(words.wants(link, owner), room)
    if cell_len(where) > room and not words.joins(link):
        where = words.wants(link, cut_name(owner, max(1, room - cell_len(where) + cell_len(owner))))[-1]
    return inks.quiet(verb), inks.plain(lock), inks.quiet(where)
