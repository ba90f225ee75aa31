"""What a palette is: the colours of one theme, and the inks of its cells.

A palette answers with cached Rich styles: making a style is far dearer than looking one up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.style import Style

from concviz.core.model import READY_REASONS, Known, Reason, State

EMPTY, REST, PART = 0, 1, 2
"""Layers of a cell: nothing alive; not running; running at least a part of it."""
FADED = {Known.SAMPLED: 0.3, Known.INFERRED: 0.5}
"""How far the colour of what is not exact has faded into its ground."""


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


def faded(color: str, ground: str, share: float) -> str:
    """A colour with a share of its ground mixed in."""
    parts = (
        round(int(color[i : i + 2], 16) * (1 - share) + int(ground[i : i + 2], 16) * share) for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


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
class Palette:
    """The colours of one theme; ``tints`` are the quiet backgrounds of a lane that is alive."""

    name: str
    dark: bool
    background: str
    panel: str
    raised: str
    foreground: str
    muted: str
    faint: str
    accent: str
    running: str
    ready: str
    good: str
    bad: str
    cursor: str
    reasons: dict[Reason, str]
    tints: dict[Reason, str]
    fadings: dict[str, str] = field(default_factory=dict)
    """Colours that fade into another colour instead of their ground: a terminal of 16 can mix nothing."""
    plain: bool = False
    """No colour at all: shapes, bold and reverse only."""
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

    def fade(self, color: str, ground: str, known: Known) -> str:
        """The colour of a state that is known like this."""
        if known is Known.EXACT:
            return color
        return self.fadings.get(color) or faded(color, ground, FADED[known])

    def _cross(self, ink: Style) -> Style:
        """The ink under the cursor line."""
        if self.plain:
            return style(self.cursor, self.background, bold=True)
        ground = ink.bgcolor.name if ink.bgcolor else self.background
        return style(self.cursor, ground, bold=True)

    def reason(self, reason: Reason) -> str:
        """Colour of a worker that is ready or waits for this reason."""
        return self.reasons.get(reason, self.ready if reason in READY_REASONS else self.muted)

    def of(self, state: State, reason: Reason) -> str:
        """Colour of a worker in this state, for this reason."""
        if state is State.RUNNING:
            return self.running
        return self.ready if state is State.READY and reason is not Reason.HELD else self.reason(reason)

    def tint(self, reason: Reason) -> str:
        """Background of a living lane that is not running for this reason."""
        return self.tints.get(reason, self.panel)

    def text(self, color: str | None = None, *, bold: bool = False, background: str | None = None) -> Style:
        """Style of plain words on the screen's ground."""
        return style(color or self.foreground, background or self.background, bold=bold)

    def chosen(self, color: str | None = None, *, bold: bool = False) -> Style:
        """Style of words in the selected row."""
        if self.plain:
            return style(self.background, self.foreground, bold=bold)
        return style(color or self.foreground, self.raised, bold=bold)
