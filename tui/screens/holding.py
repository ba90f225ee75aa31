"""The part of the main screen that holds its program and steps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from concviz.core.control.view import Choice, State
from concviz.core.lab.catalog import EXPERIMENTS
from concviz.core.language import N_, _
from concviz.tui.screens.back import BackScreen
from concviz.tui.screens.lasting import Lasting
from concviz.tui.stepping import AT_REST, Stepper
from concviz.tui.widgets.header import outcome_words
from concviz.tui.widgets.held import HeldPanel
from concviz.tui.widgets.lanes import LaneView

if TYPE_CHECKING:
    from concviz.core.launch.recording import Recording
    from concviz.tui.view import SessionView

OVER = N_("the program has ended")
NOT_CONTROLLED = N_("this program cannot be held: only one that was started from here can")
ASKED = N_("asked the program to end, as Ctrl-C would; ^C again ends it")
GOING_BACK = N_("going back: this process ends, a fresh one repeats the steps before")
ENDING = N_("ending the program…")


class Holding(Lasting):
    """A screen over a program that may be held. The panel is there, and has the keys, while it is."""

    view: SessionView
    recording: Recording | None

    class Rewound(Message):
        """Run the program anew and repeat its first ``upto`` steps, which is so many ``steps`` back."""

        def __init__(self, upto: int, steps: int) -> None:
            super().__init__()
            self.steps = steps
            self.upto = upto

    def __init__(self) -> None:
        super().__init__()
        self.stepper: Stepper | None = None
        self._interrupted = False
        self._seen: tuple[int, State] | None = None  # the step and the state that the cursor stands at

    def control(self, stepper: Stepper | None) -> None:
        """Let the keys step a program; None: it cannot be held."""
        self.stepper = stepper
        if stepper is not None:
            command = self.view.session.info.command
            stepper.hint = _(next((e.keys for e in EXPERIMENTS if str(e.path) in command), ""))

    @property
    def held(self) -> bool:
        """Is the panel there?"""
        return self.stepper is not None and self.stepper.held

    @property
    def panel(self) -> HeldPanel:
        """The panel's widget."""
        return self.query_one("#held", HeldPanel)

    def take_keys(self) -> None:
        """Give the focus to whom the keys belong to when nothing else is open."""
        self.set_focus(self.panel if self.held else self.query_one("#lanes"))

    def look(self) -> bool:
        """Ask the controller how things stand; True if anything has changed."""
        stepper = self.stepper
        if stepper is None:
            return False
        stepper.over = not self.view.session.info.running
        ended = stepper.over and self._interrupted
        if ended:  # what it was asked for has come
            self._interrupted = False
            stepper.tell("")
        changed = stepper.look() or ended
        if self.held is not self.has_class("-held"):
            self._turn()
        self.view.control = stepper.view if self.held else None
        if changed:
            self._follow()
            self.draw_panel()
        return changed

    def _turn(self) -> None:
        """The program has been held, or let go."""
        assert self.stepper is not None
        self.panel.stepper = self.stepper
        self.set_class(self.held, "-held")
        self._interrupted = False
        if self.focused in (None, self.panel, self.query_one("#lanes")):
            self.take_keys()
        if not self.held:
            self.view.viewport.resume()
        self._seen = None
        self.after_refresh(self.redraw)

    def redraw(self) -> None:
        """Draw everything at once."""
        raise NotImplementedError

    def draw_panel(self) -> None:
        """Draw how things stand."""
        if self.held:
            self.panel.update(self.view.now_ns, outcome_words(self.view.session.info))

    # -- the timeline ----------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Time stands still while nobody runs; after a step the cursor is at its end, in its lane."""
        stepper = self.stepper
        if stepper is None or not self.held or stepper.view.state not in (*AT_REST, State.OVER):
            return
        now = (stepper.view.step, stepper.view.state)
        if now != self._seen:
            self._seen = now
            self.query_one("#lanes", LaneView).forget()  # a step tells what its task did before, too
            index = self._lane(stepper.view.did) if stepper.view.did else None
            if index is not None:
                self.view.choose_worker(index)
            if stepper.view.state is State.OVER:
                self.view.viewport.resume()
            else:
                self.view.viewport.show_latest()

    def _lane(self, choice: Choice) -> int | None:
        """The lane of who made a step."""
        id = f"p{choice.pid}.a{choice.task}" if choice.task else f"p{choice.pid}.t{choice.thread}"
        return next((worker.index for worker in self.view.timeline.workers if worker.id == id), None)

    # -- commands --------------------------------------------------------------------------------------------

    def action_hold(self) -> None:
        """Hold the program, or let it go."""
        if self.stepper is None:
            self.app.notify(_(NOT_CONTROLLED), timeout=4)
        elif not self.view.session.info.running and not self.held:
            self.app.notify(_(OVER), timeout=3)
        else:
            self.stepper.toggle()

    def on_held_panel_said(self, message: HeldPanel.Said) -> None:
        """Why a key did nothing."""
        if self.stepper is not None:
            self.stepper.tell(message.words)
        self.draw_panel()

    def on_held_panel_changed(self) -> None:
        """Another choice is selected."""
        self.draw_panel()

    def on_held_panel_back(self, message: HeldPanel.Back) -> None:
        """Go back by a fresh process."""
        made = self.stepper.view.step if self.stepper else 0
        if made and message.steps is None:
            self.app.push_screen(BackScreen(made), self._back)
        else:
            self._back(message.steps or 1)

    def _back(self, steps: int | None) -> None:
        if self.stepper is None or steps is None:
            return
        upto = self.stepper.back(steps)
        if isinstance(upto, int):
            self.post_message(self.Rewound(upto, steps))
            self.stepper.tell(_(GOING_BACK))
        else:
            self.stepper.tell(upto)
        self.draw_panel()

    def on_held_panel_interrupted(self) -> None:
        """Ask the program to end; the second time end it."""
        if self.recording is None or self.stepper is None or not self.view.session.info.running:
            return
        if self._interrupted:
            self.recording.end()
            self.stepper.tell(_(ENDING))
        else:
            self._interrupted = True
            self.recording.interrupt()
            self.stepper.tell(_(ASKED))
        self.draw_panel()
