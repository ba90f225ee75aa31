"""asyncio while held: a gate in front of every handle, where the controller may choose another one.

A loop that waits for its turn looks at its selector from time to time, so that what arrives meanwhile can be
chosen, too. Its clock stands still: a timeout of the program's is not used up by somebody who thinks.
"""

from __future__ import annotations

import functools
import heapq
import select
from types import MethodType

from . import (
    gates,
    gates_worker,
    hold_clock,
    hold_reads,
    log,
    loops,
    loops_idle,
    tasks_births,
    tasks_handles,
    tasks_steps,
)
from . import layout as L
from .blame import pass_on
from .hold_clock import clock_of
from .imports import when_imported
from .patches import Patches
from .waits import hide

_gates = Patches("hold tasks")  # in place while the program is held
_LOOK_MS = 30  # how often a parked loop looks what has arrived
_A_HANDLE_S = 50e-6  # what a handle takes by a held loop's clock: something, for loops that poll it
_READ, _WRITE = 1, 2  # masks of a selector's events
_AGAIN = 2  # FLAGS of a list that replaces the one before, in the same wait
_WRAPPERS = ("TaskStepMethWrapper", "TaskWakeupMethWrapper")  # types of a C task's callbacks
_METHODS = ("task_wakeup", "__step", "__wakeup")
_task_types: tuple = ()
_seen = False  # loops look whether the program is held
_ungated: dict = {}  # class of handles -> its ``_run`` without a gate


def _gated(run):
    """``Handle._run`` that waits for its turn while the program is held, and makes way when it is not."""

    def _run(self):
        try:
            if not log.control[0]:
                _rest()
                run(self)
            else:
                chosen = _turn(self)
                if chosen is not None:
                    _run_held(chosen, next(_ungated[cls] for cls in type(chosen).__mro__ if cls in _ungated))
        except BaseException as error:
            hide(error)
            raise
        finally:
            self = chosen = None  # as the original does: break cycles

    return functools.wraps(run)(_run)


def _arm():
    """The program is held from now on: the gates are put in place."""
    try:
        _let(None)
        _gates.resume()
    except Exception as error:
        pass_on(error)


def _rest():
    """The program is not held: no handle has to pass a gate, until a loop sees that it is held again."""
    try:
        if _seen:
            _gates.suspend()
            _let(_arm)
    except Exception as error:
        pass_on(error)


def _let(arm):
    loops_idle.arm = tasks_handles.arm = arm


def _run_held(handle, run):
    """Run a chosen handle. If it blocks its loop, the timers that come due meanwhile are late."""
    over = None
    try:
        over = _begins(handle._loop, getattr(handle, "_when", None), gates.here())
    except Exception as error:  # a loop of somebody else's
        pass_on(error)
    try:
        run(handle)
    finally:
        hold_reads.unlimit()
        try:
            if over is not None:
                over()
        except Exception as error:
            pass_on(error)


def _begins(loop, when, me):
    """What to do when a handle, a timer if it has a ``when``, is over.

    (For how long it waited for turns within, as before a lock, does not count.)
    """
    ready, parked_ns = loop._ready, me.parked_ns
    clock, before = clock_of(loop), len(ready)
    began, due_ns = hold_clock.busy_s(clock.real), clock.late_since(when)

    def over():
        took = hold_clock.busy_s(clock.real) - began - (me.parked_ns - parked_ns) / 1e9
        if took >= hold_clock.LONG_S:
            clock.blocked(took)
        for woken in list(ready)[before:] if due_ns else ():
            if due_ns < getattr(woken, "_concviz_at", 0):
                woken._concviz_at = due_ns

    return over


def _turn(handle):
    """The handle to run now instead of ``handle``, which is back in the queue then; None: none."""
    me = gates.worker()
    ready = getattr(handle._loop, "_ready", None)
    if me is None or ready is None:
        return handle
    clock = clock_of(handle._loop)
    clock.stop()
    me.parks()
    try:
        _watch_selector(handle._loop)
        return _choose(me, handle._loop, ready, handle)
    except BaseException as error:
        try:
            gates_worker.failed(me, error)
        except BaseException:
            ready.appendleft(handle)  # Ctrl-C came before its turn
            raise
        return None if handle._cancelled else handle
    finally:
        me.goes()
        clock.passes(_A_HANDLE_S)


def _choose(me, loop, ready, handle):
    """Send the list of ready handles, and again when it has changed, until the controller answers."""
    lists, said, flags = {}, None, 0
    number = loops.number_of(loop)
    answers = select.poll()
    answers.register(me.line.fileno(), select.POLLIN)
    while True:
        handles = [h for h in (handle, *ready.copy()) if not h._cancelled]
        if not handles:  # it was cancelled meanwhile: the loop would have passed over it
            me.forget()
            return None
        sizes = list(map(hold_reads.found, handles))
        now = list(zip(map(id, handles), sizes))
        if now != said:
            me.lists += 1
            lists[me.lists], said = handles, now
            me.say("loop", number, flags, *map(_item, range(len(handles)), handles, sizes))
            flags = _AGAIN
        if answers.poll(_LOOK_MS):
            return _take(me.line.answer(), lists, ready, handle)
        _look(loop, handles)
        if log.control[1] == L.TIME_OF_LOOPS:
            clock_of(loop).passes(_LOOK_MS / 1e3)
            _queue_due(loop, ready)


def _queue_due(loop, ready):
    """Queue the timers that have come due, as the loop itself does in its next turn."""
    scheduled, now = loop._scheduled, loop.time() + loop._clock_resolution
    while scheduled and scheduled[0]._when < now:
        timer = heapq.heappop(scheduled)
        timer._scheduled = False
        if timer._cancelled:
            loop._timer_cancelled_count -= 1
        else:
            ready.append(timer)


def _take(answer, lists, ready, handle):
    """Take the chosen handle out of the queue and put ``handle`` back into its place."""
    chosen = handle
    if answer[0] == "run":
        chosen = lists[int(answer[1])][int(answer[2])]
    if chosen is not handle:
        ready.appendleft(handle)
        at = next((i for i, h in enumerate(ready.copy()) if h is chosen), None)
        if at is None:
            return None
        del ready[at]
    if chosen._cancelled:
        return None
    if len(answer) > 3:
        hold_reads.limit(chosen, int(answer[3]))
    return chosen


def _item(index, handle, size=None):
    """A handle as the controller gets it: ``index:kind:task:since_ns:size:text``."""
    callback = handle._callback
    since = getattr(handle, "_concviz_at", 0)
    if _is_step(callback):
        return "%d:t:%d:%d::" % (index, _number(handle, callback.__self__), since)
    kind = "m" if hasattr(handle, "_when") else "c"
    callback = getattr(callback, "func", callback)
    name = getattr(callback, "__qualname__", None) or type(callback).__qualname__
    there = "" if size is None else size
    return "%d:%s:0:%d:%s:%s%s" % (index, kind, since, there, name, _descriptor(callback, handle._args))


def _descriptor(callback, args):
    """What tells the callbacks of one transport from another's, in a later run, too: ``" fd 7"``."""
    fd = None
    try:
        if type(callback) is MethodType:
            if type(callback.__self__).__module__ == "asyncio.selector_events":  # a transport
                fd = getattr(callback.__self__, "_sock_fd", None)
            elif callback.__name__ == "_sock_connect_cb":
                fd = args[1].fileno()
            elif callback.__name__ == "_sock_write_done":
                fd = args[0]
    except (AttributeError, LookupError, TypeError):  # in another version of asyncio
        pass
    return " fd %d" % fd if type(fd) is int else ""


def _is_step(callback):
    """True for what makes a task's step; ``task.cancel`` as a callback does not."""
    if type(callback).__name__ in _WRAPPERS:
        return True
    return getattr(callback, "__name__", "") in _METHODS and isinstance(callback.__self__, _task_types)


def _number(handle, task):
    try:
        return (tasks_births.mark_of(task) or tasks_steps.first_seen(handle, task)).number
    except Exception as error:
        pass_on(error)
        return 0


def _look(loop, queued):
    """Queue what has arrived at the loop's selector; a descriptor whose handle is in the queue waits."""
    selector = loop._selector
    function = type(selector).select
    try:
        events = getattr(function, "__wrapped__", function)(selector, 0)
    except OSError:  # the loop's own select will say so
        return
    loop._process_events(_unqueued(events, queued))


def _unqueued(events, queued):
    """``events`` of a selector without those whose handles are queued already."""
    known = set(map(id, queued))
    rest = []
    for key, mask in events:
        reader, writer = key.data
        mask &= ~((id(reader) in known) * _READ | (id(writer) in known) * _WRITE)
        if mask:
            rest.append((key, mask))
    return rest


def _watch_selector(loop):
    """While this loop runs, its selector tells the controller that it idles, and tells nothing twice."""
    selector, clock = loop._selector, clock_of(loop)
    select_now = selector.select
    if getattr(select_now, "_concviz_held", False):
        return

    @functools.wraps(select_now)
    def watched(timeout=None):
        try:
            if log.control[0] and (timeout is None or timeout > 0):
                me = gates.worker()
                if me is not None:
                    me.leave("select", loops.number_of(loop), 0, "" if timeout is None else "timeout")
                    me.busy = False
            began = clock.real()
            events = select_now(timeout)
            clock.passes(timeout if not events and timeout is not None else clock.real() - began)
            return _unqueued(events, loop._ready.copy()) if events and loop._ready else events
        except BaseException as error:
            hide(error)
            raise

    loops.place_of(loop).queues = False
    watched._concviz = watched._concviz_held = True  # type: ignore[attr-defined]  # (taken off by ``loops_idle``)
    selector.select = watched


def _goes_on(loop):
    """A loop runs again whose clock stands still: time passes where it idles before its first handle, too."""
    if log.control[0] and isinstance(vars(loop).get("time"), hold_clock.Clock):
        _watch_selector(loop)


def _hook(asyncio):
    global _task_types, _seen
    loops.begins = _goes_on
    _task_types = tuple(dict.fromkeys((asyncio.tasks.Task, asyncio.tasks._PyTask)))
    hold_clock.ordinary_time = asyncio.base_events.BaseEventLoop.time
    events = asyncio.events
    for cls in dict.fromkeys((*events.Handle.__mro__, *events.TimerHandle.__mro__)):
        run = vars(cls).get("_run")
        if run is not None:
            _ungated[cls] = run
            _gates.put(cls, "_run", _gated(run))
    _seen = tasks_handles.is_in_place(asyncio.base_events.BaseEventLoop)
    if not log.control[0]:
        _rest()


def install():
    """Put the gate in place as soon as the program has imported asyncio, in front of what observes it."""
    when_imported("asyncio", _hook)
