"""The last line: the keys one needs most."""

from __future__ import annotations

from concviz.tui.lines import Part, line, width_of
from concviz.tui.widgets.lined import Lined

WATCHING = (
    ("space", "pause"),
    ("?", "help"),
    ("q", "quit"),
    ("w s", "zoom"),
    ("a d", "pan"),
    ("j k", "lane"),
    ("⏎", "fold"),
    ("f", "fit"),
    ("0", "all"),
    (". ,", "event"),
    ("[ ]", "wake-ups"),
    ("o", "output"),
    ("/", "filter"),
    ("m", "mark"),
    ("S", "svg"),
    ("t", "theme"),
    ("i", "type input"),
    ("^p", "commands"),
)

CONTROLLED = (WATCHING[0], ("h", "hold"), *WATCHING[1:])
"""Where the program can be held."""


class Keys(Lined):
    """Keys and what they do, as many as fit."""

    def update(self, keys: tuple[tuple[str, str], ...] = WATCHING) -> None:
        """Draw the keys."""
        palette, width = self.palette, self.size.width
        if not width:
            return
        parts: list[Part] = [(" ", palette.text())]
        for key, word in keys:
            gap = "  " if len(parts) > 1 else ""
            pair = [
                (gap + key, palette.text(palette.accent, bold=True)),
                (f" {word}", palette.text(palette.muted)),
            ]
            if width_of(parts) + width_of(pair) > width:
                break
            parts += pair
        self.show([line(parts, width, palette.text())])
