"""Which task each thread is stepping right now: kept by the asyncio hooks, asked by the others."""

from __future__ import annotations

from . import layout as L

places: dict = {}
"""``get_ident()`` → the :class:`Place` of a thread in which an event loop runs."""

generation = 0
"""Forks so far. What an earlier generation numbered means nothing in this process's log."""


class Nothing:
    """Looks like a coroutine that is not suspended."""

    cr_await = None


class Mark:
    """What is known of a task (or of a future whose result comes from an executor)."""

    __slots__ = (
        "awaits", "awake", "generation", "last", "leaf", "name", "number", "place", "ref", "resumes_at",
        "sites", "stands",
    )

    def __init__(self, target, number, reference):
        """Mark ``target``: its number, and how others will refer to it. (None: no task, another callback.)"""
        self.number = number
        self.ref = reference
        self.generation = generation
        self.place = None  # where its loop runs
        self.last = 0  # when it scheduled something for the last time
        self.awake = 0  # since when what it schedules is ready, where that is earlier than it does it; else 0
        self.leaf = Nothing  # the user's innermost coroutine, where the last walk ended
        self.sites = {}  # what await_site knows of that coroutine's code
        # Where it stood there last: what it awaited directly (None: not known), at which instruction, and
        # that place as a STEP's record has it. It is there again, mostly.
        self.awaits = self.resumes_at = self.stands = None
        self.name = None
        if target is not None:
            object.__setattr__(target, "_concviz", self)  # whatever its class makes of attributes


class Place:
    """A thread that runs an event loop: words for its records and registers, and what it is doing.

    Marks of tasks refer to the place of their loop. Its ``words`` are taken away when the loop leaves it, so
    that who still refers to it notices, and those who run in it need not ask.
    """

    __slots__ = (
        "awake", "between", "block", "ident", "loop", "mark", "other", "queues", "step", "thread", "words",
    )

    def __init__(self, ident, loop, step, block, words, thread):
        self.ident = ident
        self.loop = loop  # number of the loop
        self.step = step  # third word of its STEP records
        self.block = block  # third word of its BLOCK records
        self.words = words  # of the thread's register
        self.thread = thread
        self.awake = 0  # when the loop came back from idling in its selector; 0: it only had a look
        self.other = Mark(None, 0, 0)
        """Stands for no task: another callback than a step."""
        self.between = Mark(None, 0, L.REF_THREAD << L.REF_SHIFT | thread)
        """Stands for the loop itself, when a callback is over (which need not be told)."""
        self.queues = False
        """May handles be put into the ready queue while the loop asks its selector?"""
        self.mark = self.other
        """Of the task whose step is in progress, or was last. Handles created meanwhile inherit its ``ref``
        as their waker: the task, or what a callback is an effect of (the clock, a file descriptor, …)."""

    def runs(self, cause):
        """A callback that is no step runs here, as an effect of what ``cause`` refers to."""
        other = self.mark = self.other
        other.ref = cause
        other.awake = 0


class _Tasks:
    """``task_of.get(get_ident())``: number of the task whose step is in progress in that thread, 0: none."""

    def get(self, ident, default=0):
        place = places.get(ident)
        return place.mark.number if place is not None else default


task_of = _Tasks()
