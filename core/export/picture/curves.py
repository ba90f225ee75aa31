"""Two figures over time, above the lanes: pieces of work in progress, threads that execute."""

from __future__ import annotations

from itertools import pairwise

from concviz.core.export.markup import number as n
from concviz.core.export.picture.crowd import steps
from concviz.core.export.picture.scale import Scale
from concviz.core.language import _
from concviz.core.timeline.series import Series

_CELL_PX = 2.0


def curve_svg(series: Series, scale: Scale, high: float, color: str) -> str:
    """The mean of each column as an area, the peak as a line; full height is the window's peak."""
    cell_ns = scale.cell_ns(_CELL_PX)
    columns = -((scale.from_ns - scale.to_ns) // cell_ns)
    edges = [min(scale.from_ns + k * cell_ns, scale.to_ns) for k in range(columns + 1)]
    top = max(series.peak(scale.from_ns, scale.to_ns), 1)
    means = [high * (1 - series.mean(a, b) / top) for a, b in pairwise(edges)]
    peaks = [high * (1 - series.peak(a, b) / top) for a, b in pairwise(edges)]
    xs = [scale.x(t) for t in edges]
    area = f"M{n(xs[0])} {n(high)}{''.join(steps(xs, means))}V{n(high)}z"
    line = f"M{n(xs[0])} {n(peaks[0])}{''.join(steps(xs, peaks))}"
    return (
        f'<path fill="{color}" fill-opacity="0.35" d="{area}"/>'
        f'<path fill="none" stroke="{color}" stroke-width="1" d="{line}"/>'
    )


def figures(series: Series, scale: Scale) -> str:
    """``mean 7.2, peak 10``."""
    mean, peak = series.mean(scale.from_ns, scale.to_ns), series.peak(scale.from_ns, scale.to_ns)
    return _("mean {mean}, peak {peak}").format(mean=f"{mean:.2g}" if mean < 10 else f"{mean:.0f}", peak=peak)
