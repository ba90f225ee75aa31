"""What each connected thread is doing: running, at a gate, in its event loop's, at a lock, or outside."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from concviz.core.control import wire
from concviz.core.control.program import Process


class Doing(Enum):
    """What a thread was last heard to do."""

    RUNNING = "running"
    PARKED = "parked"
    LOOP = "loop"
    BLOCKED = "blocked"
    OUTSIDE = "outside"


class Asked(NamedTuple):
    """The last lock a thread asked for: what it then gets is this one."""

    lock: int
    site: int
    name: str

    def name_of(self, lock: int) -> str:
        """What it called the lock; empty where it has not asked for that one."""
        return self.name if self.lock == lock else ""


class Silence(NamedTuple):
    """Why a thread that was let go does not come to a gate."""

    what: str
    since_ns: int
    looked_ns: int


_NOTHING = Asked(0, 0, "")


@dataclass(eq=False)
class Worker:
    """One thread of the program and the gate it stands at. An event loop's thread stands for its tasks."""

    conn: int
    process: Process
    thread: int
    tid: int
    heard_ns: int
    """When it was last heard of, or let go."""
    doing: Doing = Doing.RUNNING
    turn: int = 0
    """Its place in the queue of those that wait: smaller has waited longer."""
    kind: str = ""
    object: int = 0
    site: int = 0
    detail: str = ""
    size: int | None = None
    """Coming back: bytes that it has read, or which descriptors a select found, as bits."""
    asked: Asked = _NOTHING
    may_try: bool = False
    """Blocked at a lock that may be free now."""
    passes: bool = False
    """Blocked in the midst of its step: it goes on with it as soon as it can."""
    spawns: bool = False
    """In the midst of its step it waits to start another process."""
    retry_ns: int | None = None
    """When to try a lock whose owner is not known again."""
    task: int = 0
    """The task whose step its loop runs now; 0 none."""
    fixed: bool = False
    """Its loop's order cannot be changed."""
    lists: int = 0
    """Lines ``loop`` that came from it."""
    items: tuple[wire.Item, ...] = ()
    numbers: tuple[int, ...] = ()
    """Of each item, by which it is known as long as it is ready."""
    silence: Silence | None = None
    _known: dict[tuple[str, int, int, str, int], int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The thread's stable name."""
        return f"{self.process.path}/t{self.thread}"

    @property
    def worker_key(self) -> str:
        """The stable name of what runs here now: the task whose step it is, or the thread."""
        return self.task_key(self.task) if self.task else self.key

    @property
    def lane(self) -> str:
        """Its id in the session's timeline."""
        return f"p{self.process.pid}." + (f"a{self.task}" if self.task else f"t{self.thread}")

    def task_key(self, task: int) -> str:
        """The stable name of a task of this process."""
        return f"{self.process.path}/k{task}"

    @property
    def name(self) -> str:
        """What people call the thread."""
        return self.process.places.thread_name(self.thread) or f"thread {self.thread}"

    @property
    def running_name(self) -> str:
        """What people call what runs here now."""
        return self.task_name(self.task) if self.task else self.name

    def task_name(self, task: int) -> str:
        """What people call a task."""
        standing = self.process.places.task(task)
        return standing.name if standing and standing.name else f"task {task}"

    @property
    def tries_again(self) -> bool:
        """Does it want what was not there when it asked first: a lock, or what comes out of a queue?"""
        return self.doing is Doing.BLOCKED or (self.kind, self.detail) == ("back", "queue")

    def stands(self, doing: Doing, kind: str, object: int, site: int, detail: str, turn: int) -> None:
        """It has come to a gate, or gone outside."""
        self.doing, self.kind, self.object, self.site, self.detail = doing, kind, object, site, detail
        self.turn, self.size = turn, None
        self.may_try, self.retry_ns, self.passes = False, None, False

    def in_loop(self, line: wire.Loop, turn: int) -> None:
        """Its event loop has come to its gate."""
        self._known.clear()
        self.task = 0
        self.stands(Doing.LOOP, "loop", line.loop, 0, "", turn)
        self.take(line)

    def take(self, line: wire.Loop) -> None:
        """The loop's ready handles, first or again; one that was there before keeps its number."""
        self.lists += 1
        self.fixed = bool(line.flags & wire.LOOP_FIXED)
        self.items = line.items
        seen: Counter[tuple[str, int, int, str]] = Counter()
        numbers = []
        for item in line.items:
            alike = item[1:5]  # (a read that finds more by now is still the same)
            identity = (*alike, seen[alike])
            seen[alike] += 1
            numbers.append(self._known.setdefault(identity, len(self._known)))
        self.numbers = tuple(numbers)

    def goes(self, now_ns: int) -> None:
        """It was let go."""
        self.doing, self.heard_ns, self.silence = Doing.RUNNING, now_ns, None
        self.items = self.numbers = ()
        self.may_try, self.retry_ns = False, None
