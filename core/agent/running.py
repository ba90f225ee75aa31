"""Which task each thread is stepping right now: kept by the asyncio hooks, asked by the others."""

from __future__ import annotations

places: dict = {}
"""``get_ident()`` → the :class:`Place` of a thread in which an event loop runs."""

generation = 0
"""Forks so far. What an earlier generation numbered means nothing in this process's log."""


class Place:
    """A thread that runs an event loop: words for its records and registers, and what it is doing.

    Marks of tasks refer to the place of their loop. Its ``words`` are taken away when the loop leaves it, so
    that who still refers to it notices, and those who run in it need not ask.
    """

    __slots__ = ("awake", "block", "cause", "ident", "loop", "step", "task", "thread", "words")

    def __init__(self, ident, loop, step, block, words, thread):
        self.ident = ident
        self.loop = loop  # number of the loop
        self.step = step  # third word of its STEP records
        self.block = block  # third word of its BLOCK records
        self.words = words  # of the thread's register
        self.thread = thread
        self.task = 0  # number of the task whose step is in progress, or was last; 0: another callback runs
        self.awake = 0  # when the loop last came back from idling in its selector
        self.cause = 0
        """Reference to what the callback that runs now is an effect of: a task, the clock, a file
        descriptor, another thread. Handles created meanwhile inherit it as their waker."""


class _Tasks:
    """``task_of.get(get_ident())``: number of the task whose step is in progress in that thread, 0: none."""

    def get(self, ident, default=0):
        place = places.get(ident)
        return place.task if place is not None else default


task_of = _Tasks()
