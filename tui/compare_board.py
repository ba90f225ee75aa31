"""A comparison as lines of the screen: table, verdict, lanes. Pure: a snapshot in, strips out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from concviz.core.insight import compare_columns
from concviz.core.insight.compare_columns import COLUMNS, heading, name
from concviz.core.insight.retold import retold
from concviz.core.lab.compare_thread import Measured, Snapshot, State
from concviz.core.language import N_, NP_, _, pgettext
from concviz.tui.compare_lanes import LABEL, PaintedLanes, Shape
from concviz.tui.lines import Part, line, wrapped
from concviz.tui.palette import Palette
from concviz.tui.units import count, duration

GAP = 2
EASY = 110
"""Columns of text that the eye still follows."""
ROOMY = 30
"""Lines from which on there is room between the parts."""
LIVE, OVER, FAILED, BEST = "●", "■", "✗", "✓"
_STATES = {
    State.DONE: (OVER, NP_("comparison", "done")), State.STOPPED: (OVER, NP_("comparison", "stopped")),
    State.FAILED: (FAILED, NP_("comparison", "failed")),
}
WAITS_ITS_TURN = N_("waits its turn")
BEGINS = N_("looking at what there is to do…")
VERDICT_FOLLOWS = N_("The verdict follows when every model is through.")
NOT_ALL = N_("Stopped: {done} of {all} models were measured, so there is no verdict.")
ENDING = N_("Ending what runs…")


@dataclass(slots=True)
class Board:
    """What is shown of a comparison.

    Args:
        snapshot: what is known. chosen: the selected model's place among ``rows``.
        live: the run that goes on, as far as it has been read. now_ns: the clock.
        ending: its reader has asked for the end of it.
    """

    snapshot: Snapshot
    chosen: int = 0
    live: Shape | None = None
    now_ns: int = 0
    ending: bool = False
    lanes: PaintedLanes = field(default_factory=PaintedLanes)

    @property
    def rows(self) -> tuple[str, ...]:
        """The models that have a row: all that can be had."""
        absent = {model for model, _ in self.snapshot.absent}
        return tuple(model for model in self.snapshot.models if model not in absent)

    @property
    def chosen_model(self) -> str:
        """The selected model, '' where there is none."""
        rows = self.rows
        return rows[min(self.chosen, len(rows) - 1)] if rows else ""

    def strips(self, width: int, height: int, palette: Palette) -> list[Strip]:
        """All of it, perhaps more lines than ``height``: then they are scrolled."""
        roomy = height >= ROOMY
        blank = [Strip.blank(width, palette.text())] if roomy else []
        table, rest = self._table(width, palette)
        more = [*rest, *self._absent(width, palette)]
        found = [*self._head(width, palette), *blank, *table, *(more if roomy else []), *blank]
        found += [*self._verdict(width, palette), *blank]
        found += self.lanes.strips(self._shapes(), self.chosen_model, width, height - len(found), palette)
        return found if roomy else found + more  # the shapes are worth more of a small screen

    # -- head ----------------------------------------------------------------------------------------------

    def _head(self, width: int, palette: Palette) -> list[Strip]:
        """What is compared, and how far that is; of how much stands below where there is no room beside."""
        of, muted = self.snapshot, palette.text(palette.muted)
        name, facts = f" {of.name}", ""
        if of.measured:
            items = count(of.measured[0].figures.items)
            facts = _("{items} items on {cores} cores").format(items=items, cores=of.cores)
            facts += " · " + _("medians of {n} runs").format(n=of.repeat) if of.repeat > 1 else ""
        # the longest there will be: else the head would change its height from model to model
        most = len(of.models)
        state = max((cell_len(f"{LIVE} {most}/{most} {model}") for model in of.models), default=0)
        beside = cell_len(f"{name}  {facts} ") + state + 1 <= width
        words: list[Part] = [(name, palette.text(bold=True)), (f"  {facts}" if beside else "", muted)]
        first = line(words, width, palette.text(), [(f"{self._state()} ", self._state_style(palette))])
        return [first] if beside else [first, *_paragraph(facts, muted, width, palette)]

    def _state(self) -> str:
        of = self.snapshot
        if of.state is State.RUNNING and of.progress is not None:
            at = of.models.index(of.progress.model) + 1
            return f"{LIVE} {at}/{len(of.models)} {of.progress.model}"
        if of.state is State.RUNNING:
            return LIVE
        mark, word = _STATES[of.state]
        return f"{mark} " + pgettext("comparison", word)

    def _state_style(self, palette: Palette) -> Style:
        colors = {State.RUNNING: palette.good, State.FAILED: palette.bad}
        return palette.text(colors.get(self.snapshot.state, palette.muted), bold=True)

    # -- table ---------------------------------------------------------------------------------------------

    def _table(self, width: int, palette: Palette) -> tuple[list[Strip], list[Strip]]:
        """A row for each model, and the selected model's figures that have no column."""
        measured = {of.model: of for of in self.snapshot.measured}
        base = measured["sequential"].figures if "sequential" in measured else None
        cells = {
            model: compare_columns.cells(of.figures, base, of.spread_s) for model, of in measured.items()
        }
        label = max([LABEL, *(len(model) + 2 for model in self.rows)])
        figures = list(cells.values()) or [[""] * len(COLUMNS)]
        shown = compare_columns.fitting(figures, width - label - 2, GAP)
        widths = compare_columns.widths(figures)
        head = "".join(f"{'':{GAP}}{heading(column):>{widths[column]}}" for column in shown)
        ground, muted = palette.text(), palette.text(palette.muted)
        strips = [line([(f"   {_('model'):<{label - 2}}{head}", muted)], width, ground)]
        for model in self.rows:
            words = "".join(f"{'':{GAP}}{cells[model][column]:>{widths[column]}}" for column in shown) \
                if model in cells else ""
            strips.append(self._row(model, words, label, width, palette))
        return strips, self._rest(measured.get(self.chosen_model), cells, shown, width, palette)

    def _row(self, model: str, words: str, label: int, width: int, palette: Palette) -> Strip:
        chosen = model == self.chosen_model
        best = self.snapshot.verdict is not None and self.snapshot.verdict.model == model
        styled = palette.chosen if chosen else palette.text
        color = None if words else palette.muted
        if not words:
            words = f"  {self._progress(model)}"
        mark = BEST if best else " "
        parts: list[Part] = [
            (f" {mark} ", styled(palette.good, bold=True)),
            (f"{model:<{label - 2}}", styled(color, bold=best or chosen)), (words, styled(color, bold=best)),
        ]
        return line(parts, width, styled())

    def _progress(self, model: str) -> str:
        of = self.snapshot.progress
        if of is None or of.model != model:
            return _(WAITS_ITS_TURN) if self.snapshot.state is State.RUNNING else _("not measured")
        since = duration(max(0, self.now_ns - of.since_ns))
        if self.snapshot.repeat == 1:
            return f"{LIVE} " + _("running, {since}").format(since=since)
        words = _("running, run {n} of {all}, {since}")
        return f"{LIVE} " + words.format(n=of.number, all=self.snapshot.repeat, since=since)

    def _rest(
        self, of: Measured | None, cells: dict[str, list[str]], shown: Sequence[int], width: int,
        palette: Palette,
    ) -> list[Strip]:
        """The selected model's figures for which there is no column."""
        left = [at for at in range(len(COLUMNS)) if at not in shown]
        if not left or not cells:
            return []
        muted = palette.text(palette.muted)
        if of is None:
            return [line([("   ", muted)], width, palette.text())]
        words = " · ".join(f"{name(at)} {cells[of.model][at]}" for at in left if cells[of.model][at])
        return _paragraph(f"{of.model}: {words}", muted, width, palette)

    def _absent(self, width: int, palette: Palette) -> list[Strip]:
        """Why models cannot be had, those with the same reason on one line."""
        alike: dict[str, list[str]] = {}
        for model, why in self.snapshot.absent:
            alike.setdefault(why, []).append(model)
        style = palette.text(palette.muted)
        return [
            strip for why, models in alike.items()
            for strip in _paragraph(f"{', '.join(models)}: {_(why)}", style, width, palette)
        ]

    # -- verdict and lanes -----------------------------------------------------------------------------------

    def _verdict(self, width: int, palette: Palette) -> list[Strip]:
        of = self.snapshot
        color = palette.muted
        if of.verdict is not None:
            words, color = of.verdict.text, palette.foreground
        elif of.state is State.FAILED:
            words, color = retold(of.trouble), palette.bad
        elif of.state is State.STOPPED:
            words = _(NOT_ALL).format(done=len(of.measured), all=len(of.models))
        elif self.ending:
            words = _(ENDING)
        else:
            words = _(VERDICT_FOLLOWS) if of.progress or of.measured else _(BEGINS)
        return _paragraph(words, palette.text(color), width, palette)

    def _shapes(self) -> list[Shape]:
        done = [Shape(of.model, of.timeline, *of.window_ns) for of in self.snapshot.measured]
        return [*done, self.live] if self.live is not None else done


def _paragraph(text: str, style: Style, width: int, palette: Palette) -> list[Strip]:
    """As many lines as it takes."""
    lines = wrapped(text, max(20, min(width - 5, EASY)))
    return [line([(f"   {words}", style)], width, palette.text()) for words in lines]
