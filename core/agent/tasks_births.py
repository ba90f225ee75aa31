"""Numbers of tasks: given when a task is created (or first seen), forgotten when it is over.

Nothing here keeps a task alive: a mark is a weak reference under the task's ``id()`` and leaves the table
with the task, so a reused ``id()`` can't be mistaken for the task that had it before.
"""

from __future__ import annotations

from _thread import get_ident
from _weakref import ref
from itertools import count

from . import await_site, awaited, log
from . import layout as L
from .running import task_of

TASK = L.REF_TASK << L.REF_SHIFT
NUMBER = (1 << L.REF_SHIFT) - 1

_next = count(1).__next__
marks: dict = {}
"""``id(task)`` → its Mark, from its birth until it is over or gone."""
works: dict = {}
"""``id(future)`` → the Mark of a future whose result comes from an executor."""


def _nothing():
    """A reference to no coroutine."""


class Mark(ref):
    """What is known of a living task (or of an executor's future): a weak reference that knows its key.

    The innermost coroutine is referred to weakly, too: it may refer to its task, and a task that nobody
    refers to but we must be able to go.
    """

    __slots__ = ("key", "leaf", "name", "number", "ref", "sites", "table")

    def __new__(cls, target, table, number, reference):
        """Mark ``target`` in ``table``: its number, and how others will refer to it."""
        return super().__new__(cls, target, _gone)

    def __init__(self, target, table, number, reference):
        super().__init__(target, _gone)
        self.key = id(target)
        self.table = table
        self.number = number
        self.ref = reference
        self.leaf = _nothing  # weak reference to the user's innermost coroutine, where the last walk ended
        self.sites = {}  # what await_site knows of that coroutine's code
        self.name = None
        table[self.key] = self


def _gone(mark):
    if mark.table.get(mark.key) is mark:
        del mark.table[mark.key]


def new_number():
    """The next task's number."""
    return _next() & NUMBER


def born(task, coro, loop_number, at, parent, name=None):
    """Register ``task`` and write its birth.

    Args:
        coro: its coroutine, None where it isn't known. at: instant of creation in ns.
        parent: number of the task that created it, 0 for none. name: if not the one it has now.
    """
    number = new_number()
    mark = Mark(task, marks, number, TASK | number)
    mark.name = task.get_name() if name is None else str(name)
    write(number, coro, name_text(mark.name), loop_number, at, parent)
    return mark


def write(number, coro, name_text, loop_number, at, parent):
    """Write the record of a birth."""
    site = await_site.definition(coro) if coro is not None else 0
    log.emit(at, 0, L.TASK_BORN | log.thread()[0], number, parent, name_text, site, loop_number)


def over(mark, task):
    """The task's last step is over: forget it. Returns how it ended, as a reference."""
    marks.pop(mark.key, None)
    check_name(mark, task)
    return awaited.ended(task)


def reference(future):
    """Reference to what ``task._fut_waiter`` holds: a task, an executor's work, a future, or nothing."""
    if future is None:
        return awaited.READY
    known = marks.get(id(future)) or works.get(id(future))
    return known.ref if known is not None else awaited.future(future)


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
    works.clear()
