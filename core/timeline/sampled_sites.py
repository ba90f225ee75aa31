"""The lines of one worker's time that no exact record tells: while it computes, or waits in a call unseen.

Samples say where its thread stood. Each stands for the time around it, half way to its neighbours and no
further than ``REACH_NS``. Its line is given as much time as the worker spent, within that, in a state that
the sample tells of; how much that is says the history, not the number of samples. A wait is looked at once,
soon after it began: its sample stands until the next one, or for the whole span it lies in.

A thread's spans have no site where nothing exact is known. A task's running span has the await point it went
on from, which is not where it computes; only where a blocking call took most of the step is its site exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from concviz.core.model import Known, State
from concviz.core.system.layout import ThreadState
from concviz.core.timeline.answers import I64, TOP_SITES, SiteTotal
from concviz.core.timeline.spans import KNOWN_SHIFT, STATE_BITS, Spans, reason_of, state_of
from concviz.core.timeline.words import Words

REACH_NS = 250_000_000
_BEHIND_NS = 5_000_000_000  # how much of the latest time is added up anew at each question, at most
_SPANS = 64  # how many spans to either side are looked at for one instant
_RUNNING, _READY, _WAITING = int(State.RUNNING), int(State.READY), int(State.WAITING)
_TELL = {
    _RUNNING: (ThreadState.HOLDS_GIL, ThreadState.ON_CORE, ThreadState.WAITS_FOR_CORE),
    _READY: (ThreadState.WAITS_FOR_GIL, ThreadState.WAITS_FOR_CORE),
    _WAITING: (ThreadState.BLOCKED,),
}
"""Which samples tell of a thread's time in a state. The kernel takes a core away anywhere: a thread that
waits for one stands where it was running, so that its sample tells of running, too. The GIL is given up in a
few places only: a sample of a thread that waits for it tells of that wait alone."""
_WITHOUT_KNOWN = np.uint8(0xFF & ~(STATE_BITS << KNOWN_SHIFT))

Between = Callable[[int, int], npt.NDArray[Any]]
"""The samples of the worker's thread between two instants (dtype ``whereabouts.SEEN``)."""
Sums = dict[tuple[int, int], tuple[int, int]]
"""(site, code without certainty) → nanoseconds and number of samples; of what is taken away: of spans."""


class Part(NamedTuple):
    """What samples say about a stretch of time."""

    found: Sums
    taken: Sums
    """What thereby belongs no longer to the sites that a task's spans name."""


class SampledSites:
    """One worker's sampled sites, summed as they come so that asking costs no history."""

    def __init__(self, spans: Spans, between: Between, is_task: bool) -> None:
        """Look for the lines of ``spans`` among the samples."""
        self._spans, self._between, self._is_task = spans, between, is_task
        self._until_ns = 0
        self._settled = Part({}, {})

    def whole(self, live_ns: int) -> Part:
        """What is known about the whole life so far."""
        n = self._spans.n
        if not n:
            return Part({}, {})
        settled_ns = live_ns if self._spans.end_ns is not None else int(self._spans.starts[n - 1])
        if self._is_task and not self._any_in_steps(self._until_ns - REACH_NS, live_ns, live_ns):
            self._until_ns = max(self._until_ns, min(settled_ns, live_ns - _BEHIND_NS))
            return self._settled
        latest = self._between(settled_ns - _BEHIND_NS, settled_ns)
        heard_ns = int(latest["t"][-1]) - REACH_NS if len(latest) else settled_ns - _BEHIND_NS
        until = min(settled_ns, max(heard_ns, live_ns - _BEHIND_NS))
        if until > self._until_ns:
            _add(self._settled, self.window(self._until_ns, until, live_ns))
            self._until_ns = until
        result = Part(dict(self._settled.found), dict(self._settled.taken))
        _add(result, self.window(self._until_ns, live_ns + 1, live_ns))
        return result

    def window(self, t0_ns: int, t1_ns: int, live_ns: int) -> Part:
        """What is known about the time between two instants."""
        result, spans = Part({}, {}), self._spans
        if self._is_task and not self._any_in_steps(t0_ns - REACH_NS, t1_ns + REACH_NS, live_ns):
            return result
        stretch = _Stretch(spans, t0_ns, t1_ns, live_ns)
        if not len(stretch.starts):
            return result
        begin = t0_ns - REACH_NS
        if stretch.states[0] == _WAITING:  # that was looked at when it began
            begin = min(begin, int(stretch.begins[0]))
        seen = self._between(begin, t1_ns + REACH_NS)
        if not len(seen):
            return result
        if self._is_task:
            self._of_task(stretch, seen, result)
        else:
            for state, telling in _TELL.items():
                of_state = seen[np.isin(seen["state"], telling)]
                known = (stretch.states == state) & (stretch.sites < 0)
                if len(of_state) and known.any():
                    lows, highs = _reaches(of_state["t"])
                    if state == _WAITING:
                        of_state, lows, highs = stretch.whole_spans(of_state, known, lows, highs)
                    stretch.give(result.found, of_state, known, lows, highs)
        return result

    def at(self, i: int, t_ns: int, live_ns: int) -> int:
        """The site of span ``i`` at an instant, −1 where no sample tells it."""
        spans = self._spans
        state, begin = int(spans.rest[i]["code"]) & STATE_BITS, int(spans.starts[i])
        end = int(spans.starts[i + 1]) if i + 1 < spans.total else spans.end(live_ns)
        if self._is_task:
            if state != _RUNNING or (spans.rest[i]["site"] >= 0 and not spans.went_on(i, i + 1)[0]):
                return -1
        elif spans.rest[i]["site"] >= 0:
            return -1
        elif state != _WAITING:
            begin, end = _free_around(spans, i, live_ns)
        seen = self._between(begin, end)
        if not self._is_task:
            seen = seen[(seen["state"] == ThreadState.BLOCKED) == (state == _WAITING)]
        if not len(seen):
            return -1
        if state == _WAITING:
            return int(seen["site"][max(int(seen["t"].searchsorted(t_ns, "right")) - 1, 0)])
        nearest = int(np.abs(seen["t"] - t_ns).argmin())
        far = abs(int(seen["t"][nearest]) - t_ns) > REACH_NS
        return -1 if far else int(seen["site"][nearest])

    def seen(self, t0_ns: int, t1_ns: int, live_ns: int) -> list[tuple[int, int]]:
        """The samples between two instants that tell where the worker stood: (instant, site)."""
        spans = self._spans
        if not spans.total:
            return []
        times = self._between(max(t0_ns, int(spans.starts[0])), min(t1_ns, spans.end(live_ns)))["t"]
        spans_at = spans.starts[: spans.total].searchsorted(times, "right") - 1
        if self._is_task:
            running = spans.rest["code"][spans_at] & STATE_BITS == _RUNNING
            times, spans_at = times[running], spans_at[running]
        found = [(t, self.at(i, t, live_ns)) for t, i in zip(times.tolist(), spans_at.tolist())]
        return [(t, site) for t, site in found if site >= 0]

    def _any_in_steps(self, t0_ns: int, t1_ns: int, live_ns: int) -> bool:
        """Does any sample tell of a task? Most tasks are too short, and there may be very many of them."""
        spans = self._spans
        if not spans.total:
            return False
        seen = self._between(max(t0_ns, int(spans.starts[0])), min(t1_ns, spans.end(live_ns)))
        if not len(seen):
            return False
        at = spans.starts[: spans.total].searchsorted(seen["t"], "right") - 1
        return bool(((spans.rest["code"][at] & STATE_BITS) == _RUNNING).any())

    def _of_task(self, stretch: _Stretch, seen: npt.NDArray[Any], result: Part) -> None:
        """A task runs while its step is in progress, whatever the thread was seen doing then.

        A sample stands for steps that went on from the same await point: the others did something else.
        """
        runs = (stretch.states == _RUNNING) & ~stretch.exact
        at = stretch.index(seen["t"])
        mine = runs[at] & stretch.has(seen["t"])
        for site in np.unique(stretch.sites[at[mine]]).tolist():
            known = runs & (stretch.sites == site)
            there = seen[mine & known[at]]
            lows, highs = _reaches(there["t"])
            stretch.give(result.found, there, known, lows, highs)
            stretch.take(result.taken, known, lows, highs)


class _Stretch:
    """The spans between two instants, cut off there."""

    def __init__(self, spans: Spans, t0_ns: int, t1_ns: int, live_ns: int) -> None:
        starts = spans.starts[: spans.total]
        self.t0 = t0_ns
        first = max(int(starts.searchsorted(t0_ns, "right")) - 1, 0)
        stop = int(starts.searchsorted(t1_ns))
        self.begins = starts[first:stop]
        self.ends: I64 = np.append(starts[first + 1 : stop + 1], spans.end(live_ns))[: stop - first]
        self.starts: I64 = np.maximum(self.begins, t0_ns)
        self.stops: I64 = np.maximum(np.minimum(self.ends, t1_ns), self.starts)
        rest = spans.rest[first:stop]
        self.codes, self.sites = rest["code"] & _WITHOUT_KNOWN, rest["site"]
        self.states = self.codes & STATE_BITS
        self.exact = (self.sites >= 0) & ~spans.went_on(first, stop)

    def index(self, times: Any) -> Any:
        """The span that each instant lies in; the nearest one where it lies outside."""
        return np.clip(self.begins.searchsorted(times, "right") - 1, 0, len(self.begins) - 1)

    def has(self, times: Any) -> Any:
        """Which instants lie in the spans, also beyond where they are cut off."""
        return (times >= self.begins[0]) & (times < self.ends[-1])

    def whole_spans(
        self, seen: npt.NDArray[Any], known: Any, lows: I64, highs: I64
    ) -> tuple[npt.NDArray[Any], I64, I64]:
        """The samples that lie in spans of a kind; they stand for all of these, and for what is near."""
        at = self.index(seen["t"])
        inside = known[at] & self.has(seen["t"])
        seen, at, lows, highs = seen[inside], at[inside], lows[inside], highs[inside]
        begins, ends, same = self.begins[at], self.ends[at], at[1:] == at[:-1]
        lows[1:], highs[:-1] = np.maximum(lows[1:], ends[:-1]), np.minimum(highs[:-1], begins[1:])
        lows, highs = np.minimum(lows, begins), np.maximum(highs, ends)
        lows[1:][same] = highs[:-1][same] = seen["t"][1:][same]
        return seen, lows, highs

    def give(self, sums: Sums, seen: npt.NDArray[Any], known: Any, lows: I64, highs: I64) -> None:
        """Add up what samples are worth that stand for the time from ``lows`` to ``highs``.

        By site and code; a sample is counted once, for the code it is worth most in.
        """
        codes = np.unique(self.codes[known])
        worths = np.array([self._worth(lows, highs, known & (self.codes == code)) for code in codes])
        best = worths.argmax(axis=0)
        best[(seen["t"] < self.t0) | (seen["t"] >= self.stops[-1])] = -1  # counted elsewhere
        for site in np.unique(seen["site"]).tolist():
            there = seen["site"] == site
            for k, code in enumerate(codes.tolist()):
                ns, count = int(worths[k][there].sum()), int((best[there] == k).sum())
                if ns or count:
                    had = sums.get((site, code), (0, 0))
                    sums[site, code] = had[0] + ns, had[1] + count

    def take(self, sums: Sums, known: Any, lows: I64, highs: I64) -> None:
        """Add up by site how much of the spans lies between lows and highs, and how many mostly do."""
        told = np.concatenate(([0], np.cumsum(highs - lows)))
        inside = (_covered(self.stops, lows, told) - _covered(self.starts, lows, told)) * known
        mostly = known & (2 * inside >= self.stops - self.starts) & (self.begins >= self.t0)
        for site in np.unique(self.sites[known]).tolist():
            there = self.sites == site
            had = sums.get((site, _RUNNING), (0, 0))
            ns, count = int(inside[there].sum()), int(mostly[there].sum())
            sums[site, _RUNNING] = had[0] + ns, had[1] + count

    def _worth(self, lows: I64, highs: I64, known: Any) -> Any:
        """How much of the spans of a kind lies between instants."""
        before = np.concatenate(([0], np.cumsum((self.stops - self.starts) * known)))

        def measure(times: I64) -> Any:
            i = np.clip(self.starts.searchsorted(times, "right") - 1, 0, len(self.starts) - 1)
            inside = np.clip(times, self.starts[i], self.stops[i]) - self.starts[i]
            return before[i] + inside * known[i]

        return measure(highs) - measure(lows)


def _covered(times: I64, lows: I64, told: I64) -> Any:
    """How much of intervals that begin at ``lows`` lies before instants; ``told``: their summed lengths."""
    i = lows.searchsorted(times, "right")
    last = np.maximum(i - 1, 0)
    inside = np.minimum(times - lows[last], told[last + 1] - told[last])
    return told[last] + np.where(i > 0, inside, 0)


def _reaches(times: npt.NDArray[Any]) -> tuple[I64, I64]:
    """From when to when each sample stands."""
    middles = (times[1:] + times[:-1]) // 2
    lows = np.maximum(times - REACH_NS, np.concatenate(([0], middles)))
    highs = np.minimum(times + REACH_NS, np.append(middles, times[-1] + REACH_NS))
    return lows, highs


def _free_around(spans: Spans, i: int, live_ns: int) -> tuple[int, int]:
    """The stretch around a thread's span in which it ran or could have: it left no line in between."""
    first, stop = max(i - _SPANS, 0), min(i + _SPANS, spans.total)
    rest = spans.rest[first:stop]
    held = ((rest["code"] & STATE_BITS) == _WAITING) | (rest["site"] >= 0)
    before, after = held[: i - first].nonzero()[0], held[i - first :].nonzero()[0]
    begin = first + int(before[-1]) + 1 if len(before) else first
    end = i + int(after[0]) if len(after) else stop
    return int(spans.starts[begin]), int(spans.starts[end]) if end < spans.total else spans.end(live_ns)


def with_sampled(sites: tuple[SiteTotal, ...], part: Part, words: Words) -> tuple[SiteTotal, ...]:
    """The sites that took longest, the sampled ones among them, longest first."""
    taken = {words.site_of(site): had for (site, _), had in part.taken.items()}
    left = []
    for total in sites:
        ns, count = taken.get(total.site, (0, 0)) if total.state is State.RUNNING else (0, 0)
        if not count or total.total_ns > ns:
            left.append(replace(total, total_ns=max(total.total_ns - ns, 0), count=total.count - count))
    found = [
        SiteTotal(words.site_of(site), state_of(code), reason_of(code), ns, count, Known.SAMPLED)
        for (site, code), (ns, count) in part.found.items()
    ]
    return tuple(sorted(left + found, key=lambda total: -total.total_ns)[:TOP_SITES])


def _add(to: Part, more: Part) -> None:
    for sums, extra in zip(to, more):
        for key, (ns, count) in extra.items():
            had = sums.get(key, (0, 0))
            sums[key] = had[0] + ns, had[1] + count
