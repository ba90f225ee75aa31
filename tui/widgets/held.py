"""The panel of a held program, with the keys that step it. It has the focus while the program is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from concviz.core.session import source
from concviz.tui.commands_held import HELD
from concviz.tui.held import HeldBoard
from concviz.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from concviz.tui.stepping import Stepper


class HeldPanel(Lined, can_focus=True):
    """Shows who could go next; its commands ask the controller, through the stepper."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(command.keys, command.action, command.title, show=False) for command in HELD),
        *(Binding(str(digit), f"digit({digit})", show=False) for digit in range(1, 10)),
    ]

    class Back(Message):
        """Go so many steps back; None: ask how many."""

        def __init__(self, steps: int | None) -> None:
            super().__init__()
            self.steps = steps

    class Interrupted(Message):
        """Ctrl-C was pressed."""

    class Changed(Message):
        """Another choice is selected."""

    class Said(Message):
        """Something to tell the reader."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    stepper: Stepper | None = None

    def update(self, now_ns: int, outcome: str) -> None:
        """Draw how things stand.

        Args:
            now_ns: for how long everybody has been ready. outcome: how the program ended.
        """
        width, height = self.size.width, self.size.height
        if self.stepper is not None and width and height:
            board = HeldBoard(self.stepper.situation(now_ns, outcome), self.palette, source.line)
            self.show(board.lines(width, height))

    # -- commands --------------------------------------------------------------------------------------------

    def _say(self, words: str | None) -> None:
        if words:
            self.post_message(self.Said(words))

    def action_next(self) -> None:
        """The next one, in the program's own order."""
        if self.stepper is not None:
            self._say(self.stepper.next())

    def action_chosen(self) -> None:
        """The selected one."""
        if self.stepper is not None:
            self._say(self.stepper.run_chosen())

    def action_digit(self, number: int) -> None:
        """The one with this number."""
        if self.stepper is not None:
            self._say(self.stepper.run_number(number))

    def action_choose(self, by: int) -> None:
        """Select another one."""
        if self.stepper is not None:
            self.stepper.move(by)
            self.post_message(self.Changed())

    def action_until(self) -> None:
        """On until the selected one's next step."""
        if self.stepper is not None:
            self._say(self.stepper.until_chosen())

    def action_until_line(self) -> None:
        """On until a line, or an end."""
        if self.stepper is not None:
            self._say(self.stepper.until_line())

    def action_resume(self) -> None:
        """Let the program run."""
        if self.stepper is not None:
            self._say(self.stepper.resume())

    def action_back(self) -> None:
        """One step back."""
        self.post_message(self.Back(1))

    def action_back_many(self) -> None:
        """Some steps back."""
        self.post_message(self.Back(None))

    def action_interrupt(self) -> None:
        """Ask the program to end, as Ctrl-C would."""
        self.post_message(self.Interrupted())
