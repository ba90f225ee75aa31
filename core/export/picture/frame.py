"""What stands around the lanes of a picture: heading, curves, axis, names, ends, legend, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concviz.core.export.markup import fitted, text, tooltip, width, wrapped
from concviz.core.export.markup import number as n
from concviz.core.export.picture import animation
from concviz.core.export.picture.curves import curve_svg, figures
from concviz.core.export.picture.ends import ends_svg
from concviz.core.export.picture.lane import box
from concviz.core.export.picture.layout import CURVE, CURVE_APART, INDENT, MARGIN, Layout, Place, row_name
from concviz.core.export.picture.marks import swatch
from concviz.core.export.picture.paints import LEGEND, Paints
from concviz.core.export.picture.titles import worker_title
from concviz.core.export.request import Request
from concviz.core.language import _, ngettext, pgettext
from concviz.core.model import Kind, Known, Worker
from concviz.core.units import count, duration

MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
SANS = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif"
_SMALL = 11
_APART = "  ·  "
_NOTE_LINES = 3


def heading(request: Request) -> str:
    """The title, and the run's figures below it."""
    colors, info, room = request.colors, request.session.info, request.width - 2 * MARGIN
    length, whole = request.to_ns - request.from_ns, request.timeline.end_ns - request.timeline.start_ns
    shown, workers = len(request.shown()), len(request.timeline.workers)
    all_of_it = length == whole and shown == workers
    facts = [duration(length) if length == whole else _of(duration(length), duration(whole))]
    many = ngettext("{n} worker", "{n} workers", workers).format(n=count(workers))
    facts += [_of(count(shown), many) if shown < workers else many]
    facts += [ngettext("{n} event", "{n} events", info.events).format(n=count(info.events))] * all_of_it
    facts += [f"Python {info.python}"] if info.python else []
    facts += [info.started[:16].replace("T", " ")] if info.started else []
    while len(facts) > 1 and width(_APART.join(facts), 12) > room:
        facts.pop()
    return (
        f'<text x="{MARGIN}" y="{MARGIN + 16}" font-family="{SANS}" font-size="18" font-weight="600" '
        f'fill="{colors.foreground}">{text(fitted(request.heading, room, 17))}</text>'
        f'<text x="{MARGIN}" y="{MARGIN + 38}" font-family="{SANS}" font-size="12.5" '
        f'fill="{colors.muted}">{text(fitted(_APART.join(facts), room, 12))}</text>'
    )


def _of(part: str, whole: str) -> str:
    return _("{part} of {whole}").format(part=part, whole=whole)


def curves(request: Request, layout: Layout) -> str:
    """Concurrency and parallelism over time."""
    colors, scale, timeline = request.colors, layout.scale, request.timeline
    shown = (
        ("concurrency", timeline.concurrency, colors.accent),
        ("parallelism", timeline.parallelism, colors.running),
    )
    found, y = [], layout.curves_y
    for name, series, color in shown:
        found.append(
            f'<g transform="translate(0 {n(y)})">'
            f'<text x="{MARGIN}" y="9" font-size="{_SMALL}" fill="{color}">{text(_(name))}</text>'
            f'<text x="{MARGIN}" y="21" font-size="9.5" fill="{colors.muted}">{figures(series, scale)}</text>'
            f'<path stroke="{colors.faint}" d="M{n(scale.left)} {CURVE}H{n(scale.right)}"/>'
            f"{curve_svg(series, scale, CURVE, color)}</g>"
        )
        y += CURVE + CURVE_APART
    return "".join(found)


def axis(request: Request, layout: Layout) -> str:
    """Round times, and a line below each through all lanes."""
    colors, scale, y = request.colors, layout.scale, layout.axis_y
    lines, words = [], []
    for x, word in scale.ticks(request.timeline.start_ns):
        lines.append(f"M{n(x)} {n(y)}V{n(layout.lanes_end + 2)}")
        half = width(word, _SMALL) / 2
        at = min(max(x, scale.left + half), scale.right - half)
        words.append(f'<text x="{n(at)}" y="{n(y - 6)}">{text(word)}</text>')
    return (
        f'<path fill="none" stroke="{colors.faint}" stroke-opacity="0.55" d="{"".join(lines)}"/>'
        f'<g font-size="{_SMALL}" text-anchor="middle" fill="{colors.muted}">{"".join(words)}</g>'
    )


def names(request: Request, layout: Layout) -> str:
    """The tree: a shape for the kind, the name, and all about the worker as a tooltip."""
    colors, sizes = request.colors, layout.sizes
    found = []
    for place in layout.places:
        x = MARGIN + place.row.depth * INDENT * sizes.font
        middle = (sizes.bar if not place.row.members else place.height - sizes.pitch + sizes.bar) / 2
        at = x + INDENT * sizes.font
        name = fitted(row_name(request, place.row), layout.scale.left - at - 10, sizes.font)
        worker = None if place.row.members else request.timeline.workers[place.row.worker]
        about = tooltip(worker_title(worker, request.timeline.start_ns)) if worker else ""
        found.append(
            f'<g transform="translate(0 {n(place.y)})">{about}'
            f"{_kind(worker, x, middle, sizes.font, colors.accent)}"
            f'<text x="{n(at)}" y="{n(middle + sizes.font * 0.36)}">{text(name)}</text></g>'
        )
    return f'<g font-size="{n(sizes.font)}" fill="{colors.foreground}">{"".join(found)}</g>'


def _kind(worker: Worker | None, x: float, y: float, size: float, color: str) -> str:
    """A diamond is a process, a bar a thread, a dot a task, three dots a crowd."""
    r = size * 0.34
    x += r
    if worker is None:
        dots = "".join(f"M{n(x - r + k * r)} {n(y)}h.01" for k in range(3))
        return f'<path stroke="{color}" stroke-width="2.2" stroke-linecap="round" d="{dots}"/>'
    if worker.kind is Kind.TASK:
        return f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(r * 0.62)}" fill="{color}"/>'
    if worker.kind is Kind.THREAD:
        return f'<path fill="{color}" d="{box(x - r * 0.3, y - r, r * 0.6, 2 * r)}"/>'
    return f'<path fill="{color}" d="M{n(x)} {n(y - r)}l{n(r)} {n(r)}l-{n(r)} {n(r)}l-{n(r)}-{n(r)}z"/>'


def ends(request: Request, layout: Layout) -> str:
    """Behind the lanes of workers that came to a bad end: how."""
    workers, font, middle = request.timeline.workers, layout.sizes.font, layout.sizes.bar / 2
    lasts = [workers[place.row.worker].end_ns or request.to_ns for place in layout.places]
    places = [(p.row, layout.scale.x(last), p.y + middle) for p, last in zip(layout.places, lasts)]
    return ends_svg(request, places, font)


def legend(
    request: Request, paints: Paints, y: float, *, arrows: bool, marked: bool,
) -> tuple[str, float]:
    """The states that occur, and what the marks mean; returns the y below it, too."""
    colors, room, x = request.colors, request.width - MARGIN, float(MARGIN)
    found = []
    for item, shape in _swatches(request, paints, arrows=arrows, marked=marked):
        wide = 34 + width(item, _SMALL) + 18
        if x + wide > room and x > MARGIN:
            x, y = float(MARGIN), y + paints.height + 10
        found.append(
            f'<g transform="translate({n(x)} {n(y)})">{shape}'
            f'<text x="34" y="{n(paints.height / 2 + 4)}">{item}</text></g>'
        )
        x += wide
    svg = f'<g font-size="{_SMALL}" fill="{colors.muted}">{"".join(found)}</g>'
    return svg, y + paints.height + 10


def _swatches(
    request: Request, paints: Paints, *, arrows: bool, marked: bool,
) -> Iterator[tuple[str, str]]:
    used = paints.used
    states = {(paint.state, paint.reason) for paint in used}
    high = n(paints.height)
    for paint in LEGEND:
        if (paint.state, paint.reason) in states:
            yield paint.words, f'<path fill="{paints.fill(paint)}" d="M0 0h28v{high}h-28z"/>'
    middle, color = n(paints.height / 2), request.colors.muted
    line = f'<path fill="none" stroke="{color}" d="M0 {middle}h28" stroke-dasharray='
    known = {paint.known for paint in used}
    if Known.SAMPLED in known:
        yield _("sampled from outside"), f'{line}"3 2"/>'
    if Known.INFERRED in known:
        yield pgettext("lane", "inferred"), f'{line}"1 2"/>'
    if arrows:
        color, bottom = request.colors.foreground, paints.height
        d = f"M14 0V{n(bottom - 4)}M11.6 {n(bottom - 4)}h4.8L14 {n(bottom)}z"
        yield _("wakes"), f'<path fill="{color}" stroke="{color}" stroke-width="0.9" d="{d}"/>'
    if marked:
        yield _("worth a look"), swatch(request.colors.accent, paints.height)


def notes(request: Request, lines: Sequence[str], y: float) -> tuple[str, float]:
    """What must be known about the picture; returns the y below it, too."""
    room, found = request.width - 2 * MARGIN, []
    for line in (row for note in lines for row in wrapped(note, room, _SMALL, _NOTE_LINES)):
        look = ' class="plays" opacity="0"' if line.startswith(animation.SIGN) else ""
        found.append(f'<text x="{MARGIN}" y="{n(y + 9)}"{look}>{text(line)}</text>')
        y += 16
    svg = f'<g font-family="{SANS}" font-size="{_SMALL}" fill="{request.colors.muted}">{"".join(found)}</g>'
    return svg, y


def place_svg(place: Place, inner: str) -> str:
    """What is drawn in a row, at its place."""
    return f'<g transform="translate(0 {n(place.y)})">{inner}</g>'
