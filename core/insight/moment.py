"""What a moment is: a stretch of time in which something worth a look happens, told by what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from concviz.core.model import Known, Site


class Kind(StrEnum):
    """What happens in a moment; every kind is found in any program alike."""

    TASKS_WAIT = "tasks wait"
    """Several tasks of a loop wait and none could run: the loop is idle, the waits overlap."""
    THREADS_WAIT = "threads wait"
    """Several threads wait for the outside world and none runs."""
    ONE_WAITS = "one waits"
    """A single worker waits for the outside world, and nothing else is under way."""
    HELD_UP = "held up"
    """A task's step is long, while other tasks are ready for the loop; or, where ``worker`` and ``other``
    are the loop's thread, what it does outside of any task is."""
    GIL_KEPT = "gil kept"
    """The thread of a loop waits for the GIL, which one other thread has all that time."""
    GIL_PASSES = "gil passes"
    """Threads take turns under one GIL."""
    PARALLEL = "parallel"
    """Threads execute at the same instant."""
    LOCK_QUEUE = "lock queue"
    """Several workers wait for a lock at the same line."""
    EXECUTOR_FULL = "executor full"
    """More tasks wait for a pool's thread than it has threads."""
    LEFT_ALONE = "left alone"
    """One worker process is at work, the others have nothing left to do."""
    STARVED = "starved"
    """Worker processes wait for work most of the time, while the process that started them is at work."""
    NO_CORE = "no core"
    """Workers could run, and other work has all the cores."""
    DEADLOCK = "deadlock"
    """Workers wait for each other in a circle: tasks, or as was seen while the program was held."""
    STUCK = "stuck"
    """All threads of a process wait for locks, or for each other to end, and have done so for long; or all
    tasks of a loop that has idled for long, and nothing but a signal is left that could wake one."""
    FAILED = "failed"
    """A worker ends with an exception, its process with an exit code other than 0 or by a signal."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened from ``t0_ns`` to ``t1_ns``; what is said of it stands in ``moment_words``."""

    kind: Kind
    t0_ns: int
    t1_ns: int
    worker: int
    """Whose lane to look at."""
    other: int | None = None
    """The second one it is about."""
    count: int = 0
    """How many workers it concerns; of turns under the GIL, how many."""
    capacity: int = 0
    """Of an executor that is full: how many threads it has."""
    spent_ns: int = 0
    """How long it was so within the stretch."""
    times: int = 1
    """How often the like happened in it, one after another."""
    blocked: bool = False
    """Of a step that is long: its thread waited in it, rather than computed."""
    site: Site | None = None
    known: Known = Known.EXACT
    """The least certain way in which a part of it is known."""
    most_ns: int | None = None
    """Of what is counted: an instant at which there are so many; None: from its begin on."""

    @property
    def look_ns(self) -> int:
        """The instant to look at: what is said of the moment is to be seen there."""
        return self.t0_ns if self.most_ns is None else self.most_ns

    def holds(self, t_ns: int) -> bool:
        """Does it happen at an instant?"""
        return self.t0_ns <= t_ns < self.t1_ns
