"""``create_task``: the birth of a task, and the step that an eager one makes inside its creator's step."""

from __future__ import annotations

import functools
from _thread import get_ident

from . import awaited, log, loops, tasks_births
from . import layout as L
from .await_site import where
from .loops import cause_of
from .running import task_of
from .tasks_births import TASK, marks

_WORK = L.REF_WORK << L.REF_SHIFT


def observed(create_task, failed):
    """``BaseEventLoop.create_task`` that writes births; ``failed`` is called inside an ``except``."""

    @functools.wraps(create_task)
    def wrapper(self, coro, **options):
        eager = None
        try:
            at = log.now()
            if self._task_factory is not None or options.get("eager_start"):
                eager = _Eager(self, coro, options.get("name"), at)
        except Exception:
            failed()
        task = None
        try:
            task = create_task(self, coro, **options)
        except BaseException as error:  # without our frame on its way
            error.__traceback__ = error.__traceback__.tb_next
            raise
        finally:
            try:
                if eager is not None:
                    eager.leave(task)
                elif task is not None:
                    _created(task, self, coro, at)
            except Exception:
                failed()
        return task

    return wrapper


def _created(task, loop, coro, at):
    trace = task._source_traceback
    if trace:  # debug mode: without our frame
        del trace[-1]
    if id(task) not in marks:
        tasks_births.born(task, coro, loops.number_of(loop), at, tasks_births.parent_now())


class _Eager:
    """A task that may run before ``create_task`` returns: it has its number and its birth beforehand."""

    def __init__(self, loop, coro, name, at):
        self.ident = get_ident()
        self.coro, self.at, self.loop = coro, at, loop
        self.task_before = task_of.get(self.ident, 0)
        self.cause_before = cause_of.get(self.ident)
        self.thread = log.thread()
        self.number = tasks_births.new_number()
        self.register = None
        if log.m is not None:
            self.register = L.STEP_REGISTER.unpack_from(log.m, self.thread[1])
        tasks_births.write(self.number, coro, log.text(name), loops.number_of(loop), at, self.task_before)
        task_of[self.ident] = self.number
        cause_of[self.ident] = TASK | self.number
        log.begin_step(at, self.number, self.thread)

    def leave(self, task):
        """``create_task`` returned ``task`` (None: it raised): what its creator was doing goes on."""
        end = log.now()
        task_of[self.ident] = self.task_before
        if self.cause_before is None:
            cause_of.pop(self.ident, None)
        else:
            cause_of[self.ident] = self.cause_before
        if self.task_before and self.register is not None:
            log.begin_step(self.register[0], self.task_before, self.thread)
        if task is not None:
            self._settle(task, end)
        else:
            self._step(end, 0, L.REF_CANCELLED << L.REF_SHIFT)

    def _settle(self, task, end):
        """Write what is known now: the name it got, and its first step if it made one."""
        if task.done():  # asked first: get_coro() of a finished eager task crashes CPython 3.12.1 and 3.13.0
            self._name(task)
            self._step(end, 0, awaited.ended(task))
            return
        if id(task) in marks:  # not a new one
            return
        mark = marks[id(task)] = tasks_births.Mark(task, self.number, TASK | self.number)
        mark.name = self._name(task)
        if not getattr(self.coro, "cr_suspended", False):
            return  # not eager: its first step comes in a handle
        site, mark.leaf = where(self.coro)
        future = task._fut_waiter
        self._step(end, site, awaited.reference(future))

    def _name(self, task):
        name = task.get_name()
        log.emit(self.at, 0, L.TASK_NAME | self.thread[0], self.number, tasks_births.name_text(name), 0, 0, 0)
        return name

    def _step(self, end, site, awaits):
        waker = self.cause_before or (L.REF_THREAD << L.REF_SHIFT | self.thread[0] >> L.THREAD_SHIFT)
        if self.task_before:
            waker = TASK | self.task_before
        log.emit(self.at, end - self.at, L.EAGER_STEP | self.thread[0], self.number, site, 0, waker, awaits)


def executor_future(wrap_future, failed):
    """``wrap_future`` that remembers which futures stand for work in an executor."""

    @functools.wraps(wrap_future)
    def wrapper(future, *, loop=None):
        try:
            made = wrap_future(future, loop=loop)
        except BaseException as error:
            error.__traceback__ = error.__traceback__.tb_next
            raise
        try:
            if made is not future:
                number = getattr(future, "_concviz_work", 0) & tasks_births.NUMBER
                marks[id(made)] = tasks_births.Mark(made, 0, _WORK | number)
        except Exception:
            failed()
        return made

    return wrapper
