"""One session on the screen: which rows, which slice of time, what is selected. No widgets in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from concviz.core.language import _, pgettext
from concviz.core.model import Kind, Worker
from concviz.core.timeline.tree import ancestors, matches
from concviz.tui import rows as rows_module
from concviz.tui.marks import Marks
from concviz.tui.playing import Player
from concviz.tui.rereading import Rereading
from concviz.tui.rows import Folds, Key, Row
from concviz.tui.units import clock
from concviz.tui.viewport import Viewport

if TYPE_CHECKING:
    from concviz.core.control.view import View
    from concviz.core.session.session import Session
    from concviz.core.timeline.answers import Totals

SHOWN_ENDED = 64
REBUILD_NS = 250_000_000
MANY_WORKERS = 2000
RECORDS, MANY_RECORDS = 200_000, 600_000
"""How many to take in at most between two pictures."""


@dataclass(frozen=True, slots=True)
class Population:
    """How many workers of a kind live, and how many there have been."""

    alive: int = 0
    total: int = 0


class SessionView:
    """What the reader looks at, and all they can do to it.

    Commands that may have nothing to do return a line that says so, or None when they did it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.timeline = session.timeline
        self.viewport = Viewport()
        self.folds = Folds()
        self.rows: list[Row] = []
        self.needle = ""
        self.top = 0
        self.height = 1
        self.marks = Marks(self.viewport)
        self.moments: Callable[[int, int], Sequence[int]] = lambda t0_ns, t1_ns: ()
        """Begins of the moments between two instants that show what was found best, ascending."""
        self.alike: Callable[[int, int], Sequence[int]] = lambda t0_ns, t1_ns: ()
        """Begins of all moments like the one that is told of, between two instants, ascending."""
        self.population: dict[Kind, Population] = {kind: Population() for kind in Kind}
        self.now_ns = 0
        self.player = Player(self.viewport)
        self.control: View | None = None
        """How things stand while the program is held."""
        self._paused: tuple[int | None, dict[int, Totals]] = (None, {})  # its instant, sums by worker
        self._chosen: Key | None = None
        self._found = 0
        self._built: tuple[object, ...] = ()
        self._built_at = 0
        self._rereading = Rereading(session)
        self._follow_up()

    # -- growth --------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> bool:
        """Take in what the program did since the last tick."""
        self.now_ns = now_ns
        limit = MANY_RECORDS if self.viewport.ended else RECORDS  # what is over is read in fewer pictures
        changed = self.session.advance(now_ns, limit)
        reread = self._rereading.advance(now_ns, limit, over=not changed)
        if reread is not None:
            self._show_anew(reread)
            return True
        self._follow_up()
        return changed

    def _show_anew(self, session: Session) -> None:
        """Show what was read anew: the same workers, which may have other places now."""
        old, self.session, self.timeline = self.timeline.workers, session, session.timeline
        places = {worker.id: worker.index for worker in self.timeline.workers}
        moved = {worker.index: places[worker.id] for worker in old if worker.id in places}
        moved[rows_module.NO_PARENT] = rows_module.NO_PARENT
        self.folds = self.folds.moved(moved)
        if self._chosen is not None:
            self._chosen = (moved.get(self._chosen[0], 0), self._chosen[1])
        self._paused, self._built = (None, {}), ()
        self._follow_up()

    def _follow_up(self) -> None:
        timeline = self.timeline
        self.viewport.advance(timeline.start_ns, timeline.end_ns, not self.session.info.running)
        self.rebuild()

    def rebuild(self, *, at_once: bool = False) -> None:
        """Bring the rows up to date with the workers, no more often than the eye can follow.

        While the view is paused they stay those of the instant at which it holds.
        """
        workers, as_of_ns = self.timeline.workers, self.viewport.as_of_ns
        state = (as_of_ns, self.timeline.revision, len(workers))
        if state == self._built and not at_once:
            return
        recent = self.now_ns - self._built_at < REBUILD_NS and self._built[:1] == (as_of_ns,)
        if len(workers) > MANY_WORKERS and not at_once and self.rows and recent:
            return
        self._built, self._built_at = state, self.now_ns
        limit = max(SHOWN_ENDED, 2 * self.height)
        self.rows = rows_module.build(workers, self.folds, limit, self.needle, as_of_ns)
        self._count(as_of_ns)
        self._keep_chosen()

    def _count(self, as_of_ns: int | None) -> None:
        alive = dict.fromkeys(Kind, 0)
        total = dict.fromkeys(Kind, 0)
        for worker in self.timeline.workers:
            if rows_module.born(worker, as_of_ns):
                total[worker.kind] += 1
                alive[worker.kind] += not rows_module.ended(worker, as_of_ns)
        self.population = {kind: Population(alive[kind], total[kind]) for kind in Kind}

    # -- selection -----------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """Index of the selected row (0 when there is none)."""
        at = self._found
        if at < len(self.rows) and self.rows[at].key == self._chosen:
            return at  # asked several times a frame, and there may be ten thousand rows
        keys = (index for index, row in enumerate(self.rows) if row.key == self._chosen)
        self._found = next(keys, 0)
        return self._found

    @property
    def row(self) -> Row | None:
        """The selected row."""
        return self.rows[self.position] if self.rows else None

    @property
    def worker(self) -> Worker | None:
        """The selected worker; of a group, the parent it belongs to."""
        row = self.row
        if row is None or row.worker < 0:
            return None
        return self.timeline.workers[row.worker]

    def totals(self, worker: int) -> Totals:
        """A worker's sums so far; while the view is paused, up to the instant at which it holds."""
        as_of_ns = self.viewport.as_of_ns
        if as_of_ns is None:
            return self.timeline.totals(worker)
        if self._paused[0] != as_of_ns:
            self._paused = as_of_ns, {}
        if worker not in self._paused[1]:
            self._paused[1][worker] = self.timeline.totals(worker, t1_ns=as_of_ns)
        return self._paused[1][worker]

    def choose(self, position: int, *, scroll: bool = True) -> None:
        """Select a row and scroll it into sight, unless it is there and must stay where it was pointed at."""
        if self.rows:
            position = min(max(0, position), len(self.rows) - 1)
            self._chosen = self.rows[position].key
            self._fold_behind()
            if scroll:
                self._scroll_to(self.position)

    def move(self, by: int) -> None:
        """Select the row ``by`` lines further down."""
        self.choose(self.position + by)

    def choose_worker(self, index: int) -> None:
        """Select a worker, opening whatever hides it."""
        if not any(row.key == (index, False) for row in self.rows):
            self.folds.revealed = index
            self.needle = ""
            self.rebuild(at_once=True)
        self._chosen = (index, False)
        self._fold_behind()
        self._scroll_to(self.position)

    def _fold_behind(self) -> None:
        """What was opened for a jump stays so while the selection is in there, then it folds again."""
        if self.folds.revealed is None:
            return
        inside = rows_module.in_peeked(self.rows, self.position)
        self.folds.revealed = self.rows[self.position].worker if inside else None
        if not inside:
            self.rebuild(at_once=True)

    def _keep_chosen(self) -> None:
        """A selected lane that went into a group leaves the selection on that group."""
        keys = {row.key for row in self.rows}
        if self._chosen is not None and self._chosen not in keys and self.rows:
            index = max(self._chosen[0], 0)
            parents = [index, *ancestors(index, self.timeline.workers)]
            for parent in parents:
                above = self.timeline.workers[parent].parent
                group = (rows_module.NO_PARENT if above is None else above, True)
                candidates = [key for key in ((parent, False), group) if key in keys]
                if candidates:
                    self._chosen = candidates[0]
                    break
        self.top = min(self.top, max(0, len(self.rows) - self.height))

    def _scroll_to(self, position: int) -> None:
        margin = min(2, (self.height - 1) // 2)
        lowest = position - self.height + 1 + margin
        self.top = min(max(self.top, lowest), max(0, position - margin))
        self.scroll(0)

    def scroll(self, by: int) -> None:
        """Scroll the lanes without moving the selection."""
        self.top = min(max(0, self.top + by), max(0, len(self.rows) - self.height))

    def resize(self, columns: int, height: int) -> None:
        """Fit the window and the rows to the lanes' size in cells."""
        self.viewport.resize(columns)
        if height != self.height:
            self.height = max(1, height)
            self.rebuild(at_once=True)
            self._scroll_to(self.position)

    # -- folding and filtering -------------------------------------------------------------------------

    def toggle(self) -> None:
        """Fold or open the selected row; on a lane without children, fold its parent."""
        row = self.row
        if row is None:
            return
        if not row.group and not row.count:
            parent = self.timeline.workers[row.worker].parent
            if parent is None:
                return
            self.choose_worker(parent)
            row = self.row or row
        self.folds.toggle(row)
        self.rebuild(at_once=True)
        self._scroll_to(self.position)

    def filter(self, needle: str) -> None:
        """Show the lanes whose name contains ``needle``, and their ancestors."""
        self.needle = needle.strip()
        self.rebuild(at_once=True)

    @property
    def matching(self) -> int:
        """How many lanes in sight the filter is about."""
        workers = self.timeline.workers
        return sum(not row.group and matches(workers[row.worker], self.needle) for row in self.rows)

    def choose_match(self) -> None:
        """Select the first lane that the filter is about, rather than one it belongs to."""
        workers = self.timeline.workers
        for position, row in enumerate(self.rows):
            if self.needle and not row.group and matches(workers[row.worker], self.needle):
                self.choose(position)
                return

    # -- moving through what happened ---------------------------------------------------------------------

    def event(self, direction: int, *, any_lane: bool = False) -> str | None:
        """Go to the next (1) or previous (-1) event of the selected lane, or of any lane."""
        worker = None if any_lane or self.worker is None else self.worker.index
        t_ns = self.viewport.cursor_ns
        find = self.timeline.next_edge if direction > 0 else self.timeline.previous_edge
        edge = find(worker, t_ns)
        if edge is None:
            return _("no later event") if direction > 0 else _("no earlier event")
        if self._held_back(edge.t_ns):
            return self._paused_words()
        self.viewport.move_cursor(edge.t_ns)
        if any_lane:
            self.choose_worker(edge.worker)
        return None

    def _held_back(self, t_ns: int) -> bool:
        return not self.viewport.following and t_ns > self.viewport.frozen_ns

    def _paused_words(self) -> str:
        if self.control is None:
            return _("the view is paused here: space shows what came since")
        return _("the view is paused here: End shows what came since")  # held, space lets the program run

    def wake(self, direction: int) -> str | None:
        """Follow a wake-up back to its cause (-1), or on to whom the selected worker woke next (1)."""
        if self.worker is None:
            return _("select a lane first")
        return self._woken(self.worker) if direction < 0 else self._wakes(self.worker)

    def _woken(self, worker: Worker) -> str | None:
        """Go to who woke a worker; a timer, I/O or itself is told, and asked again what came before."""
        t_ns = self.viewport.cursor_ns
        wake = self.timeline.wake_before(worker.index, t_ns)
        if wake is not None and wake.t_ns == t_ns and wake.waker in (None, worker.index):
            wake = self.timeline.wake_before(worker.index, t_ns - 1)
        if wake is None:
            return _("nothing is known to have woken {name} before this").format(name=worker.name)
        self.viewport.move_cursor(wake.t_ns)
        at = clock(wake.t_ns - self.timeline.start_ns)
        if wake.waker is None:
            what = pgettext("waker", wake.text) or _("something unknown")
            return _("{name} was woken by {what} at {at}").format(name=worker.name, what=what, at=at)
        if wake.waker == worker.index:
            return _("{name} woke itself at {at}").format(name=worker.name, at=at)
        self.choose_worker(wake.waker)
        return None

    def _wakes(self, worker: Worker) -> str | None:
        """Go to whom a worker woke next."""
        wake = self.timeline.wake_after(worker.index, self.viewport.cursor_ns)
        if wake is None:
            return _("{name} is not known to wake anyone after this").format(name=worker.name)
        if self._held_back(wake.t_ns):
            return self._paused_words()
        self.viewport.move_cursor(wake.t_ns)
        self.choose_worker(wake.worker)
        return None

    def fit(self) -> str | None:
        """Fit the span under the cursor; when it fits already, the whole lane."""
        worker = self.worker
        if worker is None:
            return _("select a lane first")
        view = self.viewport
        view.pause()
        span = self.timeline.span_at(worker.index, min(view.cursor_ns, max(view.start_ns, view.end_ns - 1)))
        before = (view.level, view.first)
        if span is not None:
            view.fit(span.t0_ns, span.t1_ns)
            if (view.level, view.first) != before:
                return None
        view.fit(worker.start_ns, worker.end_ns or view.frozen_ns)
        return None
