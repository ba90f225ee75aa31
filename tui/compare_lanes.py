"""The small lanes of a comparison: a few of each model, all under one time axis. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from concviz.core.insight.compare_lanes import choose
from concviz.core.insight.rounded import seconds
from concviz.core.timeline.timeline import Timeline
from concviz.tui.lines import cut, line
from concviz.tui.palette import Palette
from concviz.tui.strips import Painted, paint, segments

LABEL = 17
MOST_ROWS = 6
_STEPS = (1, 1.5, 2, 3, 5, 7, 10)


class Shape(NamedTuple):
    """One model's run, or what there is of it so far."""

    model: str
    timeline: Timeline
    t0_ns: int
    t1_ns: int
    live: bool = False


class Drawn(NamedTuple):
    """The painted lanes of one shape, and how many are not shown."""

    lanes: tuple[Painted, ...]
    left_out: int


def axis_ns(shapes: Sequence[Shape]) -> int:
    """How long the axis is: as the longest run; one that still goes on moves it in steps, not always."""
    done = max((shape.t1_ns - shape.t0_ns for shape in shapes if not shape.live), default=0)
    live = max((shape.t1_ns - shape.t0_ns for shape in shapes if shape.live), default=0)
    if live <= done:
        return max(done, 1)
    power = int(10 ** (len(str(live)) - 1))
    return next(round(step * power) for step in _STEPS if step * power >= live)


class PaintedLanes:
    """Painted lanes; those of finished runs are kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[int, ...], Drawn]] = {}

    def of(self, shape: Shape, cell_ns: int, columns: int, rows: int) -> Drawn:
        """The lanes of one shape in ``columns`` cells of ``cell_ns``, at most ``rows`` of them."""
        key = (id(shape.timeline), shape.t0_ns, shape.t1_ns, cell_ns, columns, rows)
        kept = self._kept.get(shape.model)
        if kept is None or kept[0] != key:
            chosen = choose(shape.timeline, shape.t0_ns, shape.t1_ns, cell_ns, columns, rows)
            drawn = Drawn(tuple(paint(cells, cell_ns) for _, cells in chosen.lanes), chosen.left_out)
            kept = self._kept[shape.model] = (key, drawn)
        return kept[1]

    def strips(
        self, shapes: Sequence[Shape], chosen: str, width: int, height: int, palette: Palette
    ) -> list[Strip]:
        """The axis and the lanes: as many of each model as there is room for, one at least.

        Args:
            chosen: the model that is selected. height: lines that there are.
        """
        if not shapes:
            return []
        columns = max(width - LABEL - 1, 10)
        whole_ns = axis_ns(shapes)
        cell_ns = max(-(-whole_ns // columns), 1)
        rows = min(MOST_ROWS, max(1, (height - 1) // len(shapes)))
        muted = palette.text(palette.muted)
        end = seconds(whole_ns / 1e9)
        strips = [line([(f"{'':{LABEL}} 0", muted)], width, palette.text(), [(end, muted)])]
        for shape in shapes:
            drawn = self.of(shape, cell_ns, columns, rows)
            strips += _strips(shape, drawn, shape.model == chosen, width, palette)
        return strips


def _strips(shape: Shape, drawn: Drawn, chosen: bool, width: int, palette: Palette) -> list[Strip]:
    """One model: its name beside its first lane, and how many lanes there are more beside its last."""
    styled = palette.chosen if chosen else palette.text
    strips = []
    for place, painted in enumerate(drawn.lanes):
        more = f" +{drawn.left_out} " if drawn.left_out > 0 and place == len(drawn.lanes) - 1 else ""
        label = cut(shape.model, LABEL - 1 - len(more)) if place == 0 else ""
        head = [
            Segment(f" {label}", styled(bold=chosen)),
            Segment(" " * (LABEL - len(label) - len(more)), styled()),
            Segment(more, styled(palette.muted)),
        ]
        cells = segments(painted, palette)
        rest = width - LABEL - 1 - len(painted.inks)
        strips.append(Strip([*head, *cells, Segment(" " * max(rest, 0), palette.text())], width))
    return strips
