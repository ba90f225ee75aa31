"""A question over the screen that is asked until the answer can be used, or Esc is pressed."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

Answer = TypeVar("Answer")


class Asking(ModalScreen[Answer]):
    """Has a line ``#trouble``, which says why an answer cannot be used until something else is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def on_input_changed(self) -> None:
        """What is typed now may be right."""
        self.tell("")

    def tell(self, trouble: str) -> None:
        """Say it; '' says that there is none."""
        words = self.query_one("#trouble", Static)
        words.update(Text(f"\n{trouble}", "bold"))
        words.display = bool(trouble)
