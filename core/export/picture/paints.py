"""How a state looks: a fill, and for every state but running a pattern that does without colour.

Activity is height and weight, as on the screen: running is solid, ready is hatched, waiting is one quiet
stroke on a tinted ground, and the strokes of the reasons differ.
"""

from __future__ import annotations

from typing import NamedTuple

from concviz.core.colors import Colors, faded
from concviz.core.export.markup import number as n
from concviz.core.language import pgettext
from concviz.core.model import READY_REASONS, WAITING_REASONS, Known, Reason, State


class Paint(NamedTuple):
    """What decides how a shape is filled."""

    state: State
    reason: Reason = Reason.NONE
    known: Known = Known.EXACT
    flat: bool = False
    """One colour instead of the pattern: of what is too narrow for its tile."""

    @property
    def words(self) -> str:
        """``waiting (io)``."""
        return state_words(self.state, self.reason)


def state_words(state: State, reason: Reason) -> str:
    """A state and its reason: ``ready (gil)``."""
    name = pgettext("lane", state.name.lower())
    return f"{name} ({pgettext('lane', reason.name.lower())})" if reason else name


class Paints:
    """The fills of one picture; those that were asked for are defined."""

    def __init__(self, colors: Colors, height: float) -> None:
        """Fills for bars ``height`` pixels high."""
        self.colors, self.height = colors, height
        self._used: dict[Paint, None] = {}

    @property
    def used(self) -> tuple[Paint, ...]:
        """What was asked for, in that order."""
        return tuple(self._used)

    def fill(self, paint: Paint) -> str:
        """The value of a ``fill`` attribute."""
        self._used.setdefault(paint)
        colors = self.colors
        if paint.state is State.RUNNING:
            return colors.fade(colors.running, colors.background, paint.known)
        if paint.flat:
            color, ground = self._color(paint)
            return faded(color, ground, 0.35) if paint.state is State.READY else faded(color, ground, 0.7)
        return f"url(#{self._id(paint)})"

    def definitions(self) -> str:
        """The patterns that were asked for."""
        return "".join(self._pattern(paint) for paint in self._used if not _plain(paint))

    def _color(self, paint: Paint) -> tuple[str, str]:
        """Of its strokes, and of the ground they stand on."""
        colors = self.colors
        unknown = Reason.LOOP if paint.state is State.READY else Reason.NONE  # those of ready look alike
        ground = colors.tint(paint.reason or unknown)
        return colors.fade(colors.of(paint.state, paint.reason), ground, paint.known), ground

    def _id(self, paint: Paint) -> str:
        return f"{self.colors.name}-{paint.state.name.lower()}-{paint.reason.name.lower()}-{int(paint.known)}"

    def _pattern(self, paint: Paint) -> str:
        color, ground = self._color(paint)
        strokes = _hatch if paint.state is State.READY else _stroke
        wide, shapes = strokes(paint.reason, self.height, color)
        return (
            f'<pattern id="{self._id(paint)}" patternUnits="userSpaceOnUse" width="{n(wide)}" '
            f'height="{n(self.height)}"><rect width="{n(wide)}" height="{n(self.height)}" fill="{ground}"/>'
            f"{shapes}</pattern>"
        )


def _plain(paint: Paint) -> bool:
    return paint.flat or paint.state is State.RUNNING


def _hatch(reason: Reason, height: float, color: str) -> tuple[float, str]:
    """The tile of a worker that is ready: its width, and what is drawn in it."""
    wide = height / 2
    line = f'stroke="{color}" stroke-width="{n(height / 9)}" fill="none"'
    if reason is Reason.HELD:
        pair = f"M{n(wide / 4)} 0V{n(height)}M{n(wide * 0.75)} 0V{n(height)}"
        return wide * 2, f'<path d="{pair}" {line}/>'
    if reason is Reason.CORE:
        return wide, f'<path d="M0 0V{n(height)}M{n(wide / 2)} 0V{n(height)}" {line}/>'
    if reason is Reason.LOOP:
        return wide, f'<path d="{_diagonals(wide, height, rising=False)}" {line}/>'
    if reason is Reason.GIL:
        return wide, f'<path d="{_diagonals(wide, height, rising=True)}" {line}/>'
    return wide, f'<path d="M0 {n(height / 4)}H{n(wide)}M0 {n(height * 0.75)}H{n(wide)}" {line}/>'


def _diagonals(wide: float, height: float, *, rising: bool) -> str:
    """Lines at 45° through a tile twice as high as wide, continued into its neighbours."""
    low, high = (height, 0.0) if rising else (0.0, height)
    return "".join(
        f"M{n(shift * wide)} {n(low)}L{n((shift + 2) * wide)} {n(high)}" for shift in (-2, -1, 0)
    )


def _stroke(reason: Reason, height: float, color: str) -> tuple[float, str]:
    """The tile of a worker that waits: its width, and what is drawn in it."""
    y, thick = height / 2, max(1.0, height / 10)
    line = f'stroke="{color}" stroke-width="{n(thick)}" fill="none"'
    if reason is Reason.IO:
        up = height / 5
        return 8, f'<path d="M-1 {n(y)}Q1 {n(y - up)} 3 {n(y)}T7 {n(y)}T11 {n(y)}" {line}/>'
    if reason is Reason.LOCK:
        return 8, f'<path d="M0 {n(y - thick * 1.2)}H8M0 {n(y + thick * 1.2)}H8" {line}/>'
    if reason is Reason.SLEEP:
        return 8, f'<circle cx="4" cy="{n(y)}" r="{n(thick * 0.9)}" fill="{color}"/>'
    long, gap = {
        Reason.AWAIT: (8, 0), Reason.QUEUE: (5, 3), Reason.CHILD: (2, 2), Reason.EXECUTOR: (10, 4),
    }.get(reason, (1, 5))
    return long + gap, f'<path d="M0 {n(y)}H{long}" {line}/>'


LEGEND = (
    Paint(State.RUNNING),
    *(Paint(State.READY, reason) for reason in (*READY_REASONS, Reason.NONE)),
    *(Paint(State.WAITING, reason) for reason in WAITING_REASONS),
    Paint(State.WAITING),
)
"""In the order in which a legend names them."""
