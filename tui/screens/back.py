"""Asks how many steps to go back."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from concviz.core.language import _
from concviz.tui.screens.asking import Asking


class BackScreen(Asking[int | None]):
    """A number from 1 to the number of steps made, or None.

    Args:
        made: how many steps there are to go back.
    """

    def __init__(self, made: int) -> None:
        super().__init__()
        self.made = made

    def compose(self) -> ComposeResult:
        """The question and a line for the answer."""
        with Container(id="dialog"):
            yield Static(Text(_("How many steps back?") + "\n", "bold"), markup=False)
            bounds = _("1 to {n}").format(n=self.made)
            yield Input(placeholder=bounds, id="target", compact=True, type="integer")
            words = _("a fresh process repeats the steps before; Esc stays here")
            yield Static(Text(f"\n{words}"), markup=False)
            yield Static("", id="trouble", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.tell("")
        self.query_one("#target", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the number, or say why it cannot be."""
        typed = event.value.strip()
        if typed.isdecimal() and 1 <= int(typed) <= self.made:
            self.dismiss(int(typed))
        elif typed:
            self.tell(_("a number from 1 to {n}").format(n=self.made))
