"""The colours of each theme. Hues follow Okabe and Ito, so that colour-blind readers can tell them apart.

A palette answers with cached Rich styles: making a style is far dearer than looking one up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from concviz.core.model import READY_REASONS, Reason

TINTS = tuple(Reason)
EMPTY, REST, PART = 0, 1, 2
"""Layers of a cell: nothing alive; not running; running at least a part of it."""


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
    plain: bool = False
    """No colour at all: shapes, bold and reverse only."""
    inks: tuple[Style, ...] = field(init=False)
    crossed: tuple[Style, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inks", tuple(self._ink(n) for n in range(len(TINTS) * 8)))
        object.__setattr__(self, "crossed", tuple(self._cross(ink) for ink in self.inks))

    def _ink(self, number: int) -> Style:
        reason, layer, busy = TINTS[number >> 3], (number >> 1) & 3, bool(number & 1)
        tint = self.tint(reason)
        if layer == EMPTY:
            return style(self.faint, self.background)
        return style(self.running if layer == PART else self.reason(reason), tint, underline=busy)

    def _cross(self, ink: Style) -> Style:
        """The ink under the cursor line."""
        if self.plain:
            return style(self.cursor, self.background, bold=True)
        ground = ink.bgcolor.name if ink.bgcolor else self.background
        return style(self.cursor, ground, bold=True)

    def reason(self, reason: Reason) -> str:
        """Colour of a worker that is ready or waits for this reason."""
        return self.reasons.get(reason, self.ready if reason in READY_REASONS else self.muted)

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


def ink(reason: int, layer: int, busy: bool = False) -> int:
    """Number of an ink in ``Palette.inks``."""
    return reason << 3 | layer << 1 | busy


DARK = Palette(
    name="concviz-dark", dark=True,
    background="#0e1116", panel="#151a21", raised="#232b36", foreground="#d5dae2", muted="#8691a1",
    faint="#3b4450", accent="#7cc4ff", running="#34c79a", ready="#f0ad33", good="#34c79a", bad="#ff7a59",
    cursor="#ffffff",
    reasons={
        Reason.NONE: "#77818f", Reason.GIL: "#f0ad33", Reason.LOOP: "#f0ad33", Reason.CORE: "#f0ad33",
        Reason.IO: "#4ba3dc", Reason.LOCK: "#f0694a", Reason.SLEEP: "#6f7a89", Reason.AWAIT: "#b985c0",
        Reason.QUEUE: "#8f8df0", Reason.CHILD: "#6f8fe0", Reason.EXECUTOR: "#5fb3b3", Reason.HELD: "#ffffff",
    },
    tints={
        Reason.NONE: "#1a1f26", Reason.GIL: "#4a3511", Reason.LOOP: "#4a3511", Reason.CORE: "#4a3511",
        Reason.IO: "#11263a", Reason.LOCK: "#3c1a15", Reason.SLEEP: "#1a1f27", Reason.AWAIT: "#281d2f",
        Reason.QUEUE: "#1e1f3d", Reason.CHILD: "#182340", Reason.EXECUTOR: "#132b2e", Reason.HELD: "#3a3a3a",
    },
)
LIGHT = Palette(
    name="concviz-light", dark=False,
    background="#fcfbf8", panel="#f2f0eb", raised="#dfe5ee", foreground="#20262e", muted="#626b78",
    faint="#c3c6cb", accent="#0a63ad", running="#007a55", ready="#945500", good="#007a55", bad="#b93a0c",
    cursor="#111111",
    reasons={
        Reason.NONE: "#767d88", Reason.GIL: "#945500", Reason.LOOP: "#945500", Reason.CORE: "#945500",
        Reason.IO: "#1c6fb0", Reason.LOCK: "#b93a0c", Reason.SLEEP: "#7b828c", Reason.AWAIT: "#93478c",
        Reason.QUEUE: "#5a55c0", Reason.CHILD: "#3c5cb8", Reason.EXECUTOR: "#1d7a7a", Reason.HELD: "#000000",
    },
    tints={
        Reason.NONE: "#e9eaeb", Reason.GIL: "#f8ddab", Reason.LOOP: "#f8ddab", Reason.CORE: "#f8ddab",
        Reason.IO: "#d8e9f7", Reason.LOCK: "#f8dace", Reason.SLEEP: "#e9ebee", Reason.AWAIT: "#f1e1f0",
        Reason.QUEUE: "#e3e2f8", Reason.CHILD: "#dde5f8", Reason.EXECUTOR: "#d8eeee", Reason.HELD: "#d0d0d0",
    },
)
CONTRAST = Palette(
    name="concviz-contrast", dark=True,
    background="#000000", panel="#0b0b0b", raised="#2a3f66", foreground="#ffffff", muted="#d0d0d0",
    faint="#6a6a6a", accent="#6fd0ff", running="#1fffb0", ready="#ffc400", good="#1fffb0", bad="#ff8562",
    cursor="#ffffff",
    reasons={
        Reason.NONE: "#c8c8c8", Reason.GIL: "#ffc400", Reason.LOOP: "#ffc400", Reason.CORE: "#ffc400",
        Reason.IO: "#5cc8ff", Reason.LOCK: "#ff8562", Reason.SLEEP: "#c8c8c8", Reason.AWAIT: "#ff9df0",
        Reason.QUEUE: "#b9b6ff", Reason.CHILD: "#9fb8ff", Reason.EXECUTOR: "#7ff0f0", Reason.HELD: "#ffffff",
    },
    tints={
        Reason.NONE: "#161616", Reason.GIL: "#5a4300", Reason.LOOP: "#5a4300", Reason.CORE: "#5a4300",
        Reason.IO: "#00263d", Reason.LOCK: "#4a1405", Reason.SLEEP: "#161616", Reason.AWAIT: "#38102f",
        Reason.QUEUE: "#1d1a4a", Reason.CHILD: "#101f4d", Reason.EXECUTOR: "#003030", Reason.HELD: "#404040",
    },
)
_GREY = dict.fromkeys(Reason, "#d0d0d0")
MONO = Palette(
    name="concviz-mono", dark=True,
    background="#000000", panel="#000000", raised="#303030", foreground="#ffffff", muted="#c0c0c0",
    faint="#606060", accent="#ffffff", running="#ffffff", ready="#ffffff", good="#ffffff", bad="#ffffff",
    cursor="#ffffff", reasons=_GREY, tints=dict.fromkeys(Reason, "#000000"), plain=True,
)
# What a terminal of 16 colours can show: the eight pure and eight bright ones, and no tints at all.
SIXTEEN = Palette(
    name="concviz-16", dark=True,
    background="#000000", panel="#000000", raised="#000080", foreground="#c0c0c0", muted="#c0c0c0",
    faint="#808080", accent="#00ffff", running="#00ff00", ready="#ffff00", good="#00ff00", bad="#ff0000",
    cursor="#ffffff",
    reasons={
        Reason.NONE: "#808080", Reason.GIL: "#ffff00", Reason.LOOP: "#ffff00", Reason.CORE: "#ffff00",
        Reason.IO: "#00ffff", Reason.LOCK: "#ff0000", Reason.SLEEP: "#808080", Reason.AWAIT: "#ff00ff",
        Reason.QUEUE: "#ff00ff", Reason.CHILD: "#00ffff", Reason.EXECUTOR: "#00ffff", Reason.HELD: "#ffffff",
    },
    tints=dict.fromkeys(Reason, "#000000"),
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, MONO, SIXTEEN)}
CYCLE = (DARK.name, LIGHT.name, CONTRAST.name)


def theme(palette: Palette) -> Theme:
    """The same colours for Textual's own widgets."""
    return Theme(
        name=palette.name, dark=palette.dark, primary=palette.accent, secondary=palette.reason(Reason.IO),
        warning=palette.ready, error=palette.bad, success=palette.good, accent=palette.accent,
        foreground=palette.foreground, background=palette.background, surface=palette.panel,
        panel=palette.panel, boost=palette.raised,
        variables={
            "text-muted": palette.muted, "border": palette.faint, "raised": palette.raised,
            "faint": palette.faint, "input-cursor-background": palette.accent,
        },
    )
