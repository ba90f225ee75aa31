"""What is to be exported: which session, which part of it, how it shall look. Checked when it is made."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from concviz.core.colors import COLORS, DARK, Colors
from concviz.core.session.session import Session
from concviz.core.text import clean
from concviz.core.timeline.timeline import Timeline
from concviz.core.timeline.tree import matching
from concviz.core.units import short

WIDTH_PX, NARROWEST_PX, WIDEST_PX = 1200, 320, 20_000
LOWEST_PX, HIGHEST_PX = 320, 100_000
FEW, ALL, NONE = WAKES = ("few", "all", "none")
"""Which wake-ups a picture shows as arrows; few: all of them or none, if they could not be told apart."""

Progress = Callable[[float], None]
"""Told now and then which share of the work is done (0 … 1)."""


class ExportError(Exception):
    """Says in one line what cannot be exported, and what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """One export; ``request_of`` makes one with the usual values.

    Instants are the timeline's (nanoseconds of the monotonic clock, as ``Timeline.start_ns``).
    """

    session: Session
    """All of it was read."""
    from_ns: int
    to_ns: int
    """The window; later than ``from_ns``."""
    lanes: str = ""
    """Only workers with this in their name, id or description, and those above them; '' is all."""
    width: int = WIDTH_PX
    """Of a picture, in pixels."""
    height: int | None = None
    """Of a picture, in pixels: what does not fit is drawn as a crowd. None: as high as it takes."""
    theme: str = DARK.name
    animate: bool = False
    title: str = ""
    """'' is the program's command, its paths cut to their last part."""
    wakes: str = FEW
    """Of a picture: out of ``WAKES``."""

    @property
    def timeline(self) -> Timeline:
        """The session's timeline."""
        return self.session.timeline

    @property
    def colors(self) -> Colors:
        """The colours of the theme."""
        return COLORS[self.theme]

    @property
    def heading(self) -> str:
        """What stands above: the title, or the program's command."""
        info = self.session.info
        return clean(self.title) or clean(" ".join(map(short, info.command))) or info.name

    def shown(self) -> frozenset[int]:
        """The workers that are wanted: alive in the window, of a name that was asked for, and those above."""
        workers = self.timeline.workers
        wanted = matching(workers, self.lanes) if self.lanes else range(len(workers))
        return frozenset(
            index for index in wanted
            if workers[index].start_ns < self.to_ns
            and ((end := workers[index].end_ns) is None or end >= self.from_ns)
        )


def request_of(
    session: Session, *, from_ns: int | None = None, to_ns: int | None = None, lanes: str = "",
    width: int = WIDTH_PX, height: int | None = None, theme: str = DARK.name, animate: bool = False,
    title: str = "", wakes: str = FEW,
) -> Request:
    """A request that can be carried out.

    Args:
        session: read to its end. lanes, animate, title, wakes: see ``Request``.
        from_ns, to_ns: the window in nanoseconds since the session began; None: its begin, its end.
        width, height: in pixels.
        theme: a name out of ``core.colors``, or such a name without ``concviz-``.

    Raises:
        ExportError: the window, the size, the theme or the lanes lead to nothing.
    """
    zero, end = session.timeline.start_ns, session.timeline.end_ns
    begin_ns = max(zero, zero + (from_ns or 0))
    end_ns = end if to_ns is None else min(end, zero + to_ns)
    if begin_ns >= end_ns:
        raise ExportError(_nothing_between(begin_ns - zero, end_ns - zero, end - zero))
    if not NARROWEST_PX <= width <= WIDEST_PX:
        raise ExportError(f"a width of {width} is not between {NARROWEST_PX} and {WIDEST_PX} pixels")
    if height is not None and not LOWEST_PX <= height <= HIGHEST_PX:
        raise ExportError(f"a height of {height} is not between {LOWEST_PX} and {HIGHEST_PX} pixels")
    request = Request(
        session, begin_ns, end_ns, lanes.strip(), width, height, _theme(theme), animate, title.strip(),
        wakes,
    )
    if not request.shown():
        asked = f" with '{clean(lanes, 60)}' in its name" if lanes else ""
        raise ExportError(f"no worker{asked} is alive in that part of the session")
    return request


def _nothing_between(from_ns: int, to_ns: int, length_ns: int) -> str:
    if length_ns <= 0:
        return "the session is empty: nothing was recorded in it"
    if from_ns >= length_ns:
        return f"there is nothing from {_seconds(from_ns)} on: the session lasts {_seconds(length_ns)}"
    return f"from {_seconds(from_ns)} to {_seconds(to_ns)} is no time: the end must be later than the begin"


def _seconds(ns: int) -> str:
    """Always in the same unit, so that two can be compared: ``300 s``, ``0.0125 s``."""
    return f"{ns / 1e9:.9f}".rstrip("0").rstrip(".") + " s"


def _theme(name: str) -> str:
    full = name if name in COLORS else f"concviz-{name}"
    if full in COLORS:
        return full
    names = [known.removeprefix("concviz-") for known in COLORS]
    near = difflib.get_close_matches(name, names, 1)
    hint = f", did you mean {near[0]}?" if near else ""
    raise ExportError(f"there is no theme '{clean(name, 40)}'{hint} (themes: {', '.join(names)})")
