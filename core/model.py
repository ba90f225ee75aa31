"""The words concviz thinks in: workers, states, reasons, sites, spans. Imports nothing of ours.

All instants are integer nanoseconds of the machine's monotonic clock (``CLOCK_MONOTONIC``, what
``time.perf_counter_ns`` reads on Linux); a session's zero is ``SessionInfo.start_ns``.
All text in these objects has passed the sanitising door (``core/text.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a worker is."""

    PROCESS = "process"
    THREAD = "thread"
    TASK = "task"


class State(IntEnum):
    """What a worker is doing; the values index columns of the timeline's arrays."""

    RUNNING = 0
    READY = 1
    WAITING = 2
    ENDED = 3


class Reason(IntEnum):
    """Why a worker is ready (GIL, LOOP, CORE; HELD: by the reader, who steps it) or waiting (the others)."""

    NONE = 0
    GIL = 1
    LOOP = 2
    CORE = 3
    IO = 4
    LOCK = 5
    SLEEP = 6
    AWAIT = 7
    QUEUE = 8
    CHILD = 9
    EXECUTOR = 10
    HELD = 11


class Known(IntEnum):
    """How a span is known: written by the agent, sampled from outside, or inferred from CPU clocks."""

    EXACT = 0
    SAMPLED = 1
    INFERRED = 2


class Outcome(StrEnum):
    """How a worker ended; RUNNING while it has not."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLED = "killed"


READY_REASONS = (Reason.GIL, Reason.LOOP, Reason.CORE, Reason.HELD)
WAITING_REASONS = (
    Reason.IO, Reason.LOCK, Reason.SLEEP, Reason.AWAIT, Reason.QUEUE, Reason.CHILD, Reason.EXECUTOR,
)


class Turn(StrEnum):
    """What makes threads and tasks wait for each other; all of it is waiting on a lock."""

    LOCK = "lock"
    SEMAPHORE = "semaphore"
    EITHER = "lock or semaphore"
    """One of the two: their code is shared."""
    SIGNAL = "signal"
    """To be told something: an event, a condition, a barrier."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a worker stands: the innermost line of the user's own code, and the library call made there."""

    file: str
    line: int
    function: str
    call: str = ""
    """Qualified name of the library function the user's line called ('' when the line itself blocks)."""
    call_file: str = ""
    call_line: int = 0
    turn: Turn = Turn.LOCK
    """What one waits for there, of those that are a wait for a lock."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One lane. ``index`` is its place in ``Timeline.workers``; ``id`` is unique and stable in a session."""

    index: int
    id: str
    kind: Kind
    parent: int | None
    pid: int
    tid: int
    name: str
    start_ns: int
    end_ns: int | None = None
    """None while it lives. What outlived the recording is known until then: its outcome is RUNNING."""
    outcome: Outcome = Outcome.RUNNING
    detail: str = ""
    """Exception type, exit code or signal of a worker that ended; '' otherwise."""
    about: str = ""
    """What else is worth showing: coroutine of a task, start method of a process, 'daemon', 'uvloop: …'."""
    known: Known = Known.EXACT


@dataclass(frozen=True, slots=True)
class Span:
    """One worker in one state from ``t0_ns`` to ``t1_ns``; the last span of a living worker is ``open``."""

    worker: int
    state: State
    reason: Reason
    t0_ns: int
    t1_ns: int
    known: Known
    site: Site | None = None
    waker: int | None = None
    """Worker that ended the wait before this span (for a task's ready or running span)."""
    waker_text: str = ""
    """The same in words where it was no worker: 'timer', 'I/O', 'callback'."""
    awaits: int | None = None
    """Worker that is being waited for, where it is one."""
    open: bool = False
    site_known: Known = Known.EXACT
    """How ``site`` is known: written by the agent, or sampled near the instant that was asked for."""
    after: bool = False
    """A task runs, and ``site`` is not where: it is the await point it went on from (in its first step: where
    its coroutine begins). What ran after that is not known."""

    @property
    def duration_ns(self) -> int:
        """Length of the span in nanoseconds."""
        return self.t1_ns - self.t0_ns
