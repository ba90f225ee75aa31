"""The words of concurrency, each with its meaning and the experiment that shows it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from concviz.core.lab.catalog import BY_KEY
from concviz.core.lab.glossary import TERMS, Term
from concviz.core.language import LANGUAGES, SOURCE, _, catalogue, current
from concviz.tui.palette import Palette


class GlossaryScreen(ModalScreen[str]):
    """A list of words; the key of the experiment to start, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,e,q", "dismiss(None)", "Close"),
        Binding("j", "move(1)", show=False), Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette = palette

    def compose(self) -> ComposeResult:
        """Words at the left, the meaning of one at the right."""
        with Container(id="glossary"):
            yield OptionList(
                *(Option(Text(f" {_(term.word)}", no_wrap=True, overflow="ellipsis")) for term in TERMS),
                id="words", compact=True, markup=False,
            )
            with VerticalScroll(id="meaning", can_focus=False):
                yield Static("", id="told", markup=False)

    def on_mount(self) -> None:
        """Begin with the first word."""
        frame = self.query_one("#glossary")
        frame.border_title = _("glossary")
        frame.border_subtitle = _("↑↓ words · ⏎ starts the experiment · Esc closes")
        frame.set_class(self.app.size.width < 60, "-narrow")
        words = self.query_one("#words", OptionList)
        words.highlighted = 0
        words.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell what the word means."""
        self.query_one("#told", Static).update(self._told(TERMS[event.option_index]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start the experiment that shows it."""
        self.dismiss(TERMS[event.option_index].experiment)

    def action_move(self, by: int) -> None:
        """The next word, or the one before."""
        words = self.query_one("#words", OptionList)
        (words.action_cursor_down if by > 0 else words.action_cursor_up)()

    def _told(self, term: Term) -> Text:
        palette = self.palette
        told = Text()
        told.append(f"{_(term.word)}\n", f"bold {palette.accent}")
        others = [name for name in LANGUAGES if name != current()]
        for name in others:
            word = term.word if name == SOURCE else catalogue(name).gettext(term.word)
            told.append(f"{name}: {word}\n", palette.muted)
        told.append(f"\n{_(term.meaning)}\n\n", palette.foreground)
        experiment = BY_KEY[term.experiment]
        told.append(_("shown by") + "\n", palette.muted)
        told.append(f"{_(experiment.title)}", f"bold {palette.foreground}")
        told.append(f"  {experiment.key}\n", palette.muted)
        told.append("\n" + _("look for") + "\n", palette.muted)
        told.append(_(experiment.look_for), palette.foreground)
        return told
