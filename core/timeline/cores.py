"""The cores of the machine: who was seen on each of them, what else kept it busy, who may use it.

All of this is sampled. A thread that could run is seen on the core the kernel last named for it; it is taken
to have stayed there until it is looked at again, as long as its looks follow each other closely. The share of
that time in which it ran is told by its CPU clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from concviz.core.system import layout as S
from concviz.core.timeline import looks
from concviz.core.timeline.answers import I32, I64
from concviz.core.timeline.arrays import groups
from concviz.core.timeline.looks import Looks
from concviz.core.timeline.machine import MOST_CORES, Busy, Rights
from concviz.core.timeline.stays import STAY, GrowingStays, Stay, Stays

NOBODY = -1
_LOOK_BACK_NS = 60_000_000_000
_FEW = 256
_MOST_UNREAD = 50_000
_TOLD = np.isin(np.arange(S.Record.AFFINITY + 2), (
    S.Record.THREAD, S.Record.PROCESS, S.Record.SWITCHES, S.Record.GONE, S.Record.CORE, S.Record.SWEEP,
    S.Record.AFFINITY,
))
"""Kinds of records that say something of cores; the last place stands for all kinds beyond."""
_TICK_NS = 10_000_000
"""The grain of the machine's own count of busy time."""


class Occupant(NamedTuple):
    """Who can be on a core: a thread, or a process that is only known as a whole (tid 0)."""

    pid: int
    tid: int


@dataclass(frozen=True, slots=True)
class CoreCells:
    """One core cut into columns."""

    ours_ns: I64
    """[columns]: how long workers of the program ran on it."""
    others_ns: I64
    """[columns]: how long it was busy with something else."""
    who: I32
    """[columns]: number of the occupant who ran longest, ``NOBODY`` where none did."""
    moved: npt.NDArray[np.bool_]
    """[columns]: somebody came from another core."""
    known: npt.NDArray[np.bool_]
    """[columns]: the core was looked at."""


class Cores:
    """Who was on which core; filled from ``system.log``."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._occupants: list[Occupant] = []
        self._busy, self._rights = Busy(), Rights()
        self._count = 0
        self._numbers: dict[int, int] = {}
        self._stays: dict[int, GrowingStays] = {}
        self._threads, self._processes = Looks(whole=False), Looks(whole=True)
        self._threaded: dict[int, int] = {}  # pid → when its threads were first looked at
        self._many: set[int] = set()
        self._swept: dict[int, int] = {}
        self._stale = False
        self._unread: list[npt.NDArray[Any]] = []
        self._behind = 0

    @property
    def occupants(self) -> list[Occupant]:
        """By the number that cells and stays name them with, in the order in which they were first seen."""
        self._catch_up()
        return self._occupants

    @property
    def busy(self) -> Busy:
        """How busy the machine says the cores were."""
        self._catch_up()
        return self._busy

    @property
    def rights(self) -> Rights:
        """Which cores the processes may use."""
        self._catch_up()
        return self._rights

    @property
    def count(self) -> int:
        """How many cores the machine has; 0: not known."""
        return max(self._count, self.busy.count)

    def add(self, records: npt.NDArray[Any]) -> None:
        """Records of ``system.log``, in its order; taken in when somebody asks, for few look at cores."""
        told = records[_TOLD[np.minimum(records["kind"], len(_TOLD) - 1)]]
        if len(told):
            self._unread.append(told)
            self._behind += len(told)
            if self._behind > _MOST_UNREAD:
                self._catch_up()

    def _catch_up(self) -> None:
        if self._unread:
            records = np.concatenate(self._unread)
            self._unread.clear()
            self._behind = 0
            self._take(records)

    def _take(self, records: npt.NDArray[Any]) -> None:
        kinds = records["kind"]
        self._busy.add(records[kinds == S.Record.CORE])
        self._rights.add(records[(kinds == S.Record.AFFINITY) | (kinds == S.Record.GONE)])
        threads = records[kinds == S.Record.THREAD]
        for r in threads[np.sort(np.unique(threads["pid"], return_index=True)[1])]:
            self._threaded.setdefault(int(r["pid"]), int(r["t"]))
        for r in records[kinds == S.Record.SWEEP]:
            self._swept[int(r["pid"])] = int(r["t"])
        self._keep(self._threads.add(looks.of_threads(threads)))
        whole = records[(kinds == S.Record.PROCESS) | (kinds == S.Record.SWITCHES)]
        self._keep(self._processes.add(looks.of_processes(self._as_one(whole))))
        self._stale = True

    def _as_one(self, records: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The PROCESS records of processes that are on one core: of a single thread, and not swept.

        A process of several threads is on several cores at once, and which these are only its threads tell.
        """
        records = records[np.lexsort((-records["kind"].astype(np.int64), records["t"]))]
        found = []
        for place, r in enumerate(records):
            pid = int(r["pid"])
            if int(r["kind"]) == S.Record.SWITCHES:
                (self._many.add if int(r["value"]) > 1 else self._many.discard)(pid)
            elif pid not in self._many and int(r["t"]) < self._threaded.get(pid, 1 << 63):
                found.append(place)
        return records[found]

    def _keep(self, made: npt.NDArray[Any]) -> None:
        for core, stays in self._by_core(made):
            self._stays.setdefault(core, GrowingStays()).add(stays)

    def _by_core(self, made: npt.NDArray[Any]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """The stays of each core, with the numbers of their occupants filled in."""
        keys, places = np.unique(made["key"], return_inverse=True)
        numbers = np.fromiter((self._number(int(key)) for key in keys), np.int32, len(keys))
        made["stay"]["who"] = numbers[places]
        made = made[np.argsort(made["core"], kind="stable")]
        for core, first, stop in groups(made["core"]):
            if core < MOST_CORES:
                self._count = max(self._count, core + 1)
                yield core, made["stay"][first:stop]

    def _number(self, key: int) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._occupants)
            self._occupants.append(Occupant(key >> 32, key & 0xFFFFFFFF))
        return self._numbers[key]

    # -- questions -----------------------------------------------------------------------------------------

    def cells(self, core: int, t0_ns: int, cell_ns: int, columns: int) -> CoreCells:
        """What a core did in ``columns`` cells of ``cell_ns`` from ``t0_ns`` on."""
        edges = t0_ns + np.arange(columns + 1, dtype=np.int64) * max(cell_ns, 1)
        parts = self._parts(core)
        ours = np.minimum(np.diff(sum(part.area(edges) for part in parts)), cell_ns)
        moved = np.diff(sum(part.moves(edges) for part in parts)) > 0
        others, known = self._others(core, edges)
        others = np.minimum(others, cell_ns - ours)
        who = self._most(core, edges)
        return CoreCells(
            ours.astype(np.int64), others.astype(np.int64), np.where(ours > 0, who, NOBODY).astype(np.int32),
            moved, known | (ours > 0))

    def at(self, core: int, t_ns: int) -> Stay | None:
        """Who was on a core at an instant, as far as that was seen; one stay reaches from look to look."""
        found = [stay for part in self._parts(core) if (stay := part.at(t_ns))]
        return max(found, key=lambda stay: stay.t0_ns, default=None)

    def since(self, core: int, stay: Stay) -> int:
        """Since when its occupant had been there without a gap, or anybody else in between."""
        t0_ns = stay.t0_ns
        while True:
            found = [s for part in self._parts(core) if (s := part.before(t0_ns)) and s.t1_ns >= t0_ns]
            if not found or any(s.who != stay.who for s in found) or stay.moved:
                return t0_ns
            stay = max(found, key=lambda s: s.t0_ns)
            t0_ns = stay.t0_ns

    def from_core(self, core: int, who: int, t_ns: int) -> int | None:
        """On which other core an occupant was seen last, in the minute before an instant."""
        found = [
            (seen_ns, other) for other in self._stays if other != core for part in self._parts(other)
            if (seen_ns := part.last_of(who, t_ns - _LOOK_BACK_NS, t_ns)) is not None
        ]
        return max(found)[1] if found else None

    def edge(self, core: int, t_ns: int, direction: int) -> int | None:
        """The next (1) or previous (-1) instant at which somebody was seen on the core anew."""
        found = [p.after(t_ns) if direction > 0 else p.before(t_ns) for p in self._parts(core)]
        times = [stay.t0_ns for stay in found if stay is not None]
        if not times:
            return None
        return min(times) if direction > 0 else max(times)

    # -- parts ---------------------------------------------------------------------------------------------

    def _parts(self, core: int) -> list[Stays]:
        self._catch_up()
        if self._stale:
            self._stale = False
            self._show_last()
        return self._stays.setdefault(core, GrowingStays()).parts

    def _show_last(self) -> None:
        """Who was on a core at the last look is there for now, as far as looks have gone on since."""
        last = self._threads.last[self._threads.last["on"] & (self._threads.last["core"] >= 0)]
        swept = np.fromiter((self._swept.get(int(key) >> 32, 0) for key in last["key"]), np.int64, len(last))
        ends = np.minimum(swept, last["t"] + looks.CARRY_NS)
        good = ends > last["t"]
        tails = dict(self._by_core(looks.made(last[good], ends[good], np.ones(int(good.sum())))))
        for core in {*tails, *self._stays}:
            self._stays.setdefault(core, GrowingStays()).set_tail(tails.get(core, np.empty(0, STAY)))

    def _most(self, core: int, edges: I64) -> I32:
        """Who ran longest in each cell."""
        columns = len(edges) - 1
        found = [part.pairs(edges) for part in self._parts(core)]
        cell, who, ran = (np.concatenate(arrays) for arrays in zip(*found))
        if not len(cell):
            return np.full(columns, NOBODY, np.int32)
        if len(self.occupants) <= _FEW:
            names, places = np.arange(len(self.occupants)), who
        else:
            names, places = np.unique(who, return_inverse=True)
        sums = np.bincount(cell * len(names) + places, ran, columns * len(names)).reshape(columns, len(names))
        found_most: I32 = names[sums.argmax(axis=1)].astype(np.int32)
        return found_most

    def _others(self, core: int, edges: I64) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Time in each cell that the core was busy with something else, and which cells were looked at."""
        times, busy = self.busy.of(core)
        if len(times) < 2:
            return np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, np.bool_)
        known = (edges[1:] > times[0]) & (edges[:-1] < times[-1])
        reads = np.unique(np.clip(times.searchsorted(edges), 0, len(times) - 1))
        reads = np.unique(np.concatenate((np.maximum(reads - 1, 0), reads)))
        at = times[reads]
        ours = np.diff(sum(part.area(at) for part in self._parts(core)))
        # both counts are coarse: less than a tick of difference says nothing
        rest = np.diff(busy[reads]) - ours
        rest = np.concatenate(([0.0], np.cumsum(np.where(rest > _TICK_NS, rest, 0.0))))
        return np.diff(np.interp(edges, at, rest)), known
