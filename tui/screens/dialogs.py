"""Small questions over the screen: how to quit, which program to run; and what one waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from concviz.core.language import _
from concviz.core.launch.errors import LaunchError
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.session import Session, SessionError
from concviz.core.text import clean
from concviz.tui.screens.asking import Asking

if TYPE_CHECKING:
    from concviz.tui.packing import Packing

LEAVE, END, PACK, INTERRUPT = "leave", "end", "pack", "interrupt"
_LONGEST = 400
"""Characters of a path."""


class QuitScreen(ModalScreen[str]):
    """Asked once when the program still runs: leave it running, end it (and pack its session), or stay.

    Ctrl-C opens it, and again sends Ctrl-C, as one expects whose first one was meant for the program.

    Args:
        program: its name. session: its folder, which a file to pack it into is called after.
        becomes: the file it is packed into in any case once the program has ended; then that is no question.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('leave')", "Leave it running"),
        Binding("e", "answer('end')", "End it"),
        Binding("p", "answer('pack')", "End it and pack"),
        Binding("c,ctrl+c", "answer('interrupt')", "Send Ctrl-C to it"),
        Binding("escape", "answer('')", "Stay"),
    ]

    def __init__(self, program: str, session: Path, becomes: Path | None = None) -> None:
        super().__init__()
        self.program, self.session, self.becomes = program, session, becomes

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Container(id="dialog"):
            title = _("{program} still runs").format(program=self.program)
            yield Static(Text(f"{title}\n", "bold"), markup=False)
            yield _keyed(self._answers())

    def _answers(self) -> Iterator[tuple[str, str]]:
        yield "l", _("leave it running, recorded on")
        if self.becomes is not None:
            yield "e", _("end it, and its session is packed into {file}").format(file=self.becomes)
        else:
            yield "e", _("end it")
            file = f"./{self.session.resolve().name}{SUFFIX}"
            yield "p", _("end it, and pack its session into {file}").format(file=file)
        yield "c", _("send it Ctrl-C (SIGINT), stay here")
        yield "Esc", _("stay here")

    def action_answer(self, answer: str) -> None:
        """Close with the answer, where it is one of those that were offered."""
        if answer != PACK or self.becomes is None:
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


class PackingScreen(ModalScreen[bool]):
    """Shown while one who wants to leave waits for a session to be packed; the app takes it away.

    It ends by itself with True where the reader quits without the file, with False where they stay.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c", "dismiss(True)", "Quit without it"),
        Binding("escape", "dismiss(False)", "Stay"),
    ]

    def __init__(self, packing: Packing) -> None:
        super().__init__()
        self.packing = packing
        self._share = Static(markup=False)

    def compose(self) -> ComposeResult:
        """Into what it is packed, how far that is, and what else one can do."""
        with Container(id="dialog"):
            yield self._share
            answers = ("q", _("quit at once, without the file")), ("Esc", _("stay here"))
            yield _keyed(answers)

    def on_mount(self) -> None:
        """Tell how far it is, from now on."""
        self.tell()

    def tell(self) -> None:
        """How far it is by now; called at any time, also before it is shown."""
        if not self._share.is_attached:
            return
        file, percent = clean(self.packing.target, _LONGEST), self.packing.percent
        words = Text(_("packing the session: {percent} %").format(percent=percent), "bold")
        self._share.update(words.append(f"\n{file}\n", "not bold"))


def _keyed(answers: Iterable[tuple[str, str]]) -> Static:
    """Keys and what they do, in two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", width=5)
    grid.add_column(overflow="fold")
    for key, answer in answers:
        grid.add_row(Text(key, "bold"), Text(clean(answer, _LONGEST)))
    return Static(grid, markup=False)


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
