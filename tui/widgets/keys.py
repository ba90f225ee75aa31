"""The last line: the keys one needs most."""

from __future__ import annotations

from rich.cells import cell_len

from concviz.core.language import N_, _
from concviz.tui.lines import Part, cut, line, width_of
from concviz.tui.widgets.lined import Lined

WATCHING = (
    ("space", N_("pause")),
    ("?", N_("help")),
    ("q", N_("quit")),
    ("w s", N_("zoom")),
    ("a d", N_("pan")),
    ("j k", N_("lane")),
    ("⏎", N_("fold")),
    ("f", N_("fit")),
    ("0", N_("all")),
    (". ,", N_("event")),
    ("[ ]", N_("wake-ups")),
    ("o", N_("output")),
    ("/", N_("filter")),
    ("m", N_("mark")),
    ("S", N_("svg")),
    ("t", N_("theme")),
    ("i", N_("type input")),
    ("^p", N_("commands")),
)
CONTROLLED = (WATCHING[0], ("h", N_("hold")), *WATCHING[1:])
"""Where the program can be held."""
OVER = tuple((key, word) for key, word in WATCHING if key != "i")
"""Where the program is over: nobody reads what is typed."""
_KEPT, _APART = ("?", "q"), "  "
PLAY, RESUME = N_("play"), N_("resume")
"""What space does instead: with what is over, with a view that is paused."""


def with_space(word: str, keys: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The keys, where space does something else than pausing."""
    return (("space", word), *keys[1:])


class Keys(Lined):
    """Keys and what they do, as many as fit."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told: tuple[tuple[tuple[str, str], ...], str] | None = None

    def on_resize(self) -> None:
        """Draw what was told while there was no room: a filter is typed in the place of the keys."""
        if self._told is not None:
            self.update(*self._told)

    def update(self, keys: tuple[tuple[str, str], ...] = WATCHING, said: str = "") -> None:
        """Draw the keys; before them what must be seen: that not everything is shown."""
        self._told = (keys, said)
        palette, width = self.palette, self.size.width
        if not width:
            return
        parts: list[Part] = [(" ", palette.text())]
        if said:
            parts.append((cut(said, max(20, width - 2)), palette.text(palette.ready, bold=True)))
        gap = "  " if said else ""
        for key, word in as_many(keys, width - width_of(parts) - len(gap)):
            parts.append((gap + key, palette.text(palette.accent, bold=True)))
            parts.append((f" {_(word)}", palette.text(palette.muted)))
            gap = _APART
        self.show([line(parts, width, palette.text())])


def as_many(keys: tuple[tuple[str, str], ...], width: int) -> list[tuple[str, str]]:
    """The first of the keys that fit; how one leaves, and where the others are told, before any of them."""
    def taken(some: list[tuple[str, str]]) -> int:
        return cell_len(_APART.join(f"{key} {_(word)}" for key, word in some))

    shown = list(keys)
    while shown and taken(shown) > width:
        others = [pair for pair in shown if pair[0] not in _KEPT]
        shown.remove(others[-1] if others else shown[0])
    return shown
