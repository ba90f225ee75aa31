"""What the timeline answers with: frozen, in integer nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, Reason, Site, State

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cells:
    """One lane cut into columns; all zero where the worker was not alive."""

    ns: I64
    """[columns, 3]: exact nanoseconds RUNNING, READY and WAITING in each cell."""
    reason: U8
    """[columns]: ``Reason`` of the longest ready or waiting span in the cell."""
    switches: I32
    """[columns]: spans that begin in the cell."""
    known: U8
    """[columns]: the least certain ``Known`` of the spans in the cell."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Spans of one worker as columns, in order; the first and last may reach beyond the window asked for."""

    t0_ns: I64
    t1_ns: I64
    state: U8
    """``State`` of each."""
    reason: U8
    """``Reason`` of each."""
    known: U8
    """``Known`` of each."""
    site: I32
    """Index into ``Timeline.words.sites``, −1 where there is none."""
    peer: I32
    """≥ 0 a worker: of a waiting span the one it waits for, of another the one that woke it; −1 nobody;
    ≤ −2 a word, see ``Words.word_of``."""
    after: Bools
    """See ``Span.after``; what samples tell is not in it."""

    def __len__(self) -> int:
        return len(self.t0_ns)


class WakeColumns(NamedTuple):
    """Wake-ups by workers as columns, in order of time."""

    t_ns: I64
    waker: I64
    woken: I64


class Edge(NamedTuple):
    """The instant a span of a worker begins (or its last one ends)."""

    worker: int
    t_ns: int


class Wake(NamedTuple):
    """Worker ``worker`` was made ready at ``t_ns`` by ``waker``, or by what ``text`` says."""

    worker: int
    waker: int | None
    text: str
    t_ns: int


@dataclass(frozen=True, slots=True)
class SiteTotal:
    """What a worker spent at one place in one state."""

    site: Site | None
    state: State
    reason: Reason
    total_ns: int
    count: int
    """Spans there; of a sampled site: samples."""
    known: Known = Known.EXACT
    """SAMPLED: seen there from outside, and ``total_ns`` is what the samples are worth."""
    after: bool = False
    """It ran after that, see ``Span.after``."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a window of a worker's life."""

    running_ns: int
    ready_ns: int
    waiting_ns: int
    reasons: Mapping[Reason, int]
    """Nanoseconds for each reason of ready and waiting that occurred."""
    steps: int
    """A task's steps; a pool thread's work items; any other thread's blocking calls; a process's stretches of
    running. Always of the whole life, whatever the window."""
    switches: int
    """Spans that begin in the window."""
    sites: tuple[SiteTotal, ...]
    """The sites that took longest, longest first, at most ``TOP_SITES``."""

    @property
    def alive_ns(self) -> int:
        """How long the worker was alive in the window."""
        return self.running_ns + self.ready_ns + self.waiting_ns


TOP_SITES = 20
