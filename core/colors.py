"""The colours of each theme, for the screen and for pictures alike.

Hues follow Okabe and Ito, so that colour-blind readers can tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from concviz.core.model import READY_REASONS, Known, Reason, State

FADED = {Known.SAMPLED: 0.3, Known.INFERRED: 0.5}
"""How far the colour of what is not exact has faded into its ground."""


def faded(color: str, ground: str, share: float) -> str:
    """A colour with a share of its ground mixed in."""
    parts = (
        round(int(color[i : i + 2], 16) * (1 - share) + int(ground[i : i + 2], 16) * share) for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


@dataclass(frozen=True, slots=True)
class Colors:
    """The colours of one theme, as ``#rrggbb``; ``tints`` are the quiet grounds of a lane that is alive."""

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

    def fade(self, color: str, ground: str, known: Known) -> str:
        """The colour of a state that is known like this."""
        if known is Known.EXACT:
            return color
        return self.fadings.get(color) or faded(color, ground, FADED[known])

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


def _reasons(
    none: str, ready: str, io: str, lock: str, sleep: str, awaits: str, queue: str, child: str, executor: str,
    held: str,
) -> dict[Reason, str]:
    """A colour for each reason; those of ready share one."""
    return {
        Reason.NONE: none, **dict.fromkeys(READY_REASONS, ready), Reason.IO: io, Reason.LOCK: lock,
        Reason.SLEEP: sleep, Reason.AWAIT: awaits, Reason.QUEUE: queue, Reason.CHILD: child,
        Reason.EXECUTOR: executor, Reason.HELD: held,
    }


DARK = Colors(
    name="concviz-dark", dark=True,
    background="#0e1116", panel="#151a21", raised="#232b36", foreground="#d5dae2", muted="#8691a1",
    faint="#3b4450", accent="#7cc4ff", running="#34c79a", ready="#f0ad33", good="#34c79a", bad="#ff7a59",
    cursor="#ffffff",
    reasons=_reasons(
        "#77818f", "#f0ad33", "#4ba3dc", "#f0694a", "#6f7a89", "#b985c0",
        "#8f8df0", "#6f8fe0", "#5fb3b3", "#ffffff",
    ),
    tints=_reasons(
        "#1a1f26", "#4a3511", "#11263a", "#3c1a15", "#1a1f27", "#281d2f",
        "#1e1f3d", "#182340", "#132b2e", "#3a3a3a",
    ),
)
LIGHT = Colors(
    name="concviz-light", dark=False,
    background="#fcfbf8", panel="#f2f0eb", raised="#dfe5ee", foreground="#20262e", muted="#626b78",
    faint="#c3c6cb", accent="#0a63ad", running="#007a55", ready="#945500", good="#007a55", bad="#b93a0c",
    cursor="#111111",
    reasons=_reasons(
        "#767d88", "#945500", "#1c6fb0", "#b93a0c", "#7b828c", "#93478c",
        "#5a55c0", "#3c5cb8", "#1d7a7a", "#000000",
    ),
    tints=_reasons(
        "#e9eaeb", "#f8ddab", "#d8e9f7", "#f8dace", "#e9ebee", "#f1e1f0",
        "#e3e2f8", "#dde5f8", "#d8eeee", "#d0d0d0",
    ),
)
CONTRAST = Colors(
    name="concviz-contrast", dark=True,
    background="#000000", panel="#0b0b0b", raised="#2a3f66", foreground="#ffffff", muted="#d0d0d0",
    faint="#6a6a6a", accent="#6fd0ff", running="#1fffb0", ready="#ffc400", good="#1fffb0", bad="#ff8562",
    cursor="#ffffff",
    reasons=_reasons(
        "#c8c8c8", "#ffc400", "#5cc8ff", "#ff8562", "#c8c8c8", "#ff9df0",
        "#b9b6ff", "#9fb8ff", "#7ff0f0", "#ffffff",
    ),
    tints=_reasons(
        "#161616", "#5a4300", "#00263d", "#4a1405", "#161616", "#38102f",
        "#1d1a4a", "#101f4d", "#003030", "#404040",
    ),
)
MONO = Colors(
    name="concviz-mono", dark=True,
    background="#000000", panel="#000000", raised="#303030", foreground="#ffffff", muted="#c0c0c0",
    faint="#606060", accent="#ffffff", running="#ffffff", ready="#ffffff", good="#ffffff", bad="#ffffff",
    cursor="#ffffff", reasons=dict.fromkeys(Reason, "#d0d0d0"), tints=dict.fromkeys(Reason, "#000000"),
    plain=True,
)
# What a terminal of 16 colours can show: the eight pure and eight bright ones, and no tints at all.
SIXTEEN = Colors(
    name="concviz-16", dark=True,
    background="#000000", panel="#000000", raised="#000080", foreground="#c0c0c0", muted="#c0c0c0",
    faint="#808080", accent="#00ffff", running="#00ff00", ready="#ffff00", good="#00ff00", bad="#ff0000",
    cursor="#ffffff",
    reasons=_reasons(
        "#808080", "#ffff00", "#00ffff", "#ff0000", "#808080", "#ff00ff",
        "#ff00ff", "#00ffff", "#00ffff", "#ffffff",
    ),
    tints=dict.fromkeys(Reason, "#000000"),
    fadings={
        "#00ff00": "#008000", "#ffff00": "#808000", "#00ffff": "#008080", "#ff0000": "#800000",
        "#ff00ff": "#800080", "#ffffff": "#c0c0c0", "#808080": "#808080",
    },
)
COLORS = {colors.name: colors for colors in (DARK, LIGHT, CONTRAST, MONO, SIXTEEN)}
