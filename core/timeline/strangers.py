"""Samples of threads that no log has named yet, kept until it is certain whose they are.

The kernel uses a thread's id again, and samples may be read long before the log that tells of the thread's
birth. So samples wait here for the thread that had their id at their time. Those whom no log claims in time
are of a thread that no Python code started: it gets a lane of its own, and only samples fill it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from concviz.core.model import Kind, Known, Outcome
from concviz.core.system.layout import ThreadState
from concviz.core.timeline.arrays import joined
from concviz.core.timeline.frontier import Now, Reach
from concviz.core.timeline.lane import Lane
from concviz.core.timeline.log_history import LogHistory
from concviz.core.timeline.processes import Processes
from concviz.core.timeline.threads import ThreadTrack
from concviz.core.timeline.timeline import Timeline

_READ_NS = 100_000_000
"""After this long a thread's birth should have been read, if a log tells of it."""
_START_UP_NS = 2_000_000_000
"""A Python that has no log yet may still be starting: so long it is waited for."""


class Strangers:
    """Samples by the process and thread ids they were taken of, and the threads that only samples know."""

    def __init__(self, timeline: Timeline, processes: Processes, logs: list[LogHistory]) -> None:
        """Nobody yet; ``logs`` are all there are at any time."""
        self._timeline, self._processes, self._logs = timeline, processes, logs
        self._samples: dict[tuple[int, int], list[npt.NDArray[Any]]] = {}
        self._unnamed: dict[tuple[int, int], ThreadTrack] = {}

    def add(self, pid: int, tid: int, samples: npt.NDArray[Any]) -> None:
        """Samples of a thread, in order of time."""
        self._samples.setdefault((pid, tid), []).append(samples)

    def births(self) -> list[int]:
        """When those were first sampled that are no living thread that is known."""
        living = {(p.pid, t.tid) for p in self._processes.tracks for t in p.living if t.ended_ns is None}
        return [int(parts[0]["t"][0]) for key, parts in self._samples.items() if key not in living]

    def place(self, now: Now) -> None:
        """Give samples to the thread that had the id at that time, as soon as that is certain."""
        if not self._samples:
            return
        known: dict[tuple[int, int], list[ThreadTrack]] = {}
        for process in self._processes.tracks:
            for track in process.threads:
                known.setdefault((process.pid, track.tid), []).append(track)
        for (pid, tid), parts in list(self._samples.items()):
            samples = joined(parts)
            tracks = known.get((pid, tid), [])
            rest = self._hand_out(samples, tracks)
            if len(rest) and self._certain(pid, int(rest["t"][-1]), now):
                if not tracks:
                    self._add_lane(pid, tid, rest)
                rest = rest[:0]
            if len(rest):
                self._samples[pid, tid] = [rest]
            else:
                del self._samples[pid, tid]

    def settle(self, now: Now, sweeps: Mapping[int, int]) -> None:
        """Settle the threads that only samples know.

        Args:
            sweeps: pid → up to when its threads were all sampled.
        """
        for key, track in list(self._unnamed.items()):
            if track.finished:
                del self._unnamed[key]
                continue
            pid, _tid = key
            sweep = sweeps.get(pid, track.cursor)
            track.settle(Reach(sweep if now.over else now.now_ns, sweep, 0, drained=True, complete=now.over))

    def _hand_out(self, samples: npt.NDArray[Any], tracks: list[ThreadTrack]) -> npt.NDArray[Any]:
        """Give each thread of an id the samples of its lifetime; returns those nobody can have yet."""
        for track in tracks:
            after = samples["t"] >= track.lane.start_ns
            before = True if track.ended_ns is None else samples["t"] <= track.ended_ns
            mine = after & before & (samples["state"] != ThreadState.GONE)
            if track.ended_ns is None and mine.any() and not self._all_read(track.lane.pid):
                mine &= samples["t"] <= track.last_record_ns
            if mine.any():
                track.add_samples(samples[mine])
            if track.number == 0 and (samples["state"] == ThreadState.GONE).any():
                gone = samples["t"][samples["state"] == ThreadState.GONE]
                track.end(int(gone[0]), Outcome.DONE, "")
            samples = samples[~mine & (samples["t"] >= track.lane.start_ns)]
        return samples

    def _all_read(self, pid: int) -> bool:
        """Is all read that the logs of a process have?"""
        return all(log.drained for log in self._logs if log.header.pid == pid)

    def _certain(self, pid: int, t_ns: int, now: Now) -> bool:
        """Will no log tell any more of a thread that was sampled at an instant?"""
        process = self._processes.last(pid)
        has_log = any(log.header.pid == pid for log in self._logs)
        patience = _READ_NS if has_log or process is None or not process.python else _START_UP_NS
        return self._all_read(pid) and (now.over or t_ns + patience < now.now_ns)

    def _add_lane(self, pid: int, tid: int, samples: npt.NDArray[Any]) -> None:
        """A thread that only samples know."""
        process = self._processes.last(pid)
        begin, cpu = int(samples["t"][0]), None
        if process is None or process.finished or begin < process.lane.start_ns:
            return
        if tid == pid:
            begin, cpu = process.told()
        count = sum(t.number == 0 for t in process.threads) + 1
        lane = Lane(
            len(self._timeline.lanes), f"{process.lane.id}.n{count}", Kind.THREAD, process.lane.index, pid,
            tid, "main" if tid == pid else f"native {tid}", begin,
        )
        lane.known = Known.SAMPLED
        self._timeline.add_lane(lane)
        track = ThreadTrack(self._timeline, lane, 0, cpu, sampled_only=True)
        process.add_thread(track)
        self._unnamed[pid, tid] = track
        self._hand_out(samples, [track])
