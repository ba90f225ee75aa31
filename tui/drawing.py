"""A screen's cells as an SVG that needs nothing from the network. Pure, and quick.

Textual's own export goes through a recording console and takes 45–130 ms for a large screen, with the
interpreter's lock held; this takes a few. A character keeps its width in cells, wide ones included. Bars
are shapes, not text: a font's are a little smaller or larger than the cell, and a lane would be in stripes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME as THEME
from textual.strip import Strip

from concviz.core.export import markup

CELL_W, CELL_H, FONT, BASELINE = 10, 20, 16.6, 15
_FONTS = "DejaVu Sans Mono, Cascadia Mono, Menlo, Consolas, Liberation Mono, monospace"
_LONGEST = 10_000
_PLAIN = Style()

_Box = tuple[float, float, float, float]
"""Left, top, width and height, in shares of a cell."""
_QUARTERS: tuple[_Box, ...] = ((0, 0, 0.5, 0.5), (0.5, 0, 0.5, 0.5), (0, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5))
_BLOCKS: dict[str, tuple[_Box, ...]] = {
    **{chr(0x2580 + n): ((0, 1 - n / 8, 1, n / 8),) for n in range(1, 9)},  # ▁ … █
    **{chr(0x2590 - n): ((0, 0, n / 8, 1),) for n in range(1, 8)},  # ▏ … ▉
    "▀": ((0, 0, 1, 0.5),), "▐": ((0.5, 0, 0.5, 1),), "▔": ((0, 0, 1, 1 / 8),), "▕": ((7 / 8, 0, 1 / 8, 1),),
    **{
        block: tuple(box for n, box in enumerate(_QUARTERS) if quarters >> n & 1)
        for block, quarters in zip("▘▝▖▗▚▞▙▛▜▟", (1, 2, 4, 8, 9, 6, 13, 7, 11, 14))
    },
}
_STRETCHES = re.compile(f"([{''.join(_BLOCKS)}]+)")


class _Run(NamedTuple):
    """Cells of one style beside each other."""

    x: int
    cells: int
    text: str
    style: Style


def svg(strips: Sequence[Strip], title: str) -> str:
    """The picture of a screen.

    Args:
        strips: its lines from above. title: for those who cannot see it.
    """
    columns = max((strip.cell_length for strip in strips), default=1)
    width, height = columns * CELL_W, max(len(strips), 1) * CELL_H
    classes: dict[Style, int] = {}
    boxes: list[str] = []
    texts: list[str] = []
    for row, strip in enumerate(strips):
        runs = list(_runs(strip))
        boxes += _boxes(runs, row * CELL_H)
        texts += _marks(runs, row * CELL_H, classes)
    styles = "".join(f".s{number}{{{_css(style)}}}" for style, number in classes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xml:space="preserve">\n<title>{markup.text(title)}</title>\n'
        f"<style>text{{font:{FONT}px {_FONTS};white-space:pre}}path{{shape-rendering:crispEdges}}{styles}"
        "</style>\n"
        f'<rect width="{width}" height="{height}" fill="{THEME.background_color.hex}"/>\n'
        f'<g shape-rendering="crispEdges">{"".join(boxes)}</g>\n' + "\n".join(texts) + "\n</svg>\n"
    )


def _runs(strip: Strip) -> Iterator[_Run]:
    """The strip's cells, neighbours of one look together."""
    x = 0
    pending: list[str] = []
    style, cells = _PLAIN, 0
    for segment in strip:
        look = _look(segment.style or _PLAIN)
        if look != style and cells:
            yield _Run(x, cells, "".join(pending), style)
            x, cells, pending = x + cells, 0, []
        style = look
        pending.append(segment.text)
        cells += segment.cell_length
    if cells:
        yield _Run(x, cells, "".join(pending), style)


@lru_cache(maxsize=4096)
def _look(style: Style) -> Style:
    """A style without what cannot be seen (Textual's notes, links)."""
    color, background = style.color, style.bgcolor
    if style.reverse:
        color, background = background or Color.parse("black"), color or Color.parse("white")
    return Style(
        color=color, bgcolor=background, bold=style.bold, dim=style.dim, italic=style.italic,
        underline=style.underline, strike=style.strike,
    )


def _boxes(runs: Sequence[_Run], y: int) -> Iterator[str]:
    """The backgrounds of a row, those of one colour in one piece."""
    at = 0
    while at < len(runs):
        color, x, cells = runs[at].style.bgcolor, runs[at].x, 0
        while at < len(runs) and runs[at].style.bgcolor == color:
            cells, at = cells + runs[at].cells, at + 1
        if color is not None and not color.is_default:
            fill = color.get_truecolor(THEME, foreground=False).hex
            place = f'x="{x * CELL_W}" y="{y}" width="{cells * CELL_W}" height="{CELL_H}"'
            yield f'<rect {place} fill="{fill}"/>'


def _marks(runs: Iterable[_Run], y: int, classes: dict[Style, int]) -> Iterator[str]:
    """What stands on the backgrounds of a row whose top is ``y``."""
    for run in runs:
        if not run.text.strip() and not (run.style.underline or run.style.strike):
            continue
        number = classes.setdefault(run.style, len(classes))
        x = run.x
        for part in _STRETCHES.split(run.text):  # text, bars, text …
            cells = cell_len(part)
            if part and part[0] in _BLOCKS:
                yield _bars(part, x, y, number)
            elif cells:
                yield from _texts(_Run(x, cells, part, run.style), y + BASELINE, number)
            x += cells


def _bars(bars: str, x: int, y: int, number: int) -> str:
    """Bars as one shape."""
    parts = []
    for block, same in groupby(bars):
        cells = len(list(same))
        parts += [f"M{x * CELL_W + left:g} {y + top:g}{box}" for left, top, box in _shape(block, cells)]
        x += cells
    return f'<path class="s{number}" d="{"".join(parts)}"/>'


@lru_cache(maxsize=1024)
def _shape(block: str, cells: int) -> list[tuple[float, float, str]]:
    """So many of a bar beside each other: left, top and path of each box; one for all where they touch."""
    found = []
    for left, top, wide, high in _BLOCKS[block]:
        pieces, length = (1, cells) if wide == 1 else (cells, 1)
        w, h = wide * length * CELL_W, high * CELL_H
        box = f"h{w:g}v{h:g}h-{w:g}z"
        found += [((piece + left) * CELL_W, top * CELL_H, box) for piece in range(pieces)]
    return found


def _texts(run: _Run, y: int, number: int) -> Iterator[str]:
    if not run.text.strip() and not (run.style.underline or run.style.strike):
        return
    for x, cells, text in _pieces(run):
        yield (
            f'<text class="s{number}" x="{x * CELL_W}" y="{y}" textLength="{cells * CELL_W}" '
            f'lengthAdjust="spacingAndGlyphs">{markup.text(text, _LONGEST)}</text>'
        )


def _pieces(run: _Run) -> Iterator[tuple[int, int, str]]:
    """A run as (x, cells, text); where its characters are not one cell wide, each word of its own."""
    if run.cells == len(run.text):
        left = len(run.text) - len(run.text.lstrip())
        text = run.text.strip() if not (run.style.underline or run.style.strike) else run.text
        yield (run.x + left if text != run.text else run.x), len(text), text
        return
    x = run.x
    for part in _by_width(run.text):
        cells = cell_len(part)
        if part.strip():
            yield x, cells, part
        x += cells


def _by_width(text: str) -> Iterator[str]:
    """Stretches of characters of one cell; every other one, with what combines with it, alone."""
    start = 0
    for at in range(1, len(text) + 1):
        ends = at == len(text)
        if not ends and cell_len(text[at]) == 0:
            continue  # it combines with the one before
        narrow = cell_len(text[start:at]) == at - start
        if ends or not (narrow and cell_len(text[at]) == 1):
            yield text[start:at]
            start = at


@lru_cache(maxsize=4096)
def _css(style: Style) -> str:
    color = style.color
    default = color is None or color.is_default
    shown = THEME.foreground_color if default or color is None else color.get_truecolor(THEME)
    css = f"fill:{shown.hex}"
    if style.bold:
        css += ";font-weight:bold"
    if style.italic:
        css += ";font-style:italic"
    if style.dim:
        css += ";opacity:.6"
    lines = [name for name, on in (("underline", style.underline), ("line-through", style.strike)) if on]
    return css + (f";text-decoration:{' '.join(lines)}" if lines else "")
