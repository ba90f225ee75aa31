"""The source of a program, in colours, to scroll through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static


class Source(ScrollableContainer, can_focus=True):
    """One or several files below each other, each under its name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False), Binding("k", "scroll_up", show=False),
        Binding("space", "page_down", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told: Sequence[tuple[str, str]] = ()

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("", classes="code", markup=False)

    def tell(self, files: Sequence[tuple[str, str]]) -> None:
        """Show files: (name, text) each."""
        if files == self._told:
            return
        self._told = files
        parts: list[Content] = []
        for name, text in files:
            head = Content.styled(f"── {name} ", "bold $accent")
            parts += [head, *_numbered(highlight(text, language="python")), Content("")]
        self.query_one(".code", Static).update(Content("\n").join(parts))
        self.scroll_home(animate=False)


def _numbered(code: Content) -> Iterator[Content]:
    """Each line after its number."""
    lines = code.split("\n", allow_blank=True)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    width = len(str(len(lines)))
    for number, line in enumerate(lines, start=1):
        yield Content.styled(f"{number:>{width}}  ", "dim") + line
