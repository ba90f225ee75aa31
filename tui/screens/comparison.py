"""A comparison while it is made and afterwards: a row for each model, their lanes, the verdict."""

from __future__ import annotations

import asyncio
import signal
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from concviz.core.lab.compare_thread import ComparisonThread, State
from concviz.core.language import N_, _
from concviz.core.session.session import Session, SessionError
from concviz.tui.compare_board import Board
from concviz.tui.compare_lanes import Shape
from concviz.tui.palette import Palette
from concviz.tui.screens.drawn import Drawn
from concviz.tui.screens.home import HomeScreen
from concviz.tui.widgets.compared import Compared
from concviz.tui.widgets.keys import Keys

LIVE_EVERY = 12
"""Ticks between two looks at the run that goes on: looking takes a core from it."""
ENDS = (signal.SIGTERM, signal.SIGHUP)
AT_ONCE = 20_000
"""Records read in one look."""
KEYS = (
    ("j k", N_("choose")), ("⏎", N_("open its session")), ("PgDn", N_("scroll")), ("S", N_("svg")),
    ("t", N_("theme")), ("q", N_("quit")),
)


class ComparisonScreen(Drawn):
    """Shows one comparison; ``tick`` is called by the app. The comparison ends with the screen.

    Args:
        thread: makes the comparison; begun here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "choose(1)", "Next model", show=False),
        Binding("up,k", "choose(-1)", "Previous model", show=False),
        Binding("enter", "open", "Open its session", show=False),
        Binding("pagedown", "scroll_by(1)", "Scroll down", show=False),
        Binding("pageup", "scroll_by(-1)", "Scroll up", show=False),
        Binding("escape,ctrl+c", "back", "Stop, or back", show=False, priority=True),
        Binding("q", "app.quit", "Quit", show=False),
        Binding("t", "app.theme", "Theme", show=False),
        Binding("S,upper_s", "app.save_svg", "SVG screenshot", show=False),
        Binding("question_mark", "app.help", "Help", show=False),
    ]

    def __init__(self, thread: ComparisonThread, palette: Palette) -> None:
        super().__init__(palette)
        self.thread = thread
        self.board = Board(thread.snapshot)
        self._session: Session | None = None  # of the run that goes on
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """The comparison and the keys."""
        yield Compared(id="compared")
        yield Keys(id="keys")

    def on_mount(self) -> None:
        """Begin; whoever ends this process ends the comparison, too."""
        for number in ENDS:
            asyncio.get_running_loop().add_signal_handler(number, self.app.exit, 128 + number)
        self.use(self.palette)
        self.query_one("#compared").focus()
        self.thread.start()

    def on_unmount(self) -> None:
        """Leave nothing behind: what runs is ended, its files are removed."""
        for number in ENDS:
            asyncio.get_running_loop().remove_signal_handler(number)
        self.thread.stop()
        self.thread.join()

    def tick(self, now_ns: int) -> None:
        """Take in how things stand; while nothing runs any more it costs nothing."""
        snapshot = self.thread.snapshot
        self._ticks += 1
        due = snapshot.state is State.RUNNING and self._ticks % LIVE_EVERY == 0
        if snapshot is self.board.snapshot and not due:
            return
        self.board.snapshot, self.board.now_ns = snapshot, now_ns
        self._look(now_ns)
        self.redraw()

    def _look(self, now_ns: int) -> None:
        """Read what the run that goes on has done so far."""
        progress = self.board.snapshot.progress
        path = progress.session if progress is not None else None
        if path is None or progress is None:
            self._session = self.board.live = None
            return
        try:
            if self._session is None or self._session.info.path != path:
                self._session = Session.open(path)
        except SessionError:  # it has only just been made
            return
        self._session.advance(now_ns, AT_ONCE)
        timeline = self._session.timeline
        self.board.live = Shape(progress.model, timeline, timeline.start_ns, timeline.end_ns, live=True)

    def redraw(self) -> None:
        """Draw how things stand."""
        self.query_one("#compared", Compared).update(self.board)
        escape = ("Esc", N_("stop") if self.board.snapshot.state is State.RUNNING else N_("back"))
        self.query_one("#keys", Keys).update((*KEYS[:2], escape, *KEYS[2:]))

    # -- commands ------------------------------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """Select another model."""
        self.board.chosen = min(max(0, self.board.chosen + by), max(0, len(self.board.rows) - 1))
        self.redraw()

    def action_scroll_by(self, direction: int) -> None:
        """Half a screen up or down."""
        compared = self.query_one("#compared", Compared)
        compared.top = max(0, compared.top + direction * max(1, compared.size.height // 2))
        self.redraw()

    def action_open(self) -> None:
        """Open the selected model's session in the timeline."""
        model = self.board.chosen_model
        of = next((of for of in self.board.snapshot.measured if of.model == model), None)
        if of is None:
            self.app.notify(_("it has no session yet"), timeout=3)
        else:
            self.post_message(HomeScreen.Reopened(of.session))

    def action_back(self) -> None:
        """Stop what runs; once nothing runs, leave."""
        if self.thread.snapshot.state is State.RUNNING:
            self.board.ending = True
            self.thread.stop()
            self.redraw()
        else:
            self.app.pop_screen()
