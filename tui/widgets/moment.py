"""A line, two or three about the moment at the cursor: what happens there that is worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from concviz.tui.lines import line, width_of, wrapped
from concviz.tui.widgets.lined import Lined
from concviz.tui.widgets.ruler import MOMENT

if TYPE_CHECKING:
    from concviz.tui.moments import MomentWatch

_MOST = 3


class MomentLine(Lined):
    """``◇ 1.250 s  10 threads wait at once …``; in as many lines as it needs.

    While it tells of the same it does not shrink: the lanes below would jump with each figure that grows.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = 0
        self._of: object = None

    def update(self, watch: MomentWatch, room: int) -> int:
        """Show what there is to say; returns how many lines that takes, 0: there is nothing to say.

        Args:
            room: how wide it may be.
        """
        said = watch.line
        if said is None:
            self._lines = 0
            return 0
        if self._of != (of := (watch.told_of, room)):
            self._lines, self._of = 0, of
        at, text, which = said
        width, palette = room, self.palette
        ground = palette.text(background=palette.panel)
        quiet = palette.text(palette.muted, background=palette.panel)
        lead = [
            (f" {MOMENT} ", palette.text(palette.accent, bold=True, background=palette.panel)),
            (f"{at}  ", quiet),
        ]
        right = [(f"{which} ", quiet)]
        words, indent = " ".join(text.split()), width_of(lead)
        first = "".join(wrapped(words, max(width - indent - width_of(right) - 1, 20))[:1])
        rows = [first, *wrapped(words.removeprefix(first), max(width - indent - 1, 20))]
        self._lines = max(min(len(rows), _MOST), self._lines)
        if len(rows) > _MOST:  # the last one is cut
            rows = [*rows[: _MOST - 1], " ".join(rows[_MOST - 1 :])]
        strips = [line([*lead, (rows[0], ground)], width, ground, right)]
        strips += [line([(" " * indent, ground), (row, ground)], width, ground) for row in rows[1:]]
        strips += [line([], width, ground)] * (self._lines - len(strips))
        self.show(strips)
        return self._lines
