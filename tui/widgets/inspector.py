"""The selected lane at the cursor: a few lines below the lanes, or a panel beside them."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from concviz.core.language import _
from concviz.tui.details import Facts, Inspection, SourceLine, Words
from concviz.tui.lines import cut, line, width_of
from concviz.tui.view import SessionView
from concviz.tui.widgets.lined import Lined

LABEL = 10
Row = tuple[str, Words, Words]
"""A label, the words, and words for the right edge."""


class Inspector(Lined):
    """State, site, waker, totals and gauges."""

    def update(self, view: SessionView, source: SourceLine) -> None:
        """Show what is known now."""
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        facts = Inspection(view, self.palette, source).facts()
        rows = tall_rows(facts) if width < 70 and height > 6 else flat_rows(facts, width)
        self._show(rows)

    def tell(self, rows: list[Row]) -> None:
        """Show rows of another's making."""
        if self.size.width and self.size.height:
            self._show(rows)

    def _show(self, rows: list[Row]) -> None:
        width, height = self.size.width, self.size.height
        ground = self.palette.text(background=self.palette.panel)
        label = self.palette.text(self.palette.muted, background=self.palette.panel)
        strips = [row_strip(row, width, ground, label) for row in rows]
        strips += [Strip.blank(width, ground)] * (height - len(strips))
        self.show(strips[:height])


def row_strip(row: Row, width: int, ground: Style, label: Style) -> Strip:
    """One line: a short label, the words, and at the right what still fits."""
    name, words, right = row
    lead = (f" {name:<{LABEL - 1}}", label) if name else (" ", ground)
    if right and 1 + width_of([lead, *words, *right]) + 3 > width:
        right = []
    return line([lead, *words], width, ground, [*right, (" ", ground)] if right else [])


def joined(first: Words, second: Words, gap: str = "   ") -> Words:
    """Two facts on one line."""
    if first and second:
        return [*first, (gap, first[-1][1]), *second]
    return first or second


def shortened(title: Words, width: int) -> Words:
    """Glyph, name and kind of a worker at no more than ``width`` cells, at the cost of the name."""
    spare = width - width_of(title)
    if spare >= 0 or len(title) != 3:
        return title
    glyph, (name, style), kind = title
    return [glyph, (cut(name, max(8, cell_len(name) + spare)), style), kind]


def flat_rows(facts: Facts, width: int) -> list[Row]:
    """A few lines across the screen, the most telling first."""
    where = joined(facts.site, facts.source, "  ")
    links = facts.waker
    if facts.awaits:
        links = joined(links, [(_("awaits") + " ", facts.awaits[0][1]), *facts.awaits])
    title = shortened(facts.title, width - 4 - width_of(facts.state))
    rows: list[Row] = [
        ("", joined(title, facts.state, "  "), joined(facts.about, facts.life, " · ")),
        (facts.where, where, joined([], facts.call)),
        (_("woken by") if facts.waker else "", links, []),
        (_("totals"), facts.shares, facts.work),
        (_("process"), facts.process, []),
        (_("GIL"), facts.gil, []),
    ]
    if facts.of_thread:
        rows[4:] = rows[:3:-1]
    return [row for row in rows if row[1]]


def tall_rows(facts: Facts) -> list[Row]:
    """One fact a line, in groups set apart by a blank line."""
    groups: list[list[tuple[str, Words]]] = [
        [("", facts.title), ("", facts.about), ("", facts.life)],
        [
            ("", facts.state[:2]), ("", facts.state[2:]),
            (facts.where, facts.site), ("", facts.source), (_("in"), facts.call),
            (_("woken by"), facts.waker), (_("awaits"), facts.awaits),
        ],
        [("", facts.shares[:3]), ("", facts.shares[3:]), ("", facts.work)],
        [
            (_("process"), facts.process[:1]), ("", facts.process[1:]),
            (_("GIL"), facts.gil[:1]), ("", facts.gil[1:]),
        ],
        [("", words) for words in facts.places],
    ]
    rows: list[Row] = []
    for group in groups:
        filled: list[Row] = [(name, words, []) for name, words in group if words]
        if filled:
            rows += [("", [], []), *filled]
    return rows
