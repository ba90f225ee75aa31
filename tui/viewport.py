"""The window in time: cell width, first column, cursor, and whether the view follows the live end.

Pure arithmetic on integer nanoseconds; nothing here looks at a clock. Columns stand on a grid of whole
cells counted from the session's start, so a view that follows the live end moves by whole cells and the
cells it has already shown stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

STEPS_PER_DOUBLING = 4
FINEST_LEVEL = 8 * STEPS_PER_DOUBLING  # 256 ns a cell
COARSEST_LEVEL = 46 * STEPS_PER_DOUBLING  # 19 hours a cell
FIRST_WINDOW_NS = 1_000_000_000
FOLLOWED_WINDOW_NS = 12_000_000_000
FRAME_NS = 45_000_000


def cell_width(level: int) -> int:
    """Nanoseconds of one cell at a zoom level: powers of two with three steps between them."""
    doublings, quarter = divmod(level, STEPS_PER_DOUBLING)
    return ((4 + quarter) << doublings) >> 2


def level_for(window_ns: int, columns: int) -> int:
    """The finest level at which ``window_ns`` fits into ``columns`` cells."""
    level = FINEST_LEVEL
    while level < COARSEST_LEVEL and cell_width(level) * columns < window_ns:
        level += 1
    return level


class Mode(Enum):
    """What the view shows of a session that may still grow."""

    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(slots=True)
class Viewport:
    """Which slice of time the columns show.

    While ``following``, the right edge is the live end; otherwise nothing later than ``frozen_ns`` is
    shown, so that a paused view stays exactly as it was.
    """

    start_ns: int = 0
    end_ns: int = 0
    columns: int = 80
    level: int = FINEST_LEVEL
    first: int = 0
    following: bool = True
    ended: bool = False
    frozen_ns: int = 0
    cursor: int = 0
    _grow_to_ns: int | None = FOLLOWED_WINDOW_NS
    _grows: bool = True

    @property
    def cell_ns(self) -> int:
        """Width of one cell in nanoseconds."""
        return cell_width(self.level)

    @property
    def t0_ns(self) -> int:
        """Instant of the left edge."""
        return self.start_ns + self.first * self.cell_ns

    @property
    def t1_ns(self) -> int:
        """Instant of the right edge, which may lie after everything that is known."""
        return self.t0_ns + self.columns * self.cell_ns

    @property
    def mode(self) -> Mode:
        """LIVE while following a running program, PAUSED when later events are held back, else ENDED."""
        if self.ended and not self.behind_ns:
            return Mode.ENDED
        return Mode.LIVE if self.following else Mode.PAUSED

    @property
    def behind_ns(self) -> int:
        """How much of the session happened after the last instant the view may show."""
        return 0 if self.following else max(0, self.end_ns - self.frozen_ns)

    @property
    def as_of_ns(self) -> int | None:
        """The instant of which the view shows the workers; None: all that is known, nothing is held back."""
        return self.frozen_ns if self.behind_ns else None

    @property
    def limit_ns(self) -> int:
        """Nothing at or after this instant is drawn."""
        if not self.following:
            return self.frozen_ns
        if self.ended:
            return self.end_ns
        return self.start_ns + self._edge() * self.cell_ns

    @property
    def cursor_ns(self) -> int:
        """The instant the inspector speaks of: the live end while following."""
        return self.limit_ns if self.following else self.cursor

    @property
    def cursor_column(self) -> int | None:
        """Column of the cursor line; None while following or when it is out of sight."""
        if self.following and not self.ended:
            return None
        column = (self.cursor_ns - self.t0_ns) // self.cell_ns
        return column if 0 <= column < self.columns else None

    def time_at(self, column: int) -> int:
        """Instant in the middle of a column."""
        return self.t0_ns + column * self.cell_ns + self.cell_ns // 2

    def _edge(self) -> int:
        """Cells that are complete, moved on in steps of about one frame."""
        stride = max(1, -(-FRAME_NS // self.cell_ns))
        return (self.end_ns - self.start_ns) // self.cell_ns // stride * stride

    def _cells(self) -> int:
        """Cells that the session has so far, the last one perhaps incomplete."""
        return max(1, -(-(self.end_ns - self.start_ns) // self.cell_ns))

    # -- growth ------------------------------------------------------------------------------------

    def advance(self, start_ns: int, end_ns: int, ended: bool) -> None:
        """Take note of how far the session has come and keep up with it while following."""
        just_ended = ended and not self.ended
        self.start_ns, self.end_ns, self.ended = start_ns, max(start_ns, end_ns), ended
        if not self.following:
            return
        if just_ended and self._grows:
            self.whole()
        self._keep_up()

    def resize(self, columns: int) -> None:
        """Set the number of columns; a view that shows the whole session still does afterwards."""
        columns = max(1, columns)
        if columns == self.columns:
            return
        self.columns = columns
        if self._grows and self.mode is Mode.ENDED and not self.following:
            self.whole()
        elif self.following and self._grows:
            self.level = FINEST_LEVEL
        if not self.following:
            self._clamp()
        self._keep_up()

    def _keep_up(self) -> None:
        if not self.following:
            return
        if self._grows:
            self._grow()
        last = self._cells() if self.ended else self._edge()
        self.first = max(0, last - self.columns)

    def _grow(self) -> None:
        elapsed = max(FIRST_WINDOW_NS if not self.ended else 1, self.end_ns - self.start_ns)
        if self._grow_to_ns is not None and not self.ended:
            elapsed = min(elapsed, self._grow_to_ns)
        wanted = level_for(elapsed, self.columns)
        if not self.ended:  # leave room, and grow by whole doublings: each growth repaints every lane
            wanted = -(-wanted // STEPS_PER_DOUBLING) * STEPS_PER_DOUBLING
        self.level = max(self.level, wanted) if not self.ended else wanted

    # -- what the reader asks for -----------------------------------------------------------------------

    def pause(self) -> None:
        """Hold the view still at what it shows now."""
        if self.following:
            self.frozen_ns = self.cursor = self.limit_ns
            self.following = False

    def resume(self) -> None:
        """Follow the live end again (End, or space in a paused view)."""
        self.following = True
        self._keep_up()

    def show_latest(self) -> None:
        """Hold the view still at the latest that is known, with the cursor there and in sight."""
        self.following = False
        self.frozen_ns = self.cursor = self.end_ns
        self.reveal(self.cursor)

    def whole(self) -> None:
        """Show the whole session, and keep doing so while it grows; in one that is over the cursor stays."""
        stays = self.ended and not self.following
        self.following = self._grows = True
        self._grow_to_ns = None
        self.level = FINEST_LEVEL
        self._keep_up()
        if stays:
            self.following, self.frozen_ns = False, self.end_ns

    def home(self) -> None:
        """Go to the session's first instant."""
        self.pause()
        self._grows = False
        self.first, self.cursor = 0, self.start_ns

    def zoom(self, doublings: int, at_ns: int | None = None) -> None:
        """Zoom in (positive) or out around ``at_ns``, by default the cursor, which keeps its column."""
        self._grows = False
        pivot = self.cursor_ns if at_ns is None else at_ns
        column = (pivot - self.t0_ns) // self.cell_ns
        level = self.level - doublings * STEPS_PER_DOUBLING
        self.level = min(COARSEST_LEVEL, max(FINEST_LEVEL, level))
        if self.following and at_ns is not None:
            self.pause()
        if self.following:
            self._keep_up()
            return
        self.first = (pivot - self.start_ns) // self.cell_ns - min(max(column, 0), self.columns - 1)
        self._clamp()

    def drag(self, cells: int) -> int:
        """Move the window under the cursor, which keeps its instant; returns by how many cells it could."""
        self.pause()
        self._grows = False
        before = self.first
        self.first += cells
        self._clamp()
        return self.first - before

    def pan(self, cells: int) -> None:
        """Move the window; the cursor keeps its column, and moves itself where the window cannot."""
        self.pause()
        column = (self.cursor - self.t0_ns) // self.cell_ns
        moved = self.drag(cells)
        if 0 <= column < self.columns:
            self.move_cursor(self.cursor + (moved or cells) * self.cell_ns, show=False)

    def step_cursor(self, cells: int) -> None:
        """Move the cursor by whole cells."""
        self.move_cursor(self.cursor_ns + cells * self.cell_ns)

    def move_cursor(self, t_ns: int, *, show: bool = True) -> None:
        """Put the cursor at an instant of what the view may show, and bring it into sight."""
        self.pause()
        self.cursor = min(max(t_ns, self.start_ns), max(self.start_ns, self.frozen_ns))
        if show:
            self.reveal(self.cursor)

    def reveal(self, t_ns: int) -> None:
        """Move the window as little as needed to have ``t_ns`` in sight, with some room around it."""
        column = (t_ns - self.t0_ns) // self.cell_ns
        if 0 <= column < self.columns:
            return
        room = self.columns // 4
        index = (t_ns - self.start_ns) // self.cell_ns
        self.first = index - room if column < 0 else index - self.columns + 1 + room
        self._clamp()

    def fit(self, t0_ns: int, t1_ns: int) -> None:
        """Show ``t0_ns``…``t1_ns`` as large as possible with a little air at both sides."""
        self.pause()
        self._grows = False
        length = max(1, t1_ns - t0_ns)
        self.level = level_for(length + length // 12, self.columns)
        spare = self.columns - -(-length // self.cell_ns)
        self.first = (t0_ns - self.start_ns) // self.cell_ns - max(0, spare) // 2
        self._clamp()

    def _clamp(self) -> None:
        """Keep at least half a window of the session in sight."""
        self.first = max(0, min(self.first, self._cells() - self.columns // 2))
