"""Tasks from their STEP records: waiting until made ready, ready until their turn, running, waiting again.

A chunk of records is sorted by task and turned into spans all at once; only appending them to each task's
store is done task by task. A step settles three spans: ready, running, and the wait that begins then,
whose end the next step will tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.agent import layout as L
from concviz.core.model import Kind, Outcome, State
from concviz.core.text import clean
from concviz.core.timeline.arrays import arranged, groups, lengths, mapped
from concviz.core.timeline.held import Held, Pieces
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.sources import READY_LOOP, LogSites, Names, is_end
from concviz.core.timeline.spans import code_of
from concviz.core.timeline.timeline import Timeline

_RUNNING = code_of(State.RUNNING)
_ENDED = int(State.ENDED)
_PASSIVE = 1 << 8  # above a span's code, while a rule is looked up for a whole array
_NUMBER = (1 << L.REF_SHIFT) - 1
_OUTCOMES = {L.REF_ENDED: Outcome.DONE, L.REF_FAILED: Outcome.FAILED, L.REF_CANCELLED: Outcome.CANCELLED}


_Tail = tuple[tuple[int, ...], tuple[int, ...], int]
"""Starts and codes of the spans that are shown behind the settled ones, and the site of all of them."""


class TaskTrack:
    """Where a task's history stands."""

    __slots__ = ("lane", "passive", "site", "until_ns", "yielded")

    def __init__(self, lane: Lane, t_ns: int) -> None:
        """A task that is ready for its first step since ``t_ns``."""
        self.lane = lane
        self.until_ns = t_ns  # the last step's end
        self.site = -1  # where it stands
        self.yielded = True  # it is ready again without having waited
        self.passive = False


class Tasks:
    """The tasks of one log."""

    def __init__(
        self, timeline: Timeline, names: Names, sites: LogSites, prefix: str, pid: int,
        parent: Callable[[int, int], Lane], peers: Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]],
    ) -> None:
        """Fill ``timeline``.

        Args:
            prefix: of the tasks' ids. parent: (thread number, instant) → its lane.
            peers: references → peers, as spans keep them.
        """
        self._timeline, self._names, self._sites = timeline, names, sites
        self._prefix, self._pid, self._parent, self._peers = prefix, pid, parent, peers
        self.tracks: dict[int, TaskTrack] = {}
        self._open: dict[int, _Tail] = {}
        self.alive: dict[int, TaskTrack] = {}
        self._changes: list[tuple[int, int]] = []  # of how many there are

    def born(self, t_ns: int, word: int, number: int, name: int, site: int) -> None:
        """A TASK_BORN record; it may come after the task's first step."""
        track = self.tracks.get(number)
        if track is None:
            track = self._add(number, t_ns, word >> L.THREAD_SHIFT)
        elif t_ns < track.lane.start_ns:
            self._changes += ((t_ns, 1), (track.lane.start_ns, -1))
            track.lane.spans.begin_earlier(t_ns, READY_LOOP)
            track.lane.start_ns = t_ns
        lane = track.lane
        lane.name = clean(self._names.text(name)) or lane.name
        place = self._names.site(site)
        if place is not None:
            lane.about = clean(place.function)
            if track.site < 0:
                track.site = lane.spans.born_site = self._sites.number(site)
        self._timeline.touch(lane)

    def renamed(self, number: int, name: int) -> None:
        """A TASK_NAME record."""
        track = self.tracks.get(number)
        if track is not None:
            track.lane.name = clean(self._names.text(name)) or track.lane.name
            self._timeline.touch(track.lane)

    def steps(self, records: npt.NDArray[Any], places: npt.NDArray[np.int32], held: Held) -> None:
        """STEP and EAGER_STEP records, in the log's order.

        Args:
            places: for each the site it spent its time at, −1 where that is not known.
            held: when the log's threads stood at gates.
        """
        if not len(records):
            return
        order = arranged(records["a"])
        r, places = records.take(order), places.take(order)  # (indexing takes a record field by field)
        runs = groups(r["a"])
        tracks = [self._track(r, number, first) for number, first, _ in runs]
        chunk = _Chunk(r, runs, tracks)
        kinds = r["e"] >> L.REF_SHIFT
        ended = (kinds >= L.REF_ENDED) & (kinds <= L.REF_CANCELLED)
        rules = mapped(r["b"].astype(np.uint64) << 4 | kinds, self._after)
        passive = (rules & _PASSIVE) > 0
        sites = mapped(r["b"], self._sites.number)
        wakers, awaited = self._peers(r["d"]), self._peers(r["e"])
        came_from = chunk.shifted(sites, [t.site for t in tracks])
        yielded = chunk.shifted(kinds == L.REF_READY, [t.yielded for t in tracks])
        was_passive = chunk.shifted(passive, [t.passive for t in tracks])
        ready_at = np.clip(chunk.t0 - chunk.ready, chunk.before, chunk.t0)
        ready_at[yielded] = chunk.before[yielded]
        self._wake(ready_at, wakers, chunk)
        self._count(ready_at[was_passive], chunk.t1[passive & ~ended])
        cuts = held.within(r["word"] >> L.THREAD_SHIFT, ready_at, chunk.t0)
        from_begin = np.zeros(len(r), np.bool_)
        from_begin[cuts.which[cuts.starts == ready_at[cuts.which]]] = True
        table = _Table((ready_at < chunk.t0) & ~yielded & ~from_begin, ~ended)
        table.fill("starts", ready_at, chunk.t0, chunk.t1)
        table.fill("codes", READY_LOOP, _RUNNING, rules)
        table.fill("sites", came_from, np.where(places >= 0, places, came_from), sites)
        table.fill("peers", wakers, wakers, awaited)
        table.cut(cuts, came_from, wakers)
        self._append(chunk, table, sites, kinds == L.REF_READY, passive)
        for i in ended.nonzero()[0].tolist():
            self._end(int(r["a"][i]), int(chunk.t1[i]), int(r["e"][i]))

    def tell_count(self) -> None:
        """Tell the timeline which births and ends there were; once for many, because each time costs."""
        if self._changes:
            times, changes = zip(*self._changes)
            self._timeline.concurrency.add(np.array(times, np.int64), np.array(changes, np.int64))
            self._changes.clear()

    def show_open(
        self, steps: dict[int, tuple[int, int]], gates: dict[int, tuple[int, int]], held: Held,
    ) -> None:
        """Show what the last records do not tell.

        Args:
            steps: those in progress: task number → (begin, site, −1 unknown).
            gates: threads that stand at one, where ready tasks are held: lane → (number, since when).
            held: when they did before.
        """
        tails = self._held_now(gates, held) if gates else {}
        for number, (t0, site) in steps.items():
            live = self.alive.get(number)
            if live is not None and t0 >= live.until_ns:
                tails[number] = (t0,), (_RUNNING,), site if site >= 0 else live.site
        for number in self._open.keys() - tails.keys():
            self.tracks[number].lane.spans.set_tail((), ())
        for number, tail in tails.items():
            if self._open.get(number) != tail:
                starts, codes, site = tail
                self.tracks[number].lane.spans.set_tail(starts, codes, site)
        self._open = tails

    def _held_now(self, gates: dict[int, tuple[int, int]], held: Held) -> dict[int, _Tail]:
        """Tails of the tasks that wait for a loop that stands at a gate."""
        tails: dict[int, _Tail] = {}
        for number, track in self.alive.items():
            if track.yielded and track.lane.parent in gates:
                thread, gate = gates[track.lane.parent]
                tails[number] = *held.since(thread, track.until_ns, gate), track.site
        return tails

    def finish(self, t_ns: int, outcome: Outcome, detail: str) -> None:
        """The process is over: tasks that were still there end with it."""
        for track in list(self.alive.values()):
            lane = track.lane
            t = max(t_ns, track.until_ns)
            self._finish(lane, t, outcome, detail)
            if not track.passive:
                self._changes.append((t, -1))
        self.tell_count()
        self.alive.clear()
        self._open.clear()

    def _track(self, r: npt.NDArray[Any], number: int, first: int) -> TaskTrack:
        track = self.tracks.get(number)
        if track is None:  # its birth was lost, or comes later
            word = int(r["word"][first])
            shift = 10 * min(word >> L.SCALE_SHIFT & 3, 2)
            t = int(r["t0"][first]) - (int(r["c"][first]) << shift)
            track = self._add(number, t, word >> L.THREAD_SHIFT)
        return track

    def _add(self, number: int, t_ns: int, thread: int) -> TaskTrack:
        parent = self._parent(thread, t_ns)
        lane = Lane(
            len(self._timeline.lanes), f"{self._prefix}.a{number}", Kind.TASK, parent.index, self._pid,
            parent.tid, f"task {number}", t_ns,
        )
        self._timeline.add_lane(lane)
        lane.spans.begin(t_ns, READY_LOOP)
        self._changes.append((t_ns, 1))
        track = self.tracks[number] = self.alive[number] = TaskTrack(lane, t_ns)
        return track

    def _after(self, key: int) -> int:
        """Code (and passive bit) of the span after a step, for site << 4 | kind."""
        kind, site = key & 0xF, key >> 4
        if is_end(kind):
            return _ENDED
        if kind == L.REF_READY:
            return READY_LOOP
        rule = self._sites.awaiting(kind, site)
        return code_of(State.WAITING, rule.reason) | (_PASSIVE if rule.passive else 0)

    def _append(self, chunk: _Chunk, table: _Table, sites: Any, yielded: Any, passive: Any) -> None:
        bounds = table.bounds(chunk.runs)
        for (_, first, stop), track, (a, b) in zip(chunk.runs, chunk.tracks, bounds):
            lane = track.lane
            if lane.end_ns is not None:  # steps after the end: the log is damaged
                continue
            lane.spans.append(table.starts[a:b], table.codes[a:b], table.sites[a:b], table.peers[a:b])
            lane.steps += stop - first
            track.until_ns = int(chunk.t1[stop - 1])
            track.site = int(sites[stop - 1])
            track.yielded, track.passive = bool(yielded[stop - 1]), bool(passive[stop - 1])

    def _wake(self, ready_at: Any, wakers: Any, chunk: _Chunk) -> None:
        woken = np.repeat([t.lane.index for t in chunk.tracks], [b - a for _, a, b in chunk.runs])
        real = (wakers >= 0) & (wakers != woken)
        self._timeline.wakes.add(ready_at[real], wakers[real], woken[real].astype(np.int32))

    def _count(self, resumed: Any, passive_since: Any) -> None:
        series = self._timeline.concurrency
        series.add(resumed, np.ones(len(resumed), np.int64))
        series.add(passive_since, -np.ones(len(passive_since), np.int64))

    def _end(self, number: int, t_ns: int, reference: int) -> None:
        track = self.alive.pop(number, None)
        if track is None:
            return
        kind = reference >> L.REF_SHIFT
        detail = clean(self._names.text(reference & _NUMBER)) if kind == L.REF_FAILED else ""
        self._finish(track.lane, t_ns, _OUTCOMES[kind], detail)
        self._changes.append((t_ns, -1))

    def _finish(self, lane: Lane, t_ns: int, outcome: Outcome, detail: str) -> None:
        lane.end_ns, lane.outcome, lane.detail = t_ns, outcome, detail
        lane.spans.finish(t_ns)
        self._timeline.touch(lane)


class _Chunk:
    """Steps sorted by task, with what came before each."""

    def __init__(
        self, r: npt.NDArray[Any], runs: list[tuple[int, int, int]], tracks: list[TaskTrack]
    ) -> None:
        self.runs, self.tracks = runs, tracks
        self.firsts = np.array([first for _, first, _ in runs])
        self.t0 = r["t0"].astype(np.int64)
        self.t1 = self.t0 + lengths(r["word"], r["dur"])
        self.ready = lengths(r["word"], r["c"])
        self.before = self.shifted(self.t1, [t.until_ns for t in tracks])
        if (self.t0 < self.before).any():  # overlapping steps of one task: damage, made monotonic
            self._straighten()

    def shifted(self, values: Any, firsts: list[Any]) -> Any:
        """For each step the value of the same task's step before."""
        result = np.empty_like(values)
        result[1:] = values[:-1]
        result[self.firsts] = firsts
        return result

    def _straighten(self) -> None:
        for (_, first, stop), track in zip(self.runs, self.tracks):
            part = slice(first, stop)
            if (self.t0[part] >= self.before[part]).all():
                continue
            both = np.stack((self.t0[part], self.t1[part]), axis=1).ravel()
            both = np.maximum.accumulate(np.maximum(both, track.until_ns))
            self.t0[part], self.t1[part] = both[::2], both[1::2]
        self.before = self.shifted(self.t1, [t.until_ns for t in self.tracks])


class _Table:
    """Spans of many tasks, one after another: of each step up to three, before, while and after it ran."""

    def __init__(self, before: Any, after: Any) -> None:
        """Say of which steps there are the spans before and after."""
        ends = np.cumsum(1 + before + after.astype(np.int64))
        while_running = ends - 1 - after
        self._ends = ends
        self._chosen = (before.nonzero()[0], after.nonzero()[0])
        first, last = (places for places in self._chosen)
        self._places = (while_running[first] - 1, while_running, while_running[last] + 1)
        count = int(ends[-1])
        self.starts, self.codes = np.empty(count, np.int64), np.empty(count, np.uint8)
        self.sites, self.peers = np.empty(count, np.int32), np.empty(count, np.int32)

    def fill(self, column: str, before: Any, running: Any, after: Any) -> None:
        """Write a column; each part is one value, or one for every step."""
        into = getattr(self, column)
        into[self._places[1]] = running
        for places, value, chosen in zip(self._places[::2], (before, after), self._chosen):
            into[places] = value.take(chosen) if isinstance(value, np.ndarray) else value

    def cut(self, cuts: Pieces, sites: Any, peers: Any) -> None:
        """Have more spans before that in which a step ran: parts of the time in which it was ready."""
        if not len(cuts.which):
            return
        at = self._places[1][cuts.which]
        self.starts = np.insert(self.starts, at, cuts.starts)
        self.codes = np.insert(self.codes, at, cuts.codes)
        self.sites = np.insert(self.sites, at, sites[cuts.which])
        self.peers = np.insert(self.peers, at, peers[cuts.which])
        self._ends = self._ends + np.cumsum(np.bincount(cuts.which, minlength=len(self._ends)))

    def bounds(self, runs: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
        """Where the spans of each run of steps begin and stop."""
        stops = self._ends[[stop - 1 for _, _, stop in runs]].tolist()
        return zip([0, *stops], stops)
