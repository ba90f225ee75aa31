"""Small questions over the screen: how to quit, and which program to run; and what one waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from concviz.core.language import _
from concviz.core.launch.errors import LaunchError
from concviz.core.session.session import Session, SessionError
from concviz.tui.screens.asking import Asking

LEAVE, END, INTERRUPT = "leave", "end", "interrupt"


class QuitScreen(ModalScreen[str]):
    """Asked once when the program still runs: leave it running, end it, interrupt it, or stay.

    Ctrl-C opens it, and again sends Ctrl-C, as one expects whose first one was meant for the program.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('leave')", "Leave it running"),
        Binding("e", "answer('end')", "End it"),
        Binding("c,ctrl+c", "answer('interrupt')", "Send Ctrl-C to it"),
        Binding("escape", "answer('')", "Stay"),
    ]

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program

    def compose(self) -> ComposeResult:
        """The question and its three answers."""
        words = Text()
        words.append(_("{program} still runs").format(program=self.program) + "\n\n", "bold")
        for key, answer in (
            ("l", _("leave it running, recorded on")), ("e", _("end it")),
            ("c", _("send it Ctrl-C (SIGINT), stay here")), ("Esc", _("stay here")),
        ):
            words.append(f"  {key:>3}", "bold")
            words.append(f"  {answer}\n")
        with Container(id="dialog"):
            yield Static(words, markup=False)

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class EndingScreen(ModalScreen[None]):
    """Shown while a program that was told to end has not ended yet; the app takes it away."""

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program

    def compose(self) -> ComposeResult:
        """What is being waited for."""
        words = Text()
        words.append(_("ending {program}…").format(program=self.program) + "\n\n", "bold")
        words.append(_("what does not end by itself is killed in a few seconds") + "\n")
        with Container(id="dialog"):
            yield Static(words, markup=False)


class RunScreen(Asking[Session]):
    """Asks for a program as one would type it in a shell, until one can be started or Esc is pressed.

    Args:
        launch: starts what was typed; a ``LaunchError`` or ``SessionError`` is shown, and asked again.
    """

    def __init__(self, launch: Callable[[str], Session]) -> None:
        super().__init__()
        self.launch = launch

    def compose(self) -> ComposeResult:
        """A line to type into, and what may be typed."""
        with Container(id="dialog"):
            yield Static(Text(_("Run a program") + "\n", "bold"), markup=False)
            yield Input(placeholder="script.py args", id="target", compact=True)
            yield Static(
                Text("\nscript.py args…   -m module args…\n-c code   -- command args…"), markup=False
            )
            yield Static("", id="trouble", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.tell("")
        self.query_one("#target", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run what was typed, or say why it cannot be."""
        typed = event.value.strip()
        if not typed:
            return
        try:
            session = self.launch(typed)
        except (LaunchError, SessionError) as error:
            self.tell(str(error))
        else:
            self.dismiss(session)
