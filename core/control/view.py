"""What the controller answers when it is asked how things stand: frozen, and free of sockets and locks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from concviz.core.model import Site

FREE, SYNC, LINE, OPCODE = range(4)
GRANULARITIES = {"sync": SYNC, "line": LINE, "opcode": OPCODE}
"""How finely a program is held: at what synchronises, at every line, at every instruction."""


class State(StrEnum):
    """What the program as a whole is doing."""

    FREE = "free"
    HOLDING = "holding"
    """It was told to stop; some of its workers have not come to a gate yet."""
    HELD = "held"
    RUNNING = "running"
    """A worker was let go and is on its way to its next gate, or will be as soon as it is ready."""
    DEADLOCK = "deadlock"
    """Nobody can go on, whatever one chooses."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that could run next."""

    id: str
    """For ``Controller.run``; the same as long as this very thing is ready."""
    key: str
    """The worker, by a name that is the same in every run: "0.1/t2" a thread, "0/k3" a task."""
    pid: int
    thread: int
    task: int | None
    kind: str
    """What it is about to do: "task", "callback", "timer" in a loop, else the kind of gate."""
    site: Site | None
    name: str
    since_ns: int
    """Since when it is ready."""
    choosable: bool = True
    why_not: str = ""
    detail: str = ""
    """More about the operation, in the program's words: a lock's name, a job's function."""
    found_bytes: int | None = None
    """Of a callback that reads: how many bytes there are to read; 0 at the end of what it reads."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A worker that waits for a lock."""

    key: str
    pid: int
    thread: int
    task: int | None
    name: str
    site: Site | None
    since_ns: int
    lock: int
    """The lock's number within the process."""
    lock_name: str
    owner: str
    """Key of the worker that has it; '' where it is not known."""
    owner_name: str = ""
    taken_at: Site | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """A worker inside a call that blocks for real: it comes back by itself and then waits to be chosen."""

    key: str
    pid: int
    thread: int
    task: int | None
    name: str
    kind: str
    site: Site | None
    since_ns: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a deadlock: ``key`` waits at ``waits_at`` for what ``owner`` took at ``taken_at``.

    The owner is the next link's worker, the last link's owner the first worker.
    """

    key: str
    name: str
    waits_at: Site | None
    waits_for: str
    owner: str
    owner_name: str
    taken_at: Site | None
    lane: str = ""
    """Id of the worker in the session's timeline."""


@dataclass(frozen=True, slots=True)
class Report:
    """A worker that was let go and does not come to a gate: the others may go on without it."""

    key: str
    name: str
    what: str
    """"computing", "in a C call", …"""
    site: Site | None
    """Where it was last heard of."""
    since_ns: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a replay stopped: the program is not where it was when the schedule was recorded."""

    n: int
    """Number of the decision that could not be repeated."""
    expected: str
    found: str

    def __str__(self) -> str:
        return f"replay stopped at decision {self.n}: expected {self.expected}; found {self.found}"


@dataclass(frozen=True, slots=True)
class View:
    """How things stand."""

    state: State
    granularity: int = FREE
    step: int = 0
    """Decisions made so far."""
    ready: tuple[Choice, ...] = ()
    """In the order in which the program itself would take them, as far as it has one."""
    blocked: tuple[Blocked, ...] = ()
    outside: tuple[Outside, ...] = ()
    cycle: tuple[Link, ...] = ()
    """Also of a deadlock that was released, as long as it lasts."""
    reports: tuple[Report, ...] = ()
    running: str = ""
    """Key of the worker that was let go."""
    last: str = ""
    """Key of the worker that made the last step."""
    did: Choice | None = None
    """The last step, as it was when it was chosen."""
    divergence: Divergence | None = None
    replaying: int | None = None
    """While a schedule is followed: how many of its decisions are left."""
    notes: tuple[str, ...] = ()
    """What cannot be stepped in this program, a line each."""
    fifo: bool = True
    """Could a plain event loop have produced the order chosen so far?"""
