"""Asks how many steps to go back."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class BackScreen(ModalScreen[int | None]):
    """A number from 1 to the number of steps made, or None.

    Args:
        made: how many steps there are to go back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, made: int) -> None:
        super().__init__()
        self.made = made

    def compose(self) -> ComposeResult:
        """The question and a line for the answer."""
        with Container(id="dialog"):
            yield Static(Text("How many steps back?\n", "bold"), markup=False)
            yield Input(placeholder=f"1 to {self.made}", id="target", compact=True, type="integer")
            yield Static(Text("\na fresh process repeats the steps before; Esc stays here"), markup=False)
            yield Static("", id="trouble", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self._tell("")
        self.query_one("#target", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the number, or say why it cannot be."""
        typed = event.value.strip()
        if typed.isdecimal() and 1 <= int(typed) <= self.made:
            self.dismiss(int(typed))
        elif typed:
            self._tell(f"a number from 1 to {self.made}")

    def on_input_changed(self) -> None:
        """What is typed now may be right."""
        self._tell("")

    def _tell(self, trouble: str) -> None:
        words = self.query_one("#trouble", Static)
        words.update(Text(f"\n{trouble}", "bold"))
        words.display = bool(trouble)
