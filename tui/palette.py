"""What a palette is: the colours of one theme, and the inks of its cells.

A palette answers with cached Rich styles: making a style is far dearer than looking one up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.style import Style

from concviz.core.colors import Colors
from concviz.core.model import Known, Reason

EMPTY, REST, PART = 0, 1, 2
"""Layers of a cell: nothing alive; not running; running at least a part of it."""


class Ink(NamedTuple):
    """What decides how a cell's glyph is drawn."""

    reason: Reason
    """Of what the worker did when it did not run."""
    known: Known
    layer: int
    busy: bool
    """Underlined."""


def ink(reason: int, layer: int, busy: bool = False, known: int = 0) -> int:
    """Number of an ink in ``Palette.inks``: cells are painted in numbers, which are cheap to compare."""
    return reason << 5 | known << 3 | layer << 1 | busy


@lru_cache(maxsize=1024)
def ink_of(number: int) -> Ink:
    """The ink of a number."""
    known = min(number >> 3 & 3, Known.INFERRED)
    return Ink(Reason(number >> 5), Known(known), number >> 1 & 3, bool(number & 1))


@lru_cache(maxsize=4096)
def style(
    color: str | None = None, background: str | None = None, *, bold: bool = False, underline: bool = False,
    reverse: bool = False, dim: bool = False,
) -> Style:
    """A Rich style, made once."""
    return Style(
        color=Color.parse(color) if color else None,
        bgcolor=Color.parse(background) if background else None,
        bold=bold or None, underline=underline or None, reverse=reverse or None, dim=dim or None,
    )


@dataclass(frozen=True, slots=True)
class Palette(Colors):
    """The colours of one theme with the styles made of them."""

    inks: tuple[Style, ...] = field(init=False)
    crossed: tuple[Style, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inks", tuple(self._ink(n) for n in range(ink(len(Reason), 0))))
        object.__setattr__(self, "crossed", tuple(self._cross(ink) for ink in self.inks))

    def _ink(self, number: int) -> Style:
        reason, known, layer, busy = ink_of(number)
        if layer == EMPTY:
            return style(self.faint, self.background)
        color, tint = self.running if layer == PART else self.reason(reason), self.tint(reason)
        return style(self.fade(color, tint, known), tint, underline=busy)

    def _cross(self, ink: Style) -> Style:
        """The ink under the cursor line."""
        if self.plain:
            return style(self.cursor, self.background, bold=True)
        ground = ink.bgcolor.name if ink.bgcolor else self.background
        return style(self.cursor, ground, bold=True)

    def text(self, color: str | None = None, *, bold: bool = False, background: str | None = None) -> Style:
        """Style of plain words on the screen's ground."""
        return style(color or self.foreground, background or self.background, bold=bold)

    def chosen(self, color: str | None = None, *, bold: bool = False) -> Style:
        """Style of words in the selected row."""
        if self.plain:
            return style(self.background, self.foreground, bold=bold)
        return style(color or self.foreground, self.raised, bold=bold)


def palette_of(colors: Colors) -> Palette:
    """The palette of these colours."""
    return Palette(**{part.name: getattr(colors, part.name) for part in fields(Colors)})
