"""The part of the application that starts experiments: from the home screen, and from the glossary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import App

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import AS_IT_IS, Adjustments
from concviz.core.lab.catalog import BY_KEY
from concviz.core.launch.errors import LaunchError
from concviz.tui.palette import Palette
from concviz.tui.screens.glossary import GlossaryScreen
from concviz.tui.screens.home import HomeScreen

if TYPE_CHECKING:
    from concviz.core.insight.moment import Kind
    from concviz.core.lab.catalog import Experiment
    from concviz.tui.screens.timeline import TimelineScreen


class Learning(App[int]):
    """An application that can run programs."""

    palette: Palette

    @property
    @abstractmethod
    def watching(self) -> TimelineScreen | None:
        """The session's screen."""

    @abstractmethod
    def start(self, words: list[str], *, held: bool = False, looked_for: Sequence[Kind] = ()) -> None:
        """Run a program and watch it."""

    @abstractmethod
    def go_home(self) -> None:
        """Leave the session."""

    @abstractmethod
    def ask_then(self, go: Callable[[], object]) -> None:
        """Ask what becomes of a program that still runs, then go."""

    def on_home_screen_experimented(self, message: HomeScreen.Experimented) -> None:
        """Start an experiment."""
        self.experiment(message.experiment, message.asked)

    def experiment(self, experiment: Experiment, asked: Adjustments = AS_IT_IS) -> None:
        """Run an experiment and watch it; errors are one line."""
        try:
            words = adjusting.words(experiment, asked)
        except LaunchError as error:
            self.notify(str(error), severity="error", timeout=6, markup=False)
            return
        self.start(words, held=experiment.held, looked_for=experiment.moments)

    def action_glossary(self) -> None:
        """The words; one of them may start its experiment, after asking where a program still runs."""
        self.push_screen(GlossaryScreen(self.palette), self._from_glossary)

    def _from_glossary(self, key: str | None) -> None:
        if key is None:
            return
        if self.watching is None:
            self.experiment(BY_KEY[key])
            return

        def go() -> None:
            self.go_home()
            self.call_after_refresh(self.experiment, BY_KEY[key])

        self.ask_then(go)
