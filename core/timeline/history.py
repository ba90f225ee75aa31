"""Fills a timeline from logs and samples, in whatever pieces they arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from concviz.core.model import Outcome
from concviz.core.system import layout as S
from concviz.core.timeline.arrays import groups
from concviz.core.timeline.frontier import Now, Reach
from concviz.core.timeline.log_history import LogHistory
from concviz.core.timeline.merge import SAMPLE
from concviz.core.timeline.process import ProcessTrack
from concviz.core.timeline.processes import Processes, ending
from concviz.core.timeline.sources import Header, Names
from concviz.core.timeline.strangers import Strangers
from concviz.core.timeline.timeline import Timeline

_PATIENCE_NS = 1_000_000_000
"""How long samples may be late: a process is found by looking, and looking takes turns."""
BIRTHS_LATE_NS = 2_000_000_000
"""How much later than others of its time the record of a birth may have been written."""
NEVER_NS = 1 << 62

_TELLS_OF_GIL = np.isin(np.arange(256), (S.ThreadState.HOLDS_GIL, S.ThreadState.WAITS_FOR_GIL))
_SIGNS_OF_LIFE = (S.Record.THREAD, S.Record.PROCESS, S.Record.SWEEP)

_GROWTH = 4
"""A session that is over and still being read is shown anew when so many times as much of it is read."""
_AT_ONCE = 8
"""How many threads at most are shown anew in one tick."""


class History:
    """The one who writes into a ``Timeline``."""

    def __init__(self, timeline: Timeline) -> None:
        """Fill ``timeline``."""
        self.timeline = timeline
        self.processes = Processes(timeline)
        self.logs: list[LogHistory] = []
        self.closed: dict[int, int] = {}
        """Process lane → when its log was closed in good order."""
        self._sweeps: dict[int, int] = {}
        self._heard: dict[int, int] = {}  # pid → when it was last sampled in any way
        self._strangers = Strangers(timeline, self.processes, self.logs)
        self._ended = False
        self._told = 0

    def log(self, header: Header, names: Names) -> LogHistory:
        """A log was found; its records go into what is returned."""
        process = self.processes.opened(header)
        prefix = process.lane.id + (f"i{header.interpreter}" if header.interpreter else "")
        made = LogHistory(self.timeline, header, names, process, self.processes, prefix)
        self.processes.named(process, names.facts)
        self.logs.append(made)
        return made

    def add_system(self, records: npt.NDArray[Any], texts: Names) -> None:
        """Records of system.log, in its order."""
        if not len(records):
            return
        kinds = records["kind"]
        self.timeline.cores.add(records)
        for r in records[(kinds == S.Record.BORN) | (kinds == S.Record.GONE)]:
            t, pid = int(r["t"]), int(r["pid"])
            if int(r["kind"]) == S.Record.BORN:
                self.processes.born(t, pid, int(r["tid"]), texts.text(int(r["value"])), int(r["b"]) == 1)
            else:
                value = int(r["value"])
                self.processes.ended(t, pid, value - S.EXIT_CODE_BIAS if value else None)
        cores = records["value"][kinds == S.Record.CORE]
        if len(cores):
            self.timeline.turns.cores = max(self.timeline.turns.cores, int(cores.max()) + 1)
        self._add_threads(records[kinds == S.Record.THREAD])
        gils = records[kinds == S.Record.GIL]
        for pid, first in zip(*np.unique(gils["pid"], return_index=True)):
            self.timeline.turns.sampled_gil(int(pid), int(gils["t"][first]))
        self.timeline.whereabouts.add(records[kinds == S.Record.SITE], texts, self.timeline.words)
        self.timeline.idles.add(records[kinds == S.Record.IDLE])
        for r in records[(kinds == S.Record.RADAR) & (records["a"] > 0)]:
            self.processes.note(f"lines of what computes are not known: {texts.text(int(r['a']))}")
        for r in records[kinds == S.Record.PROCESS]:
            track = self.processes.last(int(r["pid"]))
            if track is not None:
                track.use(int(r["t"]), int(r["a"]))
        for r in records[kinds == S.Record.SWEEP]:
            pid = int(r["pid"])
            self._sweeps[pid] = max(self._sweeps.get(pid, 0), int(r["t"]))
        signs = records[np.isin(kinds, _SIGNS_OF_LIFE)]
        signs = signs[np.argsort(signs["t"], kind="stable")][::-1]
        pids, latest = np.unique(signs["pid"], return_index=True)
        for pid, t in zip(pids.tolist(), signs["t"][latest].tolist()):
            self._heard[pid] = max(self._heard.get(pid, 0), t)

    def settle(self, now: Now) -> None:
        """Turn what is complete into history and show the rest as it seems now."""
        self._strangers.place(now)
        self.timeline.turns.renew(born_ns=self._born_ns())
        for log in self.logs:
            if not log.process.finished:
                log.settle(self._reach(log, now))
                if not log.drained:  # it may tell of threads that began since
                    self.timeline.turns.pass_on(log.last_ns)
        self._strangers.settle(now, self._sweeps)
        self._end_processes(now)
        live = self._latest(now)
        self.timeline.end_ns = live
        if self._show(live, now) or self._ended:
            self._ended = False
            self._set_tails()

    def _born_ns(self) -> int:
        """No thread will turn up any more that was born before this instant."""
        unread = [log for log in self.logs if not log.drained]
        if not unread:
            return NEVER_NS
        # threads are born within their logs, whose records are hardly out of order, or at the first sample
        births = [log.last_ns - BIRTHS_LATE_NS for log in unread]
        births += [log.process.lane.start_ns for log in unread if not log.threads]
        return min(births + self._strangers.births())

    def _show(self, live_ns: int, now: Now) -> bool:
        """Show what is in progress; of very many threads those that were not shown for the longest time.

        Returns:
            Whether anything is shown that was not before.
        """
        if now.over and not self._worth_showing():
            return False
        stale = [
            (process, track) for process in self.processes.tracks if not process.finished
            for track in process.living if track.stale
        ]
        if len(stale) > _AT_ONCE and not now.over:
            stale = sorted(stale, key=lambda pair: pair[1].shown_ns)[:_AT_ONCE]
        for _, track in stale:
            track.show(live_ns)
        for process in {process.lane.index: process for process, _ in stale}.values():
            process.settle()
            process.show()
        return bool(stale)

    def _worth_showing(self) -> bool:
        """Is all read, or much more than when it was last shown?

        To show costs the more, the more there is: to do it every time would cost the square of that.
        """
        told = sum(log.told for log in self.logs)
        if told < _GROWTH * self._told and not all(log.drained for log in self.logs):
            return False
        self._told = told
        return True

    def _set_tails(self) -> None:
        """The provisional part of the figures, from what the living threads show."""
        living = [t for p in self.processes.tracks if not p.finished for t in p.living]
        runs, counts = [(t.tail[0], t.tail[1]) for t in living], [t.active_tail for t in living]
        for series, parts in ((self.timeline.parallelism, runs), (self.timeline.concurrency, counts)):
            parts = [p for p in parts if len(p[0])]
            if parts:
                series.set_tail(np.concatenate([t for t, _ in parts]), np.concatenate([c for _, c in parts]))
            else:
                series.set_tail(np.empty(0, np.int64), np.empty(0, np.int64))

    def _latest(self, now: Now) -> int:
        """The session's end so far: now while the program runs, then the latest instant that is known."""
        if not now.over and now.ended_ns is None:
            return max(self.timeline.end_ns, now.now_ns)
        ends = [log.last_ns for log in self.logs] + [self.timeline.start_ns, now.ended_ns or 0]
        for p in self.processes.tracks:
            ended = p.lane.end_ns if p.finished else p.ended_ns
            ends.append(self._last_sign(p) if ended is None else ended)
        return max(ends)

    def _last_sign(self, process: ProcessTrack) -> int:
        """When a process was last heard of: its log's last record, or its last sample."""
        heard = [log.last_ns for log in self.logs if log.process is process] + [process.lane.start_ns]
        if self.processes.last(process.pid) is process:
            heard.append(self._heard.get(process.pid, 0))
        return max(heard)

    def _outlives(self, process: ProcessTrack) -> bool:
        """Was it heard of after the program's end? The radar takes its last look then."""
        root = self.processes.tracks[0]
        return root.end_is_sure and root.ended_ns is not None and self._last_sign(process) > root.ended_ns

    def _reach(self, log: LogHistory, now: Now) -> Reach:
        sweep, alone = self._sweeps.get(log.header.pid), len(log.threads) == 1
        if not now.over:
            # nothing is settled beyond an end that is known: no more records will come to contradict it
            ends = (log.process.ended_ns, self.closed.get(log.process.lane.index))
            known = max(min([now.now_ns, *(t for t in ends if t)]), log.last_ns)
            return Reach(known, sweep, min(known, now.now_ns - _PATIENCE_NS), log.drained, alone)
        # what comes after the last sample is settled when the process ends
        return Reach(log.last_ns, sweep, 0 if sweep else log.last_ns, log.drained, alone, complete=True)

    def _add_threads(self, records: npt.NDArray[Any]) -> None:
        """Samples of threads: they wait with the strangers for the thread they are of."""
        keys = records["pid"].astype(np.int64) << 32 | records["tid"]
        order = np.argsort(keys, kind="stable")
        for key, first, stop in groups(keys[order]):
            r = records[order[first:stop]]
            samples = np.empty(len(r), SAMPLE)
            samples["t"], samples["cpu"], samples["queue"] = r["t"], r["a"], r["b"]
            samples["state"], samples["wait"] = r["value"] & 0xFF, r["value"] >> 8 & 0xFF
            if (samples["t"][1:] < samples["t"][:-1]).any():
                samples = samples[np.argsort(samples["t"], kind="stable")]
            of_gil = _TELLS_OF_GIL[samples["state"]]
            if of_gil.any():
                self.timeline.turns.sampled_gil(key >> 32, int(samples["t"][of_gil.argmax()]))
            self._sweeps[key >> 32] = max(self._sweeps.get(key >> 32, 0), int(samples["t"][-1]))
            self._strangers.add(key >> 32, key & 0xFFFFFFFF, samples)
            process = self.processes.last(key >> 32)
            if process is not None:
                process.sampled, process.seen_ns = True, min(process.seen_ns, int(samples["t"][0]))

    def _end_processes(self, now: Now) -> None:
        """End the processes that are known to be over, with all that lived in them.

        Only when all is read: any log may tell when, and how, a process of another one ended.
        """
        if not all(log.drained for log in self.logs):
            return
        self.timeline.turns.last_round()
        for process in self.processes.tracks:
            if process.finished:
                continue
            logs = [log for log in self.logs if log.process is process]
            if process.ended_ns is None and now.over:  # nobody saw its end
                process.outlives = self._outlives(process)
                process.ended_ns = max(self._last_sign(process), self.closed.get(process.lane.index, 0))
            if process.ended_ns is None:
                continue
            if not now.over and now.now_ns < process.ended_ns + _PATIENCE_NS:
                continue  # its last samples may still come
            self._end(process, logs)

    def _end(self, process: ProcessTrack, logs: list[LogHistory]) -> None:
        closed = self.closed.get(process.lane.index)
        last = max([log.last_ns for log in logs], default=process.lane.start_ns)
        end = max(closed if closed and not process.end_is_sure else process.ended_ns or 0, last)
        outcome, detail = ending(process, bool(closed))
        theirs, how = Outcome.KILLED, "its process ended"
        if process.execed:
            theirs = Outcome.DONE
        elif outcome is Outcome.RUNNING:
            theirs, how = outcome, detail
        for log in logs:
            log.finish(end, theirs, how)
        everything = Reach(0, None, 0, drained=True, complete=True)
        for track in process.threads:
            if not track.finished and track.ended_ns is None:
                if track is process.threads[0]:
                    named = process.uncaught if outcome is Outcome.FAILED else ""
                    track.end(end, outcome, named or detail)
                else:
                    unseen = Outcome.DONE if theirs is Outcome.KILLED else theirs
                    track.end(end, theirs if track.number else unseen, how)
            track.settle(everything)
            end = max(end, track.ended_ns or 0)
        process.finish(end, outcome, detail)
        self._ended = True
