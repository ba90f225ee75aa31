"""Asks how an experiment is to be run: how many items, how long waits, how many workers, by which model."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Input, Label, Static

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import Adjustments
from concviz.core.lab.catalog import Experiment
from concviz.core.language import N_, _
from concviz.core.launch.errors import LaunchError
from concviz.tui.screens.asking import Asking

LABELS = {
    "items": N_("items"), "latency": N_("latency, s"), "workers": N_("workers"), "model": N_("model"),
}


class AdjustScreen(Asking[Adjustments]):
    """What was asked for, or None.

    Args:
        experiment: what is to be run. asked: what was asked for the last time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False), Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, experiment: Experiment, asked: Adjustments) -> None:
        super().__init__()
        self.experiment, self.asked = experiment, asked

    def compose(self) -> ComposeResult:
        """A line for each of what can be set."""
        usual = adjusting.usual(self.experiment)
        given = {
            "items": self.asked.items, "latency": self.asked.latency_s, "workers": self.asked.workers,
            "model": self.asked.model,
        }
        with Container(id="dialog"):
            yield Static(Text(f"{_(self.experiment.title)}\n", "bold"), markup=False)
            for name in adjusting.takes(self.experiment):
                value = given[name]
                with Horizontal(classes="setting"):
                    yield Label(_(LABELS[name]), markup=False)
                    yield Input(
                        "" if value is None else f"{value}", placeholder=usual[name] or _("what fits"),
                        id=name, compact=True,
                    )
            yield Static(Text(self._hint()), markup=False)
            yield Static("", id="trouble", markup=False)

    def _hint(self) -> str:
        models = f"\n{', '.join(self.experiment.models)}\n" if self.experiment.models else ""
        return models + "\n" + _("Enter starts it · ↑↓ or Tab moves · Esc cancels")

    def on_mount(self) -> None:
        """Type at once."""
        self.tell("")
        self.query(Input).first().focus()

    def on_input_submitted(self) -> None:
        """Take what was typed, or say why it cannot be."""
        typed = {field.id: field.value for field in self.query(Input) if field.id}
        try:
            asked = adjusting.read(typed)
            adjusting.words(self.experiment, asked)
        except LaunchError as error:
            self.tell(str(error))
        else:
            self.dismiss(asked)
