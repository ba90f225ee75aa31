"""Every step of every task: one register when it begins, one record when it is over.

``Handle._run`` is what the loop calls for each step and each callback; the handle's callback is a method
of the task. This is the hot path: see ``tests/benchmarks`` before changing it.
"""

from __future__ import annotations

from time import perf_counter_ns as now
from types import CoroutineType, FunctionType, MethodType

from . import await_site, awaited, log, loops, tasks_births
from . import layout as L
from .awaited import READY
from .blame import pass_on
from .tasks_births import mark_of
from .tasks_handles import late
from .waits import hide

_pack = L.RECORD.pack_into
assert (L.STEP_T0, L.STEP_TASK) == (0, 1)  # written out below, where it is hot
_FUTURE = L.REF_FUTURE << L.REF_SHIFT
_LOW = (1 << L.REF_SHIFT) - 1


def observed(run, task_types, Future, Timer, failed):
    """``Handle._run`` that records steps.

    Args:
        run: the original. task_types: the classes of tasks, the compiled one first. Future: the class of
            plain futures. Timer: the class of timers' handles.
        failed: called inside an ``except`` when something of ours goes wrong; it restores the originals.
    """
    Task, PyTask = task_types[0], task_types[-1]
    Function, Method, Coroutine = FunctionType, MethodType, CoroutineType
    step = wakeup = object()  # types of a compiled task's callbacks, known when met

    # One long function: each call of a helper would cost more than what it does. Names that never change
    # are bound as defaults; ``log.m`` and ``log.nxt`` change at a fork.
    def _run(self, type=type, now=now, log=log):
        nonlocal step, wakeup
        mark = None
        try:
            callback = self._callback
            kind = type(callback)
            if kind is step:
                task = callback.__self__
                mark = task._concviz
            elif kind is wakeup:
                task = callback.__self__
                if type(task) is Task:
                    (future,) = self._args  # (``task.cancel`` is of that type, too)
                    if future is task._fut_waiter:
                        mark = task._concviz
            if mark is not None:
                place = mark.place
                words = place.words
                words[1] = place.task = number = mark.number
                place.cause = mark.ref
                t0 = words[0] = now()
            elif kind is Function or (kind is Method and not isinstance(callback.__self__, PyTask)):
                self._loop._concviz.cause = self._concviz_by or awaited.callback(self)
            else:
                raise LookupError
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            try:  # not met before, or in another place
                pass_on(error)
                task, mark, place, t0 = begin(self, task_types)
                if mark is not None:
                    number = mark.number
                    if type(task) is Task and kind is not Method:
                        step, wakeup = (step, kind) if self._args else (kind, wakeup)
                    kind = None
            except Exception:
                mark = None
                failed()
        except Exception:
            mark = None
            failed()
        if mark is None:
            try:
                if type(self) is Timer:
                    late(self, run)
                else:
                    run(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                self = callback = None
            return
        try:
            if kind is step:
                self._context.run(callback)
            elif kind is wakeup:
                self._context.run(callback, future)
            else:
                self._context.run(callback, *self._args)
        except (SystemExit, KeyboardInterrupt) as error:  # the end of the loop
            hide(error)
            raise
        except BaseException as error:
            _raised(self, run, error)
        finally:
            try:
                t1 = now()
                place.task = 0
                future = task._fut_waiter
                leaf = mark.leaf
                below = leaf.cr_await
                site = None
                if below is not None:
                    known = mark.sites.get(leaf.cr_frame.f_lasti)
                    if known is not None:
                        awaits = below.cr_code if type(below) is Coroutine else type(below)
                        site = known[1] if known[0] is awaits else known[2].get(id(awaits))
                if site is None:
                    site, awaits = stand(mark, task, future)
                elif future is None:
                    awaits = READY
                elif type(future) is Future and getattr(future, "_concviz", None) is None:
                    awaits = _FUTURE | hash(future) & _LOW  # as awaited.future
                else:
                    awaits = tasks_births.reference(future)
                since = self._concviz_at
                ready = t0 - since if since else 0
                at = log.nxt()
                try:
                    _pack(log.m, at, t0, t1 - t0, place.step,
                          number, site, ready, self._concviz_by, awaits, at)
                except log.UNPACKED:
                    log.emit_slowly(at, t0, t1 - t0, place.step,
                                    number, site, ready, self._concviz_by, awaits)
            except Exception:
                failed()
            # A traceback may lead to this frame: as in the original, it keeps neither handle nor task alive.
            self = callback = task = leaf = None

    return _run


def _raised(handle, run, error):
    """A step let an exception out, which the loop's own calls may do: the original reports it."""
    callback, args = handle._callback, handle._args

    def again():
        handle._callback, handle._args = callback, args
        raise error

    handle._callback, handle._args = again, ()
    run(handle)


def task_of(callback, task_types):
    """The task whose step a callback is, None for any other: ``task.cancel`` is a method of a task, too."""
    task = getattr(callback, "__self__", None)
    if not isinstance(task, task_types):
        return None
    name = getattr(callback, "__name__", None) or type(callback).__name__
    return task if name in _STEPS else None


# compiled tasks' (a wake-up has a type of its own before CPython 3.10), and Python ones'
_STEPS = ("TaskStepMethWrapper", "TaskWakeupMethWrapper", "task_wakeup", "__step", "__wakeup")


def begin(handle, task_types):
    """What ``_run`` does first, in full: for what it has not met or can't know, and for uvloop.

    Returns:
        (task, mark, place, t0_ns); task and mark are None where the callback isn't a step.
    """
    loop = handle._loop
    place = loop._concviz or loops.place_of(loop)
    task = task_of(handle._callback, task_types)
    if task is None:
        place.cause = handle._concviz_by or awaited.callback(handle)
        return None, None, place, 0
    mark = mark_of(task) or first_seen(handle, task)
    mark.place = place
    place.cause = mark.ref
    place.task = mark.number
    t0 = now()
    log.begin_step(t0, mark.number, (0, place.words))
    return task, mark, place, t0


def first_seen(handle, task):
    """Register a task that was made by calling its class, or before we were there."""
    by = handle._concviz_by
    parent = by & tasks_births.NUMBER if by >> L.REF_SHIFT == L.REF_TASK else 0
    loop = loops.number_of(handle._loop)
    return tasks_births.born(task, task.get_coro(), loop, handle._concviz_at or now(), parent)


def stand(mark, task, future):
    """Where a task stands after a step, and for what, by a walk down its chain: (site, reference)."""
    if future is None and task.done():
        return 0, tasks_births.over(mark, task)
    if mark.leaf.cr_await is None:  # its first step, mostly
        tasks_births.check_name(mark, task)
    return await_site.find(mark, task), tasks_births.reference(future)


def end(handle, task, mark, place, t0, failed):
    """A step is over: its record. (For uvloop; ``_run`` has the same in it.)"""
    try:
        t1 = now()
        place.task = 0
        site, awaits = stand(mark, task, task._fut_waiter)
        ready = t0 - handle._concviz_at if handle._concviz_at else 0
        log.emit(t0, t1 - t0, place.step, mark.number, site, ready, handle._concviz_by, awaits)
    except Exception:
        failed()
