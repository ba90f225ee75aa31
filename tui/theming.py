"""``t``: the application's palette, and who draws in it."""

from __future__ import annotations

from textual.app import App

from concviz.core.language import _
from concviz.tui import palettes
from concviz.tui.palette import Palette
from concviz.tui.screens.drawn import Drawn
from concviz.tui.screens.timeline import TimelineScreen


class Theming(App[int]):
    """An application whose screens all draw in one palette; each is a theme of Textual's, too."""

    palette: Palette

    def begin_in(self, name: str | None) -> None:
        """The first palette, by its name; None: by what the terminal can show."""
        for each in palettes.PALETTES.values():
            self.register_theme(palettes.theme(each))
        self.palette = palettes.PALETTES[name] if name else self._first_palette()
        self.theme = self.palette.name

    def _first_palette(self) -> Palette:
        if self.no_color:
            return palettes.MONO
        return palettes.SIXTEEN if self.console.color_system == "standard" else palettes.DARK

    def action_theme(self) -> None:
        """The next theme."""
        if self.palette.plain:
            self.notify(_("NO_COLOR is set"), timeout=3)
            return
        names = palettes.CYCLE
        at = names.index(self.palette.name) if self.palette.name in names else -1
        self.theme = names[(at + 1) % len(names)]

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        chosen = palettes.PALETTES.get(theme_name)
        if chosen is not None and chosen is not self.palette:
            self.palette = chosen
            for screen in self.screen_stack:
                if isinstance(screen, TimelineScreen | Drawn):
                    screen.use(chosen)
