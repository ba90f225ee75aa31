"""Every step of every task: one register when it begins, one record when it is over.

``Handle._run`` is what the loop calls for each step and each callback; the handle's callback is a bound
method of the task. Handles remember when they were created and what they are an effect of, which is how
long a step was ready, and who woke it. This is the hot path: see ``tests/benchmarks`` before changing it.
"""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns as now

from . import awaited, log, loops, tasks_births
from . import layout as L
from .await_site import where
from .loops import cause_of
from .running import task_of
from .tasks_births import TASK, marks

_pack = L.RECORD.pack_into
_register = L.STEP_REGISTER.pack_into
_AT, _SIZE = L.RECORDS_AT, L.RECORD_SIZE
_THREAD = L.REF_THREAD << L.REF_SHIFT


def observed(run, task_types, failed):
    """``Handle._run`` that records steps.

    Args:
        run: the original. task_types: (the class of most tasks, other classes of tasks).
        failed: called inside an ``except`` when something of ours goes wrong; it restores the originals.
    """
    Task = task_types[0]

    def _run(self, getattr=getattr, type=type, isinstance=isinstance, id=id):
        mark = None
        try:
            task = getattr(self._callback, "__self__", None)
            place = self._loop._concviz
            if type(task) is Task or isinstance(task, task_types):
                mark = marks[id(task)]
                cause_of[place.ident] = mark.ref
                task_of[place.ident] = mark.number
                t0 = now()
                _register(log.m, place.register, t0, mark.number, place.thread)
            else:
                cause_of[place.ident] = self._concviz_by or awaited.callback(self)
        except Exception:
            try:
                mark, place, t0 = _begin_slowly(self, task, isinstance(task, task_types))
            except Exception:
                failed()
        try:
            run(self)
        except BaseException as error:  # KeyboardInterrupt or SystemExit, without our frame on its way
            error.__traceback__ = error.__traceback__.tb_next
            raise
        finally:
            if mark is not None:
                try:
                    _end(self, task, mark, place, t0)
                except Exception:
                    failed()

    return _run


def _begin_slowly(handle, task, is_task):
    """What ``_run`` does first, where the loop, the task or the log isn't known (any more)."""
    loop = handle._loop
    place = getattr(loop, "_concviz", None)
    if place is None or place.ident != get_ident():
        place = loops.place_of(loop)
    if not is_task:
        cause_of[place.ident] = handle._concviz_by or awaited.callback(handle)
        return None, place, 0
    mark = marks.get(id(task))
    if mark is None:  # made by calling the class, or before we were there
        by = handle._concviz_by
        parent = by & tasks_births.NUMBER if by >> L.REF_SHIFT == L.REF_TASK else 0
        mark = tasks_births.born(task, task.get_coro(), place.loop, handle._concviz_at or now(), parent)
    cause_of[place.ident] = TASK | mark.number
    task_of[place.ident] = mark.number
    t0 = now()
    log.begin_step(t0, mark.number, log.thread())
    return mark, place, t0


def _end(handle, task, mark, place, t0):
    """The step is over: where the task stands now, and for what."""
    t1 = now()
    task_of[place.ident] = 0
    future = task._fut_waiter
    if future is None and task.done():
        site, awaits = 0, awaited.ended(task)
        marks.pop(mark.key, None)
        tasks_births.check_name(mark, task)
    else:
        leaf = mark.leaf
        site = 0
        if leaf is not None:
            site, below = where(leaf)
        if not site:
            site, below = first_site(mark, task)
        mark.leaf = below
        if future is None:
            awaits = awaited.READY
        else:
            known = marks.get(id(future))
            awaits = known.ref if known is not None else awaited.future(future)
    at = handle._concviz_at
    i = log.nxt()
    try:
        _pack(log.m, _AT + i * _SIZE, t0, t1 - t0, place.step,
              mark.number, site, t0 - at if at else 0, handle._concviz_by, awaits, i + 1)
    except Exception:
        log._emit_slowly(i, t0, t1 - t0, place.step,
                         mark.number, site, t0 - at if at else 0, handle._concviz_by, awaits)


def first_site(mark, task):
    """Site from the top of the chain: at a task's first step, and when the innermost coroutine is finished."""
    if mark.leaf is None:
        tasks_births.check_name(mark, task)
    return where(task.get_coro())


def handle_class(base, failed):
    """A subclass of a class of handles that knows when a handle was created, and as an effect of what."""
    begin = base.__init__

    class Handle(base):  # type: ignore[misc, valid-type]
        __slots__ = ("_concviz_at", "_concviz_by")

        def __init__(self, callback, args, loop, context=None):
            begin(self, callback, args, loop, context)
            if self._source_traceback:  # debug mode: without our frame
                del self._source_traceback[-1]
            self._concviz_at = now()
            try:
                self._concviz_by = cause_of[get_ident()]
            except KeyError:  # a thread without a loop, or before its loop runs
                self._concviz_by = _THREAD | log.thread()[0] >> L.THREAD_SHIFT

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(Handle, name, getattr(base, name))
    Handle.__init__.__wrapped__ = begin  # type: ignore[attr-defined]
    return Handle
