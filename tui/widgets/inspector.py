"""The selected lane at the cursor: a few lines below the lanes, or a panel beside them."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from concviz.tui.details import Facts, Inspection, SourceLine, Words
from concviz.tui.lines import line, width_of
from concviz.tui.view import SessionView
from concviz.tui.widgets.lined import Lined

LABEL = 10


class Inspector(Lined):
    """State, site, waker, totals and gauges."""

    def update(self, view: SessionView, source: SourceLine) -> None:
        """Show what is known now."""
        width, height = self.size.width, self.size.height
        if not width or not height:
            return
        facts = Inspection(view, self.palette, source).facts()
        ground = self.palette.text(background=self.palette.panel)
        label = self.palette.text(self.palette.muted, background=self.palette.panel)
        tall = height > 10 and width < 80
        rows = tall_rows(facts, width) if tall else flat_rows(facts, width)
        strips = [row_strip(name, words, width, ground, label) for name, words in rows]
        strips += [Strip.blank(width, ground)] * (height - len(strips))
        self.show(strips[:height])


def row_strip(name: str, words: Words, width: int, ground: Style, label: Style) -> Strip:
    """One line: a short label, then the words."""
    lead = [(f" {name:<{LABEL - 1}}", label)] if name else [(" ", ground)]
    return line([*lead, *words], width, ground)


def joined(first: Words, second: Words, gap: str = "   ") -> Words:
    """Two facts on one line."""
    if first and second:
        return [*first, (gap, first[-1][1]), *second]
    return first or second


def flat_rows(facts: Facts, width: int) -> list[tuple[str, Words]]:
    """At most six lines across the screen, the most telling first."""
    label = facts.about[0][1] if facts.about else None
    rows: list[tuple[str, Words]] = [("", joined(facts.title, facts.state, "  "))]
    about = facts.about
    if width >= 100 and width_of(rows[0][1]) + width_of(about) + 4 < width:
        rows[0] = ("", joined(rows[0][1], about))
        about = []
    where = joined(facts.site, facts.source, "  ")
    if where:
        rows.append(("at", where if width < 100 else joined(where, facts.call, "  in ")))
    links: Words = list(facts.waker)
    if facts.awaits and label is not None:
        links = joined(links, [("awaits ", label), *facts.awaits])
    rows.append(("woken by" if facts.waker else "", links) if links else ("", about))
    rows.append(("totals", joined(facts.shares, facts.work)))
    rows.append(("process", facts.process))
    rows.append(("GIL", facts.gil))
    return [row for row in rows if row[1]]


def tall_rows(facts: Facts, width: int) -> list[tuple[str, Words]]:
    """One fact a line, grouped."""
    blank: tuple[str, Words] = ("", [])
    rows: list[tuple[str, Words]] = [
        blank,
        ("", facts.title),
        ("", facts.about),
        blank,
        ("", facts.state[:2]),
    ]
    rows.append(("", facts.state[2:]))
    rows += [
        (name, words)
        for name, words in (
            ("at", facts.site),
            ("", [("  ", facts.source[0][1]), *facts.source] if facts.source else []),
            ("in", facts.call),
            ("woken by", facts.waker),
            ("awaits", facts.awaits),
        )
        if words
    ]
    shares = facts.shares
    rows += [
        blank,
        ("", shares[:3]),
        ("", [("", shares[0][1]), *shares[3:]] if shares else []),
        ("", facts.work),
    ]
    if facts.process:
        rows += [
            blank,
            ("process", facts.process[:1]),
            ("", [("        ", facts.process[0][1]), *facts.process[1:]]),
        ]
    if facts.gil:
        rows += [("GIL", facts.gil)]
    if facts.places:
        rows += [
            blank,
            ("", [("where the time went", facts.places[0][1][1])]),
            *(("", words) for words in facts.places),
        ]
    return rows
