"""The source of an experiment over the whole screen, where there is no room for it beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from concviz.core.language import _
from concviz.tui.widgets.source import Source


class SourceScreen(ModalScreen[None]):
    """Files to read; Esc, v and q close it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,v,q", "dismiss(None)", "Close")]

    def __init__(self, files: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.files = files

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        yield Source(id="page")

    def on_mount(self) -> None:
        """Scroll with the keys at once."""
        page = self.query_one("#page", Source)
        page.border_title = " + ".join(name for name, _text in self.files)
        page.border_subtitle = _("↑↓ scroll · Esc closes")
        page.tell(self.files)
        page.focus()
