"""A lane for each core: at the left its number and who is on it, at the right who was."""

from __future__ import annotations

from textual.strip import Strip

from concviz.core.language import N_, _
from concviz.tui.core_lanes import CoreLanes
from concviz.tui.lines import Part, cut, line, width_of
from concviz.tui.widgets.lanes import blank, head_width, scrollbar
from concviz.tui.widgets.pointed import Pointed

NOT_SAMPLED = N_("nothing has been seen of the cores: they are sampled, once a program runs")
FORBIDDEN = N_("not allowed")


class CoreView(Pointed):
    """The visible cores."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lanes: CoreLanes | None = None

    @property
    def head_columns(self) -> int:
        """Columns that name the cores."""
        return head_width(self.size.width)

    def row_at(self, y: int) -> int | None:
        """The core on a line."""
        core = self.lanes.top + y if self.lanes is not None else 0
        return core if self.lanes is not None and core < self.lanes.cores.count else None

    def forget(self) -> None:
        """Draw everything anew."""
        if self.lanes is not None:
            self.lanes.forget()
        self.refresh()

    def paint(self) -> None:
        """Draw the cores in sight; a line that stays the same is not painted again."""
        lanes, width = self.lanes, self.size.width
        if lanes is None or not width:
            return
        if not lanes.cores.count:
            quiet = self.palette.text(self.palette.muted)
            self.show([line([(f" {_(NOT_SAMPLED)}", quiet)], width, self.palette.text())])
            return
        last = min(lanes.top + self.size.height, lanes.cores.count)
        strips = [self._strip(core) for core in range(lanes.top, last)]
        self.show([*strips, *self._processes(self.size.height - len(strips))])

    def _processes(self, room: int) -> list[Strip]:
        """Which letter stands for which process, where there is room below the cores."""
        assert self.lanes is not None
        palette, width, names = self.palette, self.size.width, self.lanes.names
        ground = palette.text()
        lines: list[list[Part]] = [[]]
        for pid in dict.fromkeys(occupant.pid for occupant in self.lanes.cores.occupants):
            pair = [
                (f" {names.letter(pid)}", palette.text(names.color(pid, palette), bold=True)),
                (f" {names.process(pid)} ({pid}) ", palette.text(palette.muted)),
            ]
            if width_of([*lines[-1], *pair]) > width:
                lines.append([])
            lines[-1] += pair
        return [Strip.blank(width, ground), *(line(parts, width, ground) for parts in lines)][: max(room, 0)]

    def _strip(self, core: int) -> Strip:
        assert self.lanes is not None
        lanes, palette, width = self.lanes, self.palette, self.size.width
        port = lanes.view.viewport
        head = self._head(core, self.head_columns - 1)
        bar = scrollbar(core - lanes.top, self.size.height, lanes.top, lanes.cores.count)
        cells = lanes.segments(core, palette)
        filled = sum(len(segment.text) for segment in cells)
        rest = width - self.head_columns - filled
        if rest > 0:
            cells += blank(rest, port.cursor_column, filled, core == lanes.chosen, palette)
        return Strip([*head, *line([(bar, palette.text(palette.faint))], 1, palette.text()), *cells], width)

    def _head(self, core: int, width: int) -> Strip:
        """The core's number, and who is on it or that nobody may be."""
        assert self.lanes is not None
        lanes, palette = self.lanes, self.palette
        ink = palette.chosen if core == lanes.chosen else palette.text
        left: list[Part] = [(" " + _("core {n}").format(n=core) + " ", ink(bold=core == lanes.chosen))]
        if lanes.cores.rights.forbidden(core, lanes.t_ns):
            return line(left, width, ink(), [(f"✕ {_(FORBIDDEN)} ", ink(palette.bad))])
        stay = lanes.cores.at(core, lanes.t_ns)
        if stay is None:
            return line(left, width, ink(), [("· ", ink(palette.faint))])
        pid = lanes.cores.occupants[stay.who].pid
        name = cut(lanes.names.name(stay.who, lanes.t_ns), max(1, width - len(left[0][0]) - 5))
        right: list[Part] = [
            (f"{lanes.names.letter(pid)} ", ink(lanes.names.color(pid, palette), bold=True)),
            (f"{name} ", ink(palette.muted)),
        ]
        return line(left, width, ink(), right)
