"""The columns of a comparison's table: their names, a model's figures as words, and which fit a width."""

from __future__ import annotations

from collections.abc import Sequence

from concviz.core.insight.compare import Figures
from concviz.core.insight.rounded import percent, seconds, times
from concviz.core.language import N_, NP_, _, pgettext
from concviz.core.units import count, size

COLUMNS = (
    NP_("column", "wall"), NP_("column", "speed-up"), NP_("column", "CPU"), NP_("column", "cores"),
    NP_("column", "concurrency"), NP_("column", "peak"), NP_("column", "parallelism"), NP_("column", "peak"),
    NP_("column", "run"), NP_("column", "ready"), NP_("column", "wait"), NP_("column", "workers"),
    NP_("column", "switches"), NP_("column", "memory"),
)
_PEAKS = {5: N_("concurrency peak"), 7: N_("parallelism peak")}
_FIRST = (0, 1, 4, 6, 10, 3, 11, 9, 8, 2, 5, 7, 12, 13)
"""Columns in the order in which a narrow table is given them."""


def heading(column: int) -> str:
    """What stands above a column."""
    return pgettext("column", COLUMNS[column])


def name(column: int) -> str:
    """What a column is called where its neighbours do not tell."""
    return _(_PEAKS[column]) if column in _PEAKS else heading(column)


def cells(of: Figures, base: Figures | None, spread_s: tuple[float, float]) -> list[str]:
    """A model's figures, a word for each of ``COLUMNS``; '' for what is not known.

    Args:
        base: what it is compared with, one after another. spread_s: the shortest and the longest wall time.
    """
    shortest_s, longest_s = spread_s
    wall = seconds(of.wall_s)
    if longest_s > shortest_s:
        wall += f" ±{percent((longest_s - shortest_s) / 2 / of.wall_s)}"
    return [
        wall, f"{times(base.wall_s / of.wall_s)}×" if base else "", seconds(of.cpu_s), times(of.cores_used),
        times(of.concurrency), f"{of.concurrency_peak:g}", times(of.parallelism), f"{of.parallelism_peak:g}",
        percent(of.running), percent(of.ready), percent(of.waiting), f"{of.workers}", count(of.switches),
        "" if of.peak_rss_bytes is None else size(of.peak_rss_bytes),
    ]


def widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is, for its name and all that stands in it."""
    return [max(len(heading(at)), *(len(row[at]) for row in rows)) for at in range(len(COLUMNS))]


def fitting(rows: Sequence[Sequence[str]], room: int, gap: int) -> list[int]:
    """The columns that fit, the most telling ones first, in the order of ``COLUMNS``.

    Args:
        rows: from :func:`cells`, at least one. room: so many cells. gap: cells before each column.
    """
    chosen: list[int] = []
    width = widths(rows)
    for column in _FIRST:
        room -= width[column] + gap
        if room < 0:
            break
        chosen.append(column)
    return sorted(chosen)
