"""What the application says in a corner for some seconds: the last word only, as it lies over the rest."""

from __future__ import annotations

from textual.notifications import SeverityLevel

from concviz.tui.ahead import TypedAhead


class Telling(TypedAhead):
    """An application whose next word takes the place of the last; warnings and errors stay their time."""

    def notify(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information",
        timeout: float | None = None, markup: bool = True,
    ) -> None:
        """See ``App.notify``."""
        for told in [told for told in self._notifications if told.severity == "information"]:
            self._unnotify(told, refresh=False)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
