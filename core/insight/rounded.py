"""Measured values as people read them: no more digits than a measurement is worth."""

from __future__ import annotations

from concviz.core.language import pgettext
from concviz.core.units import count


def seconds(value: float) -> str:
    """A length of time: ``132 ms``, ``4.21 s``, ``1 204 s``."""
    if value >= 1:
        unit = pgettext("unit", "s")
        return f"{count(round(value))} {unit}" if value >= 100 else f"{value:.2f} {unit}"
    unit = pgettext("unit", "ms")
    return f"{value * 1e3:.0f} {unit}" if value >= 0.01 else f"{value * 1e3:.2g} {unit}"


def times(value: float) -> str:
    """How many times, or how many on average."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"


def percent(share: float) -> str:
    """A share of 0 … 1."""
    return f"{share * 100:.0f} %"
