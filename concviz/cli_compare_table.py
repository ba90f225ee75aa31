"""A comparison as text: a table of figures, the models' lanes under one time axis, the verdict."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from concviz.core.insight.compare import Figures
from concviz.core.insight.compare_lanes import Chosen, choose
from concviz.core.insight.compare_units import percent, seconds, times
from concviz.core.lab.comparing import read_session
from concviz.core.lab.comparison import Comparison
from concviz.core.text import clean
from concviz.tui.palettes import MONO, SIXTEEN
from concviz.tui.strips import paint, segments

ROWS = 3
"""Lanes shown of each model."""
_LABEL = 17
_LEAST = 20
_COLUMNS = (
    "wall", "speed-up", "CPU", "cores", "concurrency", "peak", "parallelism", "peak", "run", "ready", "wait",
    "workers", "switches", "memory",
)
_FIRST = (0, 1, 4, 6, 10, 3, 11, 9, 8, 2, 5, 7, 12, 13)
"""Columns in the order in which a narrow terminal is given them."""
_GAP = 3


def shown(found: Comparison, width: int, *, plain: bool) -> RenderableType:
    """All that there is to say.

    Args:
        width: of the terminal, in columns. plain: there are no colours.
    """
    judged = found.verdict()
    parts: list[RenderableType] = [_head(found), Text(), table(found, judged.model if judged else "", width)]
    parts += _absent(found)
    parts += [Text(), *lanes(found, width, plain=plain)]
    if judged:
        parts += [Text(), Text(judged.text)]
    return Group(*parts)


def _head(found: Comparison) -> Text:
    items = next(iter(found.figures().values())).items
    runs = max(len(runs) for runs in found.runs.values())
    middle = f", median of {runs} runs" if runs > 1 else ""
    return Text(f"{clean(found.name)}: {items:,} items on {found.cores} cores{middle}", style="bold")


def _absent(found: Comparison) -> list[Text]:
    """Why models could not be had, those with the same reason on one line."""
    alike: dict[str, list[str]] = {}
    for model, why in found.absent.items():
        alike.setdefault(why, []).append(model)
    return [Text(f"{', '.join(models)}: {clean(why)}", style="dim") for why, models in alike.items()]


def table(found: Comparison, best: str, width: int) -> Table:
    """The figures, a model a row, as many columns as there is room for; of the time of the work alone."""
    figures = found.figures()
    base = figures.get("sequential")
    cells = {model: _cells(of, base, found.spread_s(model)) for model, of in figures.items()}
    chosen = _fitting(list(cells.values()), width - max(map(len, ("model", *cells))))
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    rows.add_column("model", no_wrap=True)
    for column in chosen:
        rows.add_column(_COLUMNS[column], justify="right", no_wrap=True)
    for model, row in cells.items():
        rows.add_row(model, *(row[column] for column in chosen), style="bold" if model == best else None)
    return rows


def _fitting(rows: list[list[str]], room: int) -> list[int]:
    """The columns that fit, the most telling ones first."""
    chosen: list[int] = []
    for column in _FIRST:
        room -= max(len(_COLUMNS[column]), *(len(row[column]) for row in rows)) + _GAP
        if room < 0:
            break
        chosen.append(column)
    return sorted(chosen)


def _cells(of: Figures, base: Figures | None, spread_s: tuple[float, float]) -> list[str]:
    shortest_s, longest_s = spread_s
    wall = seconds(of.wall_s)
    if longest_s > shortest_s:
        wall += f" ±{percent((longest_s - shortest_s) / 2 / of.wall_s)}"
    return [
        wall, f"{times(base.wall_s / of.wall_s)}×" if base else "", seconds(of.cpu_s), times(of.cores_used),
        times(of.concurrency), f"{of.concurrency_peak:g}", times(of.parallelism), f"{of.parallelism_peak:g}",
        percent(of.running), percent(of.ready), percent(of.waiting), f"{of.workers}", f"{of.switches:,}",
        "" if of.peak_rss_bytes is None else f"{of.peak_rss_bytes / 2**20:.0f} MB",
    ]


def lanes(found: Comparison, width: int, *, plain: bool) -> list[RenderableType]:
    """A few lanes of every model, all on the axis of the slowest, so that their shapes can be compared."""
    columns = max(width - _LABEL - 1, _LEAST)
    windows = {model: found.typical(model).window_ns for model in found.runs}
    longest_ns = max(t1 - t0 for t0, t1 in windows.values())
    cell_ns = max(-(-longest_ns // columns), 1)
    end = seconds(longest_ns / 1e9)
    parts: list[RenderableType] = [Text(f"{'':{_LABEL}} 0{end:>{columns - 1}}", style="dim")]
    for model, (t0, t1) in windows.items():
        timeline = read_session(found.typical(model).session).timeline
        parts += _drawn(model, choose(timeline, t0, t1, cell_ns, columns, ROWS), cell_ns, plain=plain)
    return parts


def _drawn(model: str, chosen: Chosen, cell_ns: int, *, plain: bool) -> list[RenderableType]:
    """One model: its name beside its first lane, and how many lanes there are more beside its last."""
    parts: list[RenderableType] = []
    for place, (_, cells) in enumerate(chosen.lanes):
        last = place == len(chosen.lanes) - 1
        label = model if place == 0 else f"  +{chosen.left_out} more" if last and chosen.left_out > 0 else ""
        line = Text(f"{label:{_LABEL}} ", style="dim" if place else "", end="")
        drawn = segments(paint(cells, cell_ns), MONO if plain else SIXTEEN)
        parts += [line, Segments(drawn), Text()]
    return parts
