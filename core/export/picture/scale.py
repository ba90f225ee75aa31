"""Where an instant stands in a picture, and which instants the axis names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from concviz.core.units import clock

_APART_PX = 96


@dataclass(frozen=True, slots=True)
class Scale:
    """A window of time laid onto a stretch of pixels."""

    from_ns: int
    to_ns: int
    left: float
    width: float

    @property
    def right(self) -> float:
        """Where the window ends."""
        return self.left + self.width

    @property
    def px_ns(self) -> float:
        """How long a pixel is."""
        return (self.to_ns - self.from_ns) / self.width

    def x(self, t_ns: int) -> float:
        """Where an instant stands; one outside of the window stands at its edge."""
        t_ns = min(max(t_ns, self.from_ns), self.to_ns)
        return self.left + (t_ns - self.from_ns) / self.px_ns

    def cell_ns(self, cell_px: float) -> int:
        """How long a column of about ``cell_px`` pixels is."""
        return max(1, round(self.px_ns * cell_px))

    def ticks(self, zero_ns: int) -> Iterator[tuple[float, str]]:
        """Places of round times since ``zero_ns``, and their words."""
        step = round_step(self.px_ns * _APART_PX)
        t = -(-(self.from_ns - zero_ns) // step) * step
        while t <= self.to_ns - zero_ns:
            yield self.x(t + zero_ns), clock(t, step)
            t += step


def round_step(least_ns: float) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that is not below ``least_ns``."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least_ns:
                return step * factor
        step *= 10
