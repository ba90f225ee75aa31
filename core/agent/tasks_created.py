"""``create_task``: the birth of a task, and the step that an eager one makes inside its creator's step."""

from __future__ import annotations

import functools
import sys
from _thread import get_ident

from . import await_site, awaited, log, loops, tasks_births, tasks_steps
from . import layout as L
from .running import Mark, places
from .tasks_births import TASK, mark_of

_WORK = L.REF_WORK << L.REF_SHIFT


def observed(create_task, failed):
    """``BaseEventLoop.create_task`` that writes births; ``failed`` is called inside an ``except``."""

    @functools.wraps(create_task)
    def wrapper(self, coro, **options):
        eager = None
        try:
            at = log.now()
            if self.get_task_factory() is not None or options.get("eager_start"):
                eager = _Eager(self, coro, options.get("name") or _name_to_come(), at)
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
                if getattr(task, "_source_traceback", None):  # debug mode: without our frame
                    del task._source_traceback[-1]
                if eager is not None:
                    eager.leave(task)
                elif task is not None:
                    _created(task, self, coro, at)
            except Exception:
                failed()
        try:
            return task
        finally:
            task = None  # the traceback of an eager task leads to this frame

    return wrapper


def _created(task, loop, coro, at):
    if mark_of(task) is None:
        number = loops.number_of(loop)
        mark = tasks_births.born(task, coro, number, at, tasks_births.parent_now(), _name_to_come(2))
        mark.place = loop._concviz


def _name_to_come(depth=1):
    """The name that ``asyncio.create_task`` or a task group gives the task, until 3.12 only afterwards."""
    if sys.version_info >= (3, 13):
        return None
    frame = sys._getframe(depth + 1)
    if frame.f_code.co_name == "create_task" and frame.f_globals.get("__package__") == "asyncio":
        return frame.f_locals.get("name")
    return None


class _Eager:
    """A task that may run before ``create_task`` returns: it has its number and its birth beforehand."""

    def __init__(self, loop, coro, name, at):
        self.coro, self.at, self.name = coro, at, name
        self.thread = log.thread()
        self.number = tasks_births.new_number()
        self.creator_t0 = 0
        self.task_before = self.cause_before = 0
        self.before = None
        self.place = place = places.get(get_ident())
        if place is not None:
            self.before = place.mark
            self.task_before, self.cause_before = place.mark.number, place.mark.ref
            if self.task_before:
                self.creator_t0 = place.words[L.STEP_T0]
            place.mark = Mark(None, self.number, TASK | self.number)
        tasks_births.write(self.number, coro, log.text(name), loops.number_of(loop), at, self.task_before)
        log.begin_step(at, self.number, self.thread)

    def leave(self, task):
        """``create_task`` returned ``task`` (None: it raised): what its creator was doing goes on.

        A factory of the program's may return anything; what is no task makes no steps.
        """
        end = log.now()
        if self.place is not None:
            self.place.mark = self.before
            self.before.ref = self.cause_before
        log.begin_step(self.creator_t0, self.task_before, self.thread)
        if hasattr(task, "get_coro"):
            self._settle(task, end)
        else:
            self._step(end, 0, L.REF_CANCELLED << L.REF_SHIFT)

    def _settle(self, task, end):
        """Write what is known now: the name it got, and its first step if it made one."""
        if task.done():  # asked first: get_coro() of a finished eager task crashes CPython 3.12.1 and 3.13.0
            self._name(task)
            self._step(end, 0, awaited.ended(task))
            return
        if mark_of(task) is not None:  # not a new one
            return
        mark = Mark(task, self.number, TASK | self.number)
        mark.name = self._name(task)
        if not getattr(self.coro, "cr_suspended", False):
            return  # not eager: its first step comes in a handle
        self._step(end, await_site.find(mark, task), tasks_births.reference(task._fut_waiter))

    def _name(self, task):
        name = task.get_name() if self.name is None else str(self.name)
        if self.name is None:
            text = tasks_births.name_text(name)
            log.emit(self.at, 0, L.TASK_NAME | self.thread[0], self.number, text, 0, 0, 0)
        return name

    def _step(self, end, site, awaits):
        waker = self.cause_before or (L.REF_THREAD << L.REF_SHIFT | self.thread[0] >> L.THREAD_SHIFT)
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
                tasks_steps.executors_used = True
                Mark(made, 0, _WORK)
        except Exception:
            failed()
        return made

    return wrapper
