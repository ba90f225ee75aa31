"""Sums over a worker's spans: per state, per reason, per site."""

from __future__ import annotations

from typing import Any

import numpy as np

from concviz.core.model import Reason, State
from concviz.core.timeline.answers import TOP_SITES, SiteTotal, Totals
from concviz.core.timeline.spans import KNOWN_SHIFT, REASON_SHIFT, STATE_BITS, Spans, reason_of, state_of
from concviz.core.timeline.words import Words

_FEW = 64  # spans that are added up one by one sooner than as an array
_SITE_SHIFT = 8  # a key packs site + 1 above a span's code


class RunningTotals:
    """The sums over a worker's settled spans, kept up as spans are added, so that asking costs no history."""

    __slots__ = ("_after", "_sums", "_until")

    def __init__(self) -> None:
        """Begin with nothing summed."""
        self._until = 0
        self._sums: dict[int, tuple[int, int]] = {}
        self._after: set[int] = set()

    def whole(self, spans: Spans, steps: int, words: Words, live_ns: int) -> Totals:
        """Totals of the whole life so far."""
        closed = max(spans.n - 1, 0)  # the last settled span may still grow
        if closed < self._until:
            self._until, self._sums, self._after = 0, {}, set()
        if closed > self._until:
            _add(self._sums, spans, self._until, closed, None, live_ns)
            self._after |= _went_on_from(spans, self._until, closed)
            self._until = closed
        sums = dict(self._sums)
        _add(sums, spans, closed, spans.total, None, live_ns)
        after = self._after | _went_on_from(spans, closed, spans.total)
        return _totals(sums, steps, spans.total, words, after)


def stretches(spans: Spans) -> int:
    """How often a worker began to run in its whole life so far: spans that only differ in how they are known
    are one stretch."""
    runs = (spans.rest["code"][: spans.total] & STATE_BITS) == State.RUNNING
    return int(np.count_nonzero(runs[1:] & ~runs[:-1])) + int(runs[:1].any())


def window(spans: Spans, steps: int, words: Words, t0_ns: int, t1_ns: int, live_ns: int) -> Totals:
    """Totals of what lies between two instants."""
    starts = spans.starts[: spans.total]
    first = max(int(starts.searchsorted(t0_ns, "right")) - 1, 0)
    stop = int(starts.searchsorted(t1_ns, "left"))
    sums: dict[int, tuple[int, int]] = {}
    _add(sums, spans, first, stop, (t0_ns, t1_ns), live_ns)
    after = _went_on_from(spans, first, stop)
    return _totals(sums, steps, stop - int(starts.searchsorted(t0_ns, "left")), words, after)


def _add(
    sums: dict[int, tuple[int, int]], spans: Spans, first: int, stop: int, clip: tuple[int, int] | None,
    live_ns: int,
) -> None:
    """Add the lengths of spans first … stop − 1 by code and site."""
    if stop <= first:
        return
    begins: Any = spans.starts[first:stop]
    after = spans.starts[first + 1 : stop + 1] if stop < spans.total else np.append(
        spans.starts[first + 1 : stop], spans.end(live_ns)
    )
    if clip:
        begins, after = np.maximum(begins, clip[0]), np.minimum(after, clip[1])
    rest = spans.rest[first:stop]
    keys = (rest["site"].astype(np.int64) + 1) << _SITE_SHIFT | rest["code"]
    lengths = np.maximum(after - begins, 0)
    if stop - first <= _FEW:
        for key, ns in zip(keys.tolist(), lengths.tolist()):
            had = sums.get(key, (0, 0))
            sums[key] = (had[0] + ns, had[1] + 1)
    else:
        _add_many(sums, keys, lengths)


def _add_many(sums: dict[int, tuple[int, int]], keys: Any, lengths: Any) -> None:
    kinds, which = np.unique(keys, return_inverse=True)
    counts = np.bincount(which, minlength=len(kinds))
    order = np.argsort(which, kind="stable")
    summed = np.add.reduceat(lengths[order], np.append(0, np.cumsum(counts)[:-1]))
    for key, ns, count in zip(kinds.tolist(), summed.tolist(), counts.tolist()):
        had = sums.get(key, (0, 0))
        sums[key] = (had[0] + ns, had[1] + count)


def _went_on_from(spans: Spans, first: int, stop: int) -> set[int]:
    """The sites that stand for running time which came after them."""
    if spans.born_site is None:
        return set()
    return set(spans.rest["site"][first:stop][spans.went_on(first, stop)].tolist())


def _totals(
    sums: dict[int, tuple[int, int]], steps: int, switches: int, words: Words, after: set[int],
) -> Totals:
    states = [0, 0, 0, 0]
    reasons: dict[Reason, int] = {}
    places: dict[tuple[int, int], tuple[int, int]] = {}
    known_bits = STATE_BITS << KNOWN_SHIFT
    for key, (ns, count) in sums.items():
        code, site = key & 0xFF, (key >> _SITE_SHIFT) - 1
        states[code & STATE_BITS] += ns
        reason = Reason(code >> REASON_SHIFT)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + ns
        if site >= 0:
            place = (site, code & ~known_bits)
            had = places.get(place, (0, 0))
            places[place] = (had[0] + ns, had[1] + count)
    top = sorted(places.items(), key=lambda item: (-item[1][0], item[0]))[:TOP_SITES]
    sites = tuple(
        SiteTotal(words.site_of(site), state_of(code), reason_of(code), ns, count,
                  after=state_of(code) is State.RUNNING and site in after)
        for (site, code), (ns, count) in top
    )
    return Totals(states[0], states[1], states[2], reasons, steps, switches, sites)
