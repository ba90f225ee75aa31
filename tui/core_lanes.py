"""The cores of one session on the screen: which are in sight, which is selected, what they show.

Commands are those of ``SessionView``, for cores: what may have nothing to do returns a line that says so.
"""

from __future__ import annotations

from rich.segment import Segment

from concviz.core.language import N_, _
from concviz.tui import core_strips
from concviz.tui.core_names import CoreNames
from concviz.tui.palette import Palette
from concviz.tui.view import SessionView

NOT_HERE = N_("that is asked of a worker: c shows the workers' lanes again")


class CoreLanes:
    """What the reader looks at when they look at cores."""

    def __init__(self, view: SessionView) -> None:
        self.view = view
        self.cores = view.timeline.cores
        self.names = CoreNames(view.timeline)
        self.chosen = 0
        """The selected core."""
        self.top = 0
        self.height = 1
        self._kept: dict[int, tuple[tuple[object, ...], list[core_strips.Cell]]] = {}

    # -- moving ----------------------------------------------------------------------------------------------

    def resize(self, height: int) -> None:
        """Fit the number of lines that there are."""
        self.height = max(1, height)
        self.scroll(0)

    def choose(self, core: int) -> None:
        """Select a core and bring it into sight."""
        self.chosen = min(max(0, core), max(0, self.cores.count - 1))
        self.top = min(max(self.top, self.chosen - self.height + 1), self.chosen)

    def move(self, by: int) -> None:
        """Select the core ``by`` lines further down."""
        self.choose(self.chosen + by)

    def scroll(self, by: int) -> None:
        """Scroll without moving the selection."""
        self.top = min(max(0, self.top + by), max(0, self.cores.count - self.height))

    def event(self, direction: int, *, any_lane: bool = False) -> str | None:
        """Go to where somebody was seen on the core anew; ``any_lane``: on any core."""
        port = self.view.viewport
        cores = range(self.cores.count) if any_lane else (self.chosen,)
        edges = [
            (t_ns, core) for core in cores
            if (t_ns := self.cores.edge(core, port.cursor_ns, direction)) is not None
        ]
        if not edges:
            later = direction > 0
            return _("nobody was seen on it later") if later else _("nobody was seen on it earlier")
        t_ns, core = min(edges) if direction > 0 else max(edges)
        port.move_cursor(t_ns)
        self.choose(core)
        return None

    def wake(self, direction: int) -> str | None:
        """Cores wake nobody."""
        return _(NOT_HERE)

    def fit(self) -> str | None:
        """Fit the stay at the cursor."""
        stay = self.cores.at(self.chosen, self.view.viewport.cursor_ns)
        if stay is None:
            return _("nobody of this program was seen there then")
        self.view.viewport.fit(self.cores.since(self.chosen, stay), stay.t1_ns)
        return None

    def occupant(self) -> int | None:
        """The worker that was on the selected core at the cursor, as an index, None where none was seen."""
        t_ns = self.t_ns
        stay = self.cores.at(self.chosen, t_ns)
        worker = self.names.worker(stay.who, t_ns) if stay is not None else None
        return worker.index if worker is not None else None

    @property
    def t_ns(self) -> int:
        """The instant that is spoken of: the cursor, or the latest one that was looked at."""
        port = self.view.viewport
        return max(port.start_ns, port.cursor_ns - (1 if port.following else 0))

    # -- drawing ---------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Paint everything anew."""
        self._kept.clear()

    def segments(self, core: int, palette: Palette) -> list[Segment]:
        """The cells of one core in the window, up to the instant that the view may show."""
        port = self.view.viewport
        columns = min(port.columns, max(0, -((port.t0_ns - port.limit_ns) // port.cell_ns)))
        occupants = list(self.cores.occupants)
        return core_strips.segments(
            self._cells(core, columns, plain=palette.plain), palette, self.names, occupants,
            port.cursor_column)

    def _cells(self, core: int, columns: int, *, plain: bool) -> list[core_strips.Cell]:
        port = self.view.viewport
        moves = port.following and not port.ended
        key = (port.cell_ns, port.first, columns, port.end_ns if moves else port.as_of_ns, plain)
        kept = self._kept.get(core)
        if kept is None or kept[0] != key:
            cells = self.cores.cells(core, port.t0_ns, port.cell_ns, columns)
            painted = core_strips.paint(
                cells, port.cell_ns, port.t0_ns, self.names, list(self.cores.occupants), plain=plain)
            kept = self._kept[core] = (key, painted)
        return kept[1]
