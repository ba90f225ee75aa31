"""Starting experiments: from the home screen, and from a word of the glossary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from concviz.core.lab import adjusting
from concviz.core.lab.adjusting import AS_IT_IS, Adjustments
from concviz.core.lab.catalog import BY_KEY, Experiment
from concviz.core.launch.errors import LaunchError
from concviz.tui.screens.glossary import GlossaryScreen

if TYPE_CHECKING:
    from concviz.tui.app import ConcvizApp


class Learning:
    """Runs experiments in the application."""

    def __init__(self, app: ConcvizApp) -> None:
        self._app = app

    def experiment(self, experiment: Experiment, asked: Adjustments = AS_IT_IS) -> None:
        """Run one and watch it; errors are one line."""
        try:
            words = adjusting.words(experiment, asked)
        except LaunchError as error:
            self._app.notify(str(error), severity="error", timeout=6, markup=False)
            return
        self._app.start(
            words, name=experiment.key, held=experiment.held, looked_for=experiment.moments
        )

    def glossary(self) -> None:
        """Show the words; what becomes of a program that still runs is asked before another one starts."""
        self._app.push_screen(GlossaryScreen(self._app.palette), self._chosen)

    def _chosen(self, key: str | None) -> None:
        if key is None:
            return
        if self._app.watching is None:
            self.experiment(BY_KEY[key])
        else:
            self._app.leaving.ask_then(lambda: self._instead(BY_KEY[key]))

    def _instead(self, experiment: Experiment) -> None:
        self._app.go_home()
        self._app.call_after_refresh(self.experiment, experiment)
