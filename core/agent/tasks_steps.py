"""Every step of every task: one register when it begins, one record when it is over.

``Handle._run`` is what the loop calls for each step and each callback; the handle's callback is a method
of the task. This is the hot path: see ``tests/benchmarks`` before changing it.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns as now
from types import CoroutineType, FunctionType, MethodType

from . import await_site, awaited, frames, log, loops, tasks_births
from . import layout as L
from .awaited import FUTURE, READY
from .blame import pass_on
from .tasks_births import mark_of
from .tasks_handles import TIMER, late
from .waits import hide

_pack = L.STEP_RECORD.pack_into
assert (L.STEP_T0, L.STEP_TASK) == (0, 1)  # written out below, where it is hot

# What ``observed`` was told. Globals: a function that closes over them would copy them at every step.
_task_types: tuple = ()
_Task = _PyTask = _Future = _Timer = _original = _failed = None  # type: ignore[var-annotated]
executors_used = False  # only then a plain future may have a mark
_step = _wakeup = object()  # types of a compiled task's callbacks, known when met


def observed(run, task_types, Future, Timer, failed):
    """``Handle._run`` that records steps.

    Args:
        run: the original. task_types: the classes of tasks, the compiled one first. Future: the class of
            plain futures. Timer: the class of timers' handles.
        failed: called inside an ``except`` when something of ours goes wrong; it restores the originals.
    """
    global _task_types, _Task, _PyTask, _Future, _Timer, _original, _failed
    _task_types, _Task, _PyTask = task_types, task_types[0], task_types[-1]
    _original, _Future, _Timer, _failed = run, Future, Timer, failed
    return frames.like(_run, run, _line_of_call(run))


def _line_of_call(run):
    """The line of ``Handle._run`` that calls the callback: a handle looks where it is called from."""

    class Asks:
        _context = _callback = _args = ()

        def run(self, callback):
            self.line = sys._getframe(1).f_lineno

    handle = Asks()
    handle._context = handle
    run(handle)
    return handle.line


# One long function: each call of a helper, and each name set in vain, would cost more than what it does.
# Tracebacks lead to its frame, be it as the one a finished coroutine ran in: as in the original, it keeps
# neither handle nor task alive then.
def _run(self):
    try:
        since = self._concviz_at
        if since:
            callback = self._callback
            kind = type(callback)
            if kind is _wakeup:
                task = callback.__self__
                (future,) = self._args
                mark = task._concviz if future is task._fut_waiter else None  # (it may be ``task.cancel``)
            elif kind is _step:
                task = callback.__self__
                mark = task._concviz
            else:
                mark = None
            if mark is not None:
                place = mark.place
                place.mark = mark
                words = place.words
                words[1] = mark.number
                t0 = words[0] = now()
            elif kind is FunctionType or (kind is MethodType and not isinstance(callback.__self__, _PyTask)):
                place = self._loop._concviz
                place.mark = other = place.other
                other.ref = self._concviz_by
                other.awake = 0
            else:
                raise LookupError
        else:  # a timer's, or a file descriptor's, mostly
            kind = mark = None
            place = self._loop._concviz
            place.mark = other = place.other
            other.ref = by = self._concviz_by
            if by is TIMER:
                other.awake = 0
                if type(self) is _Timer:
                    kind = late
            elif by:
                other.awake = place.awake  # whom data makes ready, is so since the selector told
            else:
                raise LookupError
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        try:  # not met before, or in another place
            pass_on(error)
            task, mark, place, t0 = begin(self, _task_types)
            if mark is not None:
                if type(task) is _Task and kind not in (None, MethodType):
                    _learn(kind, self._args)
                kind = None
        except Exception:
            mark = place = None
            _failed()
    except Exception:
        mark = place = None
        _failed()
    if mark is None:
        try:
            if kind is late:
                late(self, _original)
            else:
                self._context.run(self._callback, *self._args)
        except BaseException as error:
            try:
                if kind is late:
                    raise
                _raised(self, error)
            except BaseException as error:  # the end of the loop
                hide(error)
                raise
            finally:
                self = callback = None
        self = callback = None
        if place is not None:
            place.mark = place.between
        return
    try:
        try:
            if kind is _wakeup:
                self._context.run(callback, future)
            elif kind is _step:
                self._context.run(callback)
            else:
                self._context.run(self._callback, *self._args)
        except (SystemExit, KeyboardInterrupt) as error:  # the end of the loop
            hide(error)
            raise
        except BaseException as error:
            _raised(self, error)
        finally:
            try:
                future = task._fut_waiter
                if future is not None:
                    t1 = now()
                leaf = mark.leaf
                below = leaf.cr_await
                if (
                    below is not None
                    and (below.cr_code if type(below) is CoroutineType else type(below)) is mark.awaits
                    and leaf.cr_frame.f_lasti == mark.resumes_at
                ):
                    stands = mark.stands
                    if future is None:
                        t1 = mark.last  # it has just had its next step scheduled
                        awaits = READY
                    elif type(future) is _Future and (
                        not executors_used or getattr(future, "_concviz", None) is None
                    ):
                        awaits = FUTURE
                    else:
                        awaits = tasks_births.reference(future)
                else:
                    if future is None:
                        t1 = now()
                    stands, awaits = stand(mark, task, future)
                at = next(log.offsets)
                try:
                    _pack(log.m, at, t0, t1 - t0, stands, t0 - since, self._concviz_by, awaits, at)
                except log.UNPACKED:
                    _emit_slowly(at, t0, t1, stands, self, awaits)
                place.mark = place.between
                if below is None:  # the task is over, mostly
                    self = callback = task = leaf = future = None
            except Exception:
                _failed()
    except BaseException:
        self = callback = task = leaf = below = future = None
        raise


def _emit_slowly(at, t0, t1, stands, handle, awaits):
    """A step's record that does not fit: the log is at its end, a time too long, since when not known (0).

    (Or its end seems to lie before its begin: its loop has scheduled the next step in a way of its own.)
    """
    since = handle._concviz_at
    if t1 < t0:
        t1 = now()
    log.emit_slowly(at, t0, t1 - t0, *L.STANDS.unpack(stands),
                    t0 - since if since else 0, handle._concviz_by, awaits)


def _learn(kind, args):
    """Remember the type of a compiled task's callback: with an argument, the future, it is a wake-up."""
    global _step, _wakeup
    if args:
        _wakeup = kind
    else:
        _step = kind


def _raised(handle, error):
    """A callback let an exception out, for the original to report or to raise: to it, as if from itself.

    It calls the ``result`` of a future in C that has the exception, which leaves no frame of its own in the
    traceback, and finds the callback back when it says whose the exception is.
    """
    kind, called = type(handle), []

    class Raising(kind):  # type: ignore[misc, valid-type]
        __slots__ = ()

        @property
        def _callback(self):
            return called.pop()

        @property
        def _args(self):
            self.__class__ = kind
            return ()

    error.__traceback__ = error.__traceback__.tb_next  # from our ``_run`` on
    called.append(_raiser(error, handle._loop))
    handle.__class__ = Raising
    _original(handle)


def _raiser(error, loop):
    """A function that raises ``error``."""
    if isinstance(error, StopIteration):  # which no future takes

        def stop():
            raise error

        return stop
    future = _Future(loop=loop)
    future.set_exception(error)
    return future.result


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
        place.runs(handle._concviz_by or awaited.callback(handle))
        return None, None, place, 0
    mark = mark_of(task) or first_seen(handle, task)
    if mark.place is not place:
        mark.place, mark.awaits = place, None
    place.mark = mark
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
    """Where a task stands after a step, and for what, if need be by a walk down its chain.

    Returns:
        (as ``await_site.stands``, reference)
    """
    below = mark.leaf.cr_await
    if below is not None:
        stands = await_site.known(mark, below.cr_code if type(below) is CoroutineType else type(below))
        if stands is not None:
            return stands, tasks_births.reference(future)
    if future is None and task.done():
        return await_site.stands(mark, 0), tasks_births.over(mark, task)
    if below is None:  # its first step, mostly
        tasks_births.check_name(mark, task)
    return await_site.stands(mark, await_site.find(mark, task)), tasks_births.reference(future)


def end(handle, task, mark, place, t0, failed):
    """A step is over: its record. (For uvloop; ``_run`` has the same in it.)"""
    try:
        t1 = now()
        place.mark = place.other
        stands, awaits = stand(mark, task, task._fut_waiter)
        _emit_slowly(next(log.offsets), t0, t1, stands, handle, awaits)
    except Exception:
        failed()
