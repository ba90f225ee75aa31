"""Figures as people read them: about three digits."""

from __future__ import annotations

from concviz.core.language import pgettext


def seconds(value: float) -> str:
    """A length of time."""
    if value >= 1:
        unit = pgettext("unit", "s")
        return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"
    unit = pgettext("unit", "ms")
    return f"{value * 1e3:.0f} {unit}" if value >= 0.01 else f"{value * 1e3:.2g} {unit}"


def times(value: float) -> str:
    """How many times, or how many on average."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"


def percent(share: float) -> str:
    """A share of 0 … 1."""
    return f"{share * 100:.0f} %"
