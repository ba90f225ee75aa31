"""The time axis, and above the lanes, where there is room, concurrency and parallelism over time."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from concviz.core.language import _
from concviz.tui import glyphs
from concviz.tui.lines import line
from concviz.tui.units import clock, duration
from concviz.tui.view import SessionView
from concviz.tui.viewport import Viewport
from concviz.tui.widgets.lanes import head_width
from concviz.tui.widgets.lined import Lined

TICK_ROOM = 12
MOMENT = "◇"
"""Here begins something worth a look."""
ALIKE = "◦"
"""And here another one like the one that is told of."""


def tick_step(cell_ns: int) -> int:
    """Nanoseconds between labels: 1, 2 or 5 times a power of ten, at least ``TICK_ROOM`` cells."""
    wanted = cell_ns * TICK_ROOM
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= wanted:
                return step * factor
        step *= 10


def ticks(view: Viewport) -> list[tuple[int, str]]:
    """Columns and labels of the axis."""
    step = tick_step(view.cell_ns)
    offset = view.t0_ns - view.start_ns
    found = []
    at = -(-offset // step) * step
    while at < offset + view.columns * view.cell_ns:
        found.append(((at - offset) // view.cell_ns, clock(at, step)))
        at += step
    return found


def axis(
    view: Viewport, marks: list[int], moments: Sequence[int] = (), alike: Sequence[int] = (),
) -> tuple[str, dict[int, str]]:
    """The axis as text, and what stands out in it: column → the cursor, a mark, or a moment.

    Args:
        marks, moments, alike: instants; the moments are in sight, ``alike`` are the like of one of them.
    """
    special: dict[int, str] = {}
    for number, t_ns in enumerate(marks, 1):
        column = (t_ns - view.t0_ns) // view.cell_ns
        if 0 <= column < view.columns:
            special[column] = str(number)[-1] if number < 10 else "◆"
    begins = {(t_ns - view.t0_ns) // view.cell_ns for t_ns in moments}
    others = {(t_ns - view.t0_ns) // view.cell_ns for t_ns in alike}
    labels = ticks(view)
    # where there are few, a label gives way to one that lies within it
    before_labels = begins if len(begins) <= len(labels) else set()
    if 2 * len(begins | others) <= len(labels):
        before_labels = begins | others
    cells, free = [" "] * view.columns, set(range(view.columns))
    for column, label in labels:
        text = f"╵{label}"
        taken = range(column, column + cell_len(text) + 1)
        # a mark's number beside it would read as its digit, and the cursor would hide one
        hidden = any(mark in taken for mark in special) or view.cursor_column in taken[1:] or (
            not before_labels.isdisjoint(taken[1:]))
        if taken[-1] < view.columns and not hidden:
            cells[column : column + len(text)] = text
            free.difference_update(taken[1:])  # one that begins with the label stands in its tick's place
    for column in begins & free:
        special.setdefault(column, MOMENT)
    for column in others & free:
        special.setdefault(column, ALIKE)
    if view.cursor_column is not None:
        special[view.cursor_column] = "▼"
    return "".join(cells), special


class Ruler(Lined):
    """The axis; with three lines also the two counters, each scaled to the peak in sight."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._counters: dict[str, tuple[tuple[int, int], dict[int, float]]] = {}

    def forget(self) -> None:
        """What was drawn may be other than it was."""
        self._counters.clear()

    def update(self, view: SessionView) -> None:
        """Draw the axis, and the counters if the widget is three lines high."""
        width = self.size.width
        if not width:
            return
        strips = [self._axis(view, width)]
        if self.size.height >= 3:
            strips.append(self._counter("concurrency", view, width))
            strips.append(self._counter("parallelism", view, width))
        self.show(strips)

    def _axis(self, view: SessionView, width: int) -> Strip:
        palette, port = self.palette, view.viewport
        head = head_width(width)
        at = clock(port.cursor_ns - port.start_ns, max(1, min(port.cell_ns, 1_000_000)))
        lead = line(
            [(f" {at}", palette.text(palette.accent, bold=not port.following))], head, palette.text(),
            [(_("{length}/col").format(length=duration(port.cell_ns)) + " ", palette.text(palette.muted))],
        )
        in_sight = port.t0_ns, port.t1_ns
        text, special = axis(port, view.marks.at, view.moments(*in_sight), view.alike(*in_sight))
        colors = {"▼": palette.cursor, MOMENT: palette.accent, ALIKE: palette.muted}
        segments = list(lead)
        start = 0
        for column in sorted(special):
            segments.append(Segment(text[start:column], palette.text(palette.muted)))
            color = colors.get(special[column], palette.ready)
            segments.append(Segment(special[column], palette.text(color, bold=True)))
            start = column + 1
        segments.append(Segment(text[start:], palette.text(palette.muted)))
        return Strip([segment for segment in segments if segment.text], width)

    def _counter(self, name: str, view: SessionView, width: int) -> Strip:
        palette = self.palette
        values = self._values(name, view)
        top = max([1.0, *values])
        bars = "".join(bar(value, top) for value in values)
        head = line(
            [(f" {_(name)}", palette.text(palette.muted))], head_width(width), palette.text(),
            [(f"↑{top:g} ", palette.text(palette.muted))],
        )
        color = palette.accent if name == "concurrency" else palette.running
        body = Segment(bars.ljust(width - head_width(width)), palette.text(color, background=palette.panel))
        return Strip([*head, body], width)

    def _values(self, name: str, view: SessionView) -> list[float]:
        """Mean of the counter in each cell; what lies well in the past is kept."""
        port = view.viewport
        series = view.timeline.concurrency if name == "concurrency" else view.timeline.parallelism
        key = (port.cell_ns, port.start_ns)
        kept_for, kept = self._counters.get(name, (key, {}))
        if kept_for != key or len(kept) > 8 * port.columns:
            kept = {}
        last = min(port.first + port.columns, -((port.start_ns - port.limit_ns) // port.cell_ns))
        settled = last - 2 - 500_000_000 // port.cell_ns if not port.ended else last
        values = []
        for index in range(port.first, last):
            value = kept.get(index)
            if value is None or index >= settled:
                t0 = port.start_ns + index * port.cell_ns
                kept[index] = value = series.mean(t0, min(t0 + port.cell_ns, max(t0 + 1, port.end_ns)))
            values.append(round(value, 1))
        self._counters[name] = (key, kept)
        return values


def bar(value: float, top: float) -> str:
    """A bar of eighths; anything above nothing shows."""
    if value <= 0:
        return " "
    return glyphs.BARS[min(8, max(1, round(value * 8 / top)))]


