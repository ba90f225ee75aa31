"""What makes a picture play: a veil over what is yet to come, and a line where time is now. CSS alone.

Every span is drawn once, below; the veil shrinks to the right. Without CSS animation (a viewer that knows
none, a reader who asked for less motion) there is no veil: the picture is the whole.
"""

from __future__ import annotations

from concviz.core.export.markup import number as n
from concviz.core.export.picture.layout import MARGIN, Layout
from concviz.core.export.request import Request
from concviz.core.language import _

_SHORTEST_S, _LONGEST_S = 6.0, 30.0
SIGN = "▶"
"""Begins the words that are true only while it plays; they have the class ``plays``."""
_REST = 0.12
"""Share of a round in which the whole is shown before it begins anew."""


def length_s(request: Request) -> float:
    """How long the window plays: as long as it was, within bounds."""
    return min(max((request.to_ns - request.from_ns) / 1e9, _SHORTEST_S), _LONGEST_S)


def words(request: Request) -> str:
    """How fast it plays."""
    speed = (request.to_ns - request.from_ns) / 1e9 / length_s(request)
    if abs(speed - 1) < 0.005:
        return f"{SIGN} " + _("plays as fast as it was")
    factor = max(speed, 1 / speed)
    times = f"{factor:.2g}" if factor >= 1.05 else f"{factor:.3g}"
    how = _("plays {n} times as fast") if speed > 1 else _("plays {n} times slower")
    return f"{SIGN} {how.format(n=times)}"


def over(request: Request, layout: Layout) -> str:
    """The veil and the line, with their style."""
    scale, colors = layout.scale, request.colors
    top, bottom = layout.curves_y - 4, layout.lanes_end + 2
    round_s, done = length_s(request) / (1 - _REST), n((1 - _REST) * 100)
    gone = n((1 - _REST) * 100 + 0.01)
    wide = request.width - MARGIN - scale.left + 1
    beside = max(0.0, wide - scale.width - 1) / wide  # the share that is right of the last instant
    box = f'x="{n(scale.left)}" y="{n(top)}" width="{n(wide)}" height="{n(bottom - top)}"'
    style = (
        "@media (prefers-reduced-motion: no-preference){"
        f".veil{{opacity:.78;transform-origin:{n(scale.left + wide)}px 0;"
        f"animation:veil {round_s:.2f}s linear infinite}}"
        ".plays{opacity:1}"
        f".now{{opacity:1;animation:now {round_s:.2f}s linear infinite}}}}"
        f"@keyframes veil{{{done}%{{transform:scaleX({beside:.5f})}}{gone}%,100%{{transform:scaleX(0)}}}}"
        f"@keyframes now{{{done}%,100%{{transform:translateX({n(scale.width)}px)}}}}"
    )
    return (
        f"<style>{style}</style>"
        f'<rect class="veil" opacity="0" fill="{colors.background}" {box}/>'
        f'<g class="now" opacity="0"><path stroke="{colors.cursor}" stroke-width="1.5" '
        f'd="M{n(scale.left)} {n(top)}V{n(bottom)}"/><path fill="{colors.cursor}" '
        f'd="M{n(scale.left - 5)} {n(top - 6)}h10l-5 7z"/></g>'
    )
