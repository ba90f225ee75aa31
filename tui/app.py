"""The terminal application: which screen is shown, the one tick that draws, and what leaves the screen."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from concviz.core.control.controller import Controller
from concviz.core.control.decisions import ScheduleError
from concviz.core.control.starting import held_from_start
from concviz.core.language import _
from concviz.core.launch import sessions, target
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.recording import Recording
from concviz.core.session.session import Session, SessionError
from concviz.tui import command_palette, shots
from concviz.tui.command_palette import InOrder
from concviz.tui.comparisons import Comparisons
from concviz.tui.drawing import svg
from concviz.tui.filming import Filming
from concviz.tui.learning import Learning
from concviz.tui.leaving import Leaving
from concviz.tui.packing import Packer
from concviz.tui.rewinding import Rewinding
from concviz.tui.screens.comparison import ComparisonScreen
from concviz.tui.screens.dialogs import RunScreen
from concviz.tui.screens.help import HELD_KEYS, HOME_KEYS, HelpScreen
from concviz.tui.screens.holding import Holding
from concviz.tui.screens.home import HomeScreen
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.theming import Theming
from concviz.tui.units import program

if TYPE_CHECKING:
    from concviz.core.insight.moment import Kind

FRAMES_PER_S = 25
RECENT = 12
FIRST_RECORDS = 60_000
"""As much as is read before the first picture: it shall come at once."""


class ConcvizApp(Theming, Filming):
    """Home screen, or one session at once; ``exit`` carries the program's exit code.

    Args:
        session: show this one; the home screen if None.
        recording: the program behind it, where it can be reached.
        screenshots: folder for ``S``.
        clock: monotonic nanoseconds; tests pass one that stands still.
        today: for the names of screenshots.
        frames_per_s: how often to tick; 0: only when called.
        palette: name of the first palette; by default what the terminal can show.
        looked_for: kinds of moments that matter most in the first session.
    """

    CSS_PATH = "concviz.tcss"
    TITLE = "concviz"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {InOrder}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=False)]

    def __init__(
        self,
        session: Session | None = None,
        recording: Recording | None = None,
        screenshots: Path = Path("screenshots"),
        *,
        clock: Callable[[], int] = time.perf_counter_ns,
        today: Callable[[], datetime] = datetime.now,
        frames_per_s: float = FRAMES_PER_S,
        palette: str | None = None,
        looked_for: Sequence[Kind] = (),
    ) -> None:
        super().__init__()
        self.first_session, self.recording = session, recording
        self.screenshots, self.clock, self.today, self.frames_per_s = screenshots, clock, today, frames_per_s
        self.ended_with: int | None = None
        """The program's exit code, −n after its death by signal n; None while it runs."""
        self.leaving, self.learning, self.packer = Leaving(self), Learning(self), Packer(self)
        self._looked_for = looked_for
        self._rewinding: Rewinding | None = None  # the way back that is under way
        self._rewound: Rewinding | None = None  # the one that led to what is shown
        self.comparisons = Comparisons(self)
        self.begin_in(palette)

    def on_mount(self) -> None:
        """Show the first screen and begin to tick."""
        if self.first_session is None:
            self.action_home()
        else:
            self._show(self.first_session, self._looked_for)
        self.comparisons.begin()
        if self.frames_per_s:
            self.set_interval(1 / self.frames_per_s, self.tick)

    # -- the tick ----------------------------------------------------------------------------------------

    @property
    def watching(self) -> TimelineScreen | None:
        """The session's screen, also when a question lies over it."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, TimelineScreen):
                return screen
        return None

    def tick(self) -> None:
        """One frame: what arrived, what changed, nothing else."""
        watching = self.watching
        if watching is not None and watching.seen:
            watching.tick(self.clock())
        self.comparisons.tick()
        self.ask_status()
        self.packer.tick()
        self.leaving.tick()
        if self._rewinding is not None and self._rewinding.cleared:
            self._begin_anew(self._rewinding)
        self.film_tick()

    @property
    def shown_name(self) -> str:
        """The program whose session is shown."""
        watching = self.watching
        return program(watching.view.session.info.name) if watching is not None else "concviz"

    def film_changed(self) -> None:
        """The header tells whether the screen is recorded."""
        if self.watching is not None:
            self.watching.redraw()

    def ask_status(self) -> None:
        """Find out whether the program has ended."""
        if self.recording is not None and self.ended_with is None:
            self.ended_with = self.recording.exit_status

    @property
    def status(self) -> int:
        """What the process should exit with: the program's own code, 128 + n after its death by signal n.

        0 where this process has not started it: who comes to watch has done so in any case.
        """
        if self.ended_with is None or self.recording is None or self.recording.joined:
            return 0
        return self.ended_with if self.ended_with >= 0 else 128 - self.ended_with

    # -- sessions ------------------------------------------------------------------------------------------

    def _show(self, session: Session, looked_for: Sequence[Kind] = ()) -> TimelineScreen:
        self.clear_notifications()
        if self.recording is not None and self.recording.controller is not None:
            self.leaving.heed()
        session.advance(self.clock(), FIRST_RECORDS)
        screen = TimelineScreen(session, self.recording, self.palette, looked_for)
        if self.watching is not None:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        return screen

    def start(
        self, words: list[str], *, name: str = "", held: bool = False, looked_for: Sequence[Kind] = (),
    ) -> None:
        """Run a program and watch it, perhaps held before its first step; errors are one line.

        Args:
            name: what to call it, where its file's name does not say it.
        """
        try:
            session = self._launch(words, name=name, held=held)
        except (LaunchError, SessionError) as error:
            self.notify(str(error), severity="error", timeout=6, markup=False)
            return
        self._show(session, looked_for)

    def _launch(self, words: list[str], *, name: str = "", held: bool = False) -> Session:
        rows, columns = self._panel_size
        controlled = held_from_start if held else Controller
        wanted = target.parse(words)
        wanted = wanted._replace(name=name or wanted.name)
        recording = Recording.start(wanted, rows=rows, columns=columns, controlled=controlled)
        return self._watch(recording)

    @property
    def _panel_size(self) -> tuple[int, int]:
        """A first size for a program's terminal; the screen sets the real one when it knows it."""
        return max(8, self.size.height // 3), max(40, self.size.width - 2)

    def _watch(self, recording: Recording) -> Session:
        session = Session.open(recording.session)
        self.recording, self.ended_with = recording, None
        return session

    def _launch_typed(self, typed: str) -> Session:
        try:
            words = shlex.split(typed)
        except ValueError as error:
            raise LaunchError(_("cannot read that: {error}").format(error=error)) from None
        return self._launch(words)

    def on_home_screen_experimented(self, message: HomeScreen.Experimented) -> None:
        """Start an experiment."""
        self.learning.experiment(message.experiment, message.asked)

    def action_glossary(self) -> None:
        """The words of concurrency."""
        self.learning.glossary()

    def on_holding_rewound(self, message: Holding.Rewound) -> None:
        """Go back: end the program, and begin anew once it is gone."""
        if self._rewinding is not None:
            self._rewinding.further(message.steps)
            return
        if self.recording is None:
            return
        try:
            self._rewinding = Rewinding(self.recording, message.upto, self._rewound)
        except ScheduleError as error:
            self.notify(str(error), severity="warning", timeout=6, markup=False)

    def _begin_anew(self, rewinding: Rewinding) -> None:
        self._rewinding, self._rewound = None, rewinding
        try:
            session = self._watch(rewinding.begin(*self._panel_size))
        except (LaunchError, SessionError) as error:
            self.notify(str(error), severity="error", timeout=6, markup=False)
            return
        before = self.watching.stepper if self.watching is not None else None
        stepper = self._show(session).stepper
        if stepper is not None and before is not None:
            stepper.follow(before, rewinding.upto)

    def on_home_screen_reopened(self, message: HomeScreen.Reopened) -> None:
        """Open a recorded session."""
        try:
            session = Session.open(message.path)
        except SessionError as error:
            self.notify(str(error), severity="error", timeout=6, markup=False)
            return
        self.recording, self.ended_with = Recording.join(message.path), None
        self._show(session)

    # -- commands -------------------------------------------------------------------------------------------

    def action_home(self) -> None:
        """Back to the list of experiments and sessions, or out where there is none; asks who still runs."""
        below = any(isinstance(screen, HomeScreen | ComparisonScreen) for screen in self.screen_stack)
        if self.watching is not None and below:
            self.leaving.ask_then(self.go_home)
        elif self.watching is not None:
            self.leaving.ask_then(lambda: self.exit(self.status))
        else:
            self.push_screen(HomeScreen(sessions.recent(RECENT, compared=False), self.palette))

    def go_home(self) -> None:
        """Leave the session for the list of experiments and sessions."""
        if self.recording is not None:
            self.recording.detach()
        self.recording, self.ended_with = None, None
        recent = sessions.recent(RECENT, compared=False)
        below = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
        if isinstance(below, ComparisonScreen):
            self.pop_screen()
        elif isinstance(below, HomeScreen):
            below.renew(recent)
            self.pop_screen()
        else:
            self.switch_screen(HomeScreen(recent, self.palette))

    async def action_quit(self) -> None:
        """Leave; asks once if the program still runs."""
        self.leaving.ask_then(lambda: self.leaving.when_packed(self._go))

    def action_quit_packed(self) -> None:
        """Leave, and keep the session as one file; asks once if the program still runs."""
        self.leaving.pack_then(self._go)

    def _go(self) -> None:
        self.exit(self.status)

    def action_pack(self) -> None:
        """Pack the session into one file in the working directory."""
        if self.watching is not None:
            self.packer.begin(self.watching.view.session.info.path)

    def action_run(self) -> None:
        """Ask for a program and run it."""
        def launched(session: Session | None) -> None:
            if session is not None:
                self._show(session)

        self.push_screen(RunScreen(self._launch_typed), launched)

    def action_compare(self) -> None:
        """Ask for a workload and run it under every model."""
        self.comparisons.ask()

    def action_help(self) -> None:
        """The help page, with the keys of this screen first."""
        held = isinstance(self.screen, TimelineScreen) and self.screen.held
        first = HELD_KEYS if held else HOME_KEYS if isinstance(self.screen, HomeScreen) else None
        self.push_screen(HelpScreen(self.palette, first, self.watching.offers if self.watching else None))

    def action_save_svg(self) -> None:
        """Save the screen as SVG once it is fully drawn, without the messages that lie over it."""
        self.clear_notifications()
        self.screen.call_after_refresh(self._save_svg)

    def _save_svg(self) -> None:
        name = self.shown_name
        try:
            path = shots.save(svg(self.cells(), name), self.screenshots, name, self.today())
        except OSError as error:
            words = _("no screenshot: {error}").format(error=f"{error.strerror}: {self.screenshots}")
            self.notify(words, severity="error", markup=False)
        else:
            self.notify(_("saved {path}").format(path=path), timeout=4, markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """All commands of the screen, by name."""
        return command_palette.commands(self, screen)
