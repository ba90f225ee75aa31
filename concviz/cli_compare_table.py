"""A comparison as text: a table of figures, the models' lanes under one time axis, the verdict."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from concviz.core.insight import compare_columns
from concviz.core.insight.compare_columns import heading
from concviz.core.insight.compare_lanes import Chosen, choose
from concviz.core.insight.rounded import seconds
from concviz.core.lab.comparing import read_session
from concviz.core.lab.comparison import Comparison
from concviz.core.language import _
from concviz.core.text import clean
from concviz.tui.palettes import MONO, SIXTEEN
from concviz.tui.strips import paint, segments

ROWS = 3
"""Lanes shown of each model."""
_LABEL = 17
_LEAST = 20
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
    words = _("{items} items on {cores} cores").format(items=f"{items:,}", cores=found.cores)
    middle = ", " + _("medians of {n} runs").format(n=runs) if runs > 1 else ""
    return Text(f"{clean(found.name)}: {words}{middle}", style="bold")


def _absent(found: Comparison) -> list[Text]:
    """Why models could not be had, those with the same reason on one line."""
    alike: dict[str, list[str]] = {}
    for model, why in found.absent.items():
        alike.setdefault(why, []).append(model)
    return [Text(f"{', '.join(models)}: {clean(_(why))}", style="dim") for why, models in alike.items()]


def table(found: Comparison, best: str, width: int) -> Table:
    """The figures, a model a row, as many columns as there is room for; of the time of the work alone."""
    figures = found.figures()
    base = figures.get("sequential")
    cells = {model: compare_columns.cells(of, base, found.spread_s(model)) for model, of in figures.items()}
    room = width - max(map(len, (_("model"), *cells)))
    chosen = compare_columns.fitting(list(cells.values()), room, _GAP)
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    rows.add_column(_("model"), no_wrap=True)
    for column in chosen:
        rows.add_column(heading(column), justify="right", no_wrap=True)
    for model, row in cells.items():
        rows.add_row(model, *(row[column] for column in chosen), style="bold" if model == best else None)
    return rows


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
    for place, (_worker, cells) in enumerate(chosen.lanes):
        last = place == len(chosen.lanes) - 1
        more = _("+{n} more").format(n=chosen.left_out) if last and chosen.left_out > 0 else ""
        label = model if place == 0 else f"  {more}" if more else ""
        line = Text(f"{label:{_LABEL}} ", style="dim" if place else "", end="")
        drawn = segments(paint(cells, cell_ns), MONO if plain else SIXTEEN)
        parts += [line, Segments(drawn), Text()]
    return parts
