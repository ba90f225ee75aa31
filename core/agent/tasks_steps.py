"""Every step of every task: one register when it begins, one record when it is over.

``Handle._run`` is what the loop calls for each step and each callback; the handle's callback is a bound
method of the task. Handles remember when they were created and what they are an effect of, which is how
long a step was ready, and who woke it. This is the hot path: see ``tests/benchmarks`` before changing it.
"""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns as now
from types import CoroutineType

from . import await_site, awaited, log, loops, tasks_births
from . import layout as L
from .awaited import READY
from .running import places
from .tasks_births import marks, works
from .waits import hide

_pack = L.RECORD.pack_into
assert (L.STEP_T0, L.STEP_TASK) == (0, 1)  # written out below, where it is hot
_FUTURE = L.REF_FUTURE << L.REF_SHIFT
_LOW = (1 << L.REF_SHIFT) - 1
_THREAD = L.REF_THREAD << L.REF_SHIFT
_TIMER = L.REF_TIMER << L.REF_SHIFT


def observed(run, task_types, Future, Timer, failed):
    """``Handle._run`` that records steps.

    Args:
        run: the original. task_types: the classes of tasks. Future: the class of plain futures.
        Timer: the class of timers' handles.
        failed: called inside an ``except`` when something of ours goes wrong; it restores the originals.
    """

    strangers: set = set()  # types that are no tasks (the program's own would be kept alive by it)
    # One long function: each call of a helper would cost more than what it does. Names that never change
    # are bound as defaults; ``log.m`` and ``log.nxt`` change at a fork.
    def _run(self, id=id, type=type, get=marks.get, now=now, log=log, Coroutine=CoroutineType):
        mark = None
        try:
            callback = self._callback
            task = getattr(callback, "__self__", None)
            place = self._loop._concviz
            mark = get(id(task))
            if mark is None and type(task) not in strangers:
                if isinstance(task, task_types):
                    mark = first_seen(self, task)
                elif type(task).__module__.startswith(("asyncio", "builtins")):
                    strangers.add(type(task))
            if mark is None:
                place.cause = self._concviz_by or awaited.callback(self)
            else:
                place.cause = mark.ref
                place.task = number = mark.number
                words = place.words
                words[1] = number
                t0 = words[0] = now()
        except Exception:
            try:
                mark, place, t0 = begin(self, task, task_types)
                number = mark.number if mark is not None else 0
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
            return
        try:
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
                site = None
                leaf = mark.leaf()
                if leaf is not None:
                    below = leaf.cr_await
                    if below is not None:
                        known = mark.sites.get(leaf.cr_frame.f_lasti)
                        if known is not None:
                            awaits = below.cr_code if type(below) is Coroutine else type(below)
                            site = known[1] if known[0] is awaits else known[2].get(id(awaits))
                if site is None:
                    site, awaits = stand(mark, task, future)
                elif future is None:
                    awaits = READY
                else:
                    key = id(future)
                    known = get(key)
                    if known is not None:
                        awaits = known.ref
                    elif type(future) is Future and key not in works:
                        awaits = _FUTURE | key >> 4 & _LOW  # as awaited.future
                    else:
                        awaits = tasks_births.reference(future)
                since = self._concviz_at
                ready = t0 - since if since else 0
                at = log.nxt()
                try:
                    _pack(log.m, at, t0, t1 - t0, place.step,
                          number, site, ready, self._concviz_by, awaits, at)
                except Exception:
                    log.emit_slowly(at, t0, t1 - t0, place.step,
                                    number, site, ready, self._concviz_by, awaits)
            except Exception:
                failed()
            self = None  # as the original does: break cycles

    return _run


def _raised(handle, run, error):
    """A step let an exception out, which the loop's own calls may do: the original reports it."""
    callback, args = handle._callback, handle._args

    def again():
        handle._callback, handle._args = callback, args
        raise error

    handle._callback, handle._args = again, ()
    run(handle)


def late(timer, run):
    """Run a timer's callback. Whom it wakes was ready since it was due, though the loop was busy then.

    (Not since before the loop last idled: a selector may sleep a millisecond longer than it was asked to.)
    """
    ready, before, since = (), 0, 0
    try:
        loop = timer._loop
        ready, before = loop._ready, len(loop._ready)
        since = max(now() - int((loop.time() - timer._when) * 1e9), loop._concviz.awake)
    except Exception:  # a loop of somebody else's
        pass
    try:
        run(timer)
    except BaseException as error:
        hide(error)
        raise
    finally:
        try:
            for i in range(before, len(ready)):
                if ready[i]._concviz_by == _TIMER and 0 < since < ready[i]._concviz_at:
                    ready[i]._concviz_at = since
        except Exception:
            pass


def begin(handle, task, task_types):
    """What ``_run`` does first, in full: where the loop or our log isn't known (any more), and for uvloop."""
    loop = handle._loop
    place = loop._concviz or loops.place_of(loop)
    mark = marks.get(id(task))
    if mark is None and isinstance(task, task_types):
        mark = first_seen(handle, task)
    if mark is None:
        place.cause = handle._concviz_by or awaited.callback(handle)
        return None, place, 0
    place.cause = mark.ref
    place.task = mark.number
    t0 = now()
    log.begin_step(t0, mark.number, (0, place.words))
    return mark, place, t0


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
    if mark.leaf() is None:  # its first step, mostly
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


def cause_now():
    """What a handle created now by this thread is an effect of."""
    place = places.get(get_ident())
    return place.cause if place is not None else _THREAD | log.thread()[0] >> L.THREAD_SHIFT


def handle_class(base):
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
                self._concviz_by = places[get_ident()].cause
            except KeyError:  # a thread without a loop, or before its loop runs
                self._concviz_by = cause_now()

    _dress(Handle, base)
    Handle.__init__.__wrapped__ = begin  # type: ignore[attr-defined]
    return Handle


SCHEDULING = ("events", "Handle", "_source_traceback", "_ready", "append")  # what _call_soon's code refers to


def call_soon(base):
    """``BaseEventLoop._call_soon``, by which all but a few handles are made, with our handles.

    It does the original's few lines itself (CPython 3.9 to 3.14 agree on them; ``SCHEDULING`` is checked):
    a class of handles with an ``__init__`` of ours would cost another call for each.
    """

    class Handle(base):  # type: ignore[misc, valid-type]
        __slots__ = ("_concviz_at", "_concviz_by")

    _dress(Handle, base)

    def _call_soon(self, callback, args, context, now=now, get_ident=get_ident, places=places):
        handle = Handle(callback, args, self, context)
        try:
            handle._concviz_by = places[get_ident()].cause
        except KeyError:  # a thread without a loop, or before its loop runs
            handle._concviz_by = cause_now()
        handle._concviz_at = now()
        if handle._source_traceback:
            del handle._source_traceback[-1]
        self._ready.append(handle)
        return handle

    return _call_soon


def _dress(cls, base):
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(cls, name, getattr(base, name))
