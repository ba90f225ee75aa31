"""Numbers of tasks: given when a task is created (or first seen), forgotten when it is over.

Nothing here keeps a task alive: a mark is a weak reference under the task's ``id()`` and leaves the table
with the task, so a reused ``id()`` can't be mistaken for the task that had it before.
"""

from __future__ import annotations

from _thread import get_ident
from _weakref import ref
from itertools import count

from . import await_site, log
from . import layout as L
from .running import task_of

TASK = L.REF_TASK << L.REF_SHIFT
NUMBER = (1 << L.REF_SHIFT) - 1

_next = count(1).__next__
marks: dict = {}
"""``id(task)`` → its Mark; also ``id(future)`` of futures whose work is known to run in an executor."""


class Mark(ref):
    """What is known of a living task (or of an executor's future): a weak reference that knows its key."""

    __slots__ = ("key", "leaf", "name", "number", "ref")

    def __new__(cls, target, number, reference):
        """Mark ``target``: ``number`` of the task, ``reference`` as others will refer to it."""
        return super().__new__(cls, target, _died)

    def __init__(self, target, number, reference):
        super().__init__(target, _died)
        self.key = id(target)
        self.number = number
        self.ref = reference
        self.leaf = None  # innermost coroutine of the user's own, where the last walk ended
        self.name = None


def _died(mark):
    if marks.get(mark.key) is mark:
        del marks[mark.key]


def new_number():
    """The next task's number."""
    return _next() & NUMBER


def born(task, coro, loop_number, at, parent, number=0):
    """Register ``task`` and write its birth.

    Args:
        coro: its coroutine, None where it isn't known. at: instant of creation in ns.
        parent: number of the task that created it, 0 for none. number: reserved for it, 0: a new one.
    """
    number = number or new_number()
    mark = marks[id(task)] = Mark(task, number, TASK | number)
    mark.name = task.get_name()
    write(number, coro, name_text(mark.name), loop_number, at, parent)
    return mark


def write(number, coro, name_text, loop_number, at, parent):
    """Write the record of a birth."""
    site = await_site.definition(coro) if coro is not None else 0
    log.emit(at, 0, L.TASK_BORN | log.thread()[0], number, parent, name_text, site, loop_number)


def parent_now():
    """Number of the task whose step is in progress in this thread; 0 for none."""
    return task_of.get(get_ident(), 0)


def check_name(mark, task):
    """Write the task's name if it changed: C tasks can be renamed without a hook."""
    name = task.get_name()
    if name != mark.name:
        mark.name = name
        log.emit(log.now(), 0, L.TASK_NAME | log.thread()[0], mark.number, name_text(name), 0, 0, 0)


def name_text(name):
    """Number of a name's text; ``Task-7`` will not be seen again and need not be remembered."""
    if type(name) is str and name.startswith("Task-"):
        return log.new_text(name)
    return log.text(name)


def forget():
    """After a fork: marks of the parent's tasks mean nothing here; a task that steps again is born again."""
    marks.clear()
