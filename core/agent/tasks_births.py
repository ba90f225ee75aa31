"""Numbers of tasks: given when a task is created (or first seen), forgotten when it is over.

A task carries its own mark, as the attribute ``_concviz``: nothing here keeps a task alive, the mark goes
with it, and the hot path has it without a table.
"""

from __future__ import annotations

from _thread import get_ident
from itertools import count

from . import await_site, awaited, log, running
from . import layout as L
from .running import Mark, Nothing, task_of

TASK = L.REF_TASK << L.REF_SHIFT
NUMBER = (1 << L.REF_SHIFT) - 1

_next = count(1).__next__


def mark_of(future):
    """The mark that this process gave to a task or future, None for none."""
    try:
        mark = object.__getattribute__(future, "_concviz")
    except AttributeError:
        return None
    return mark if type(mark) is Mark and mark.generation == running.generation else None


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
    mark = Mark(task, number, TASK | number)
    mark.name = task.get_name() if name is None else str(name)
    write(number, coro, name_text(mark.name), loop_number, at, parent)
    return mark


def write(number, coro, name_text, loop_number, at, parent):
    """Write the record of a birth."""
    site = await_site.definition(coro) if coro is not None else 0
    log.emit(at, 0, L.TASK_BORN | log.thread()[0], number, parent, name_text, site, loop_number)


def over(mark, task):
    """The task's last step is over: forget it. Returns how it ended, as a reference."""
    mark.leaf = Nothing
    check_name(mark, task)
    return awaited.ended(task)


def reference(future):
    """Reference to what ``task._fut_waiter`` holds: a task, an executor's work, a future, or nothing."""
    if future is None:
        return awaited.READY
    known = mark_of(future)
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
