"""Observe asyncio: task births, steps, wake-ups and loops, by replacing a handful of its functions."""

from __future__ import annotations

import functools
import sys

from . import await_site, imports, log, loops, tasks_created, tasks_handles, tasks_steps
from .patches import Patches
from .running import places

_patches = Patches("asyncio")


def install():
    """Patch asyncio (and uvloop) as soon as the program has imported it."""
    imports.when_imported("asyncio", _install)
    imports.when_imported("uvloop", _install_uvloop)


def _install(asyncio):
    try:
        _patch_handles(asyncio)
        _patch_births(asyncio)
        _patch_loops(asyncio)
    except Exception:
        _failed()
        log.hook_failed("asyncio")


def _install_uvloop(uvloop):
    from . import loops_uvloop

    loops_uvloop.install(uvloop, _task_types(sys.modules["asyncio"]))


def _task_types(asyncio):
    """The C class of tasks, and the Python one."""
    return tuple(dict.fromkeys((asyncio.tasks.Task, asyncio.tasks._PyTask)))


def _failed():
    """Switch the hook off, inside an ``except``: from here on no thread is known to make a step."""
    _patches.failed()
    if _patches._done:  # it goes on, where it was none of its failures
        return
    for ident in list(places):
        place = places.pop(ident, None)
        try:
            place.queues = False  # nobody tells any more whether a callback runs
            log.begin_step(0, 0, (0, place.words))
        except Exception:  # it may be what has failed
            pass


def _patch_handles(asyncio):
    events = asyncio.events
    for base, at, by in (
        (events.Handle, 0, 0), (events.TimerHandle, 0, tasks_handles.TIMER),
    ):  # a timer's time of creation isn't the time since when it is ready
        _patches.put(base, "_concviz_at", at)
        _patches.put(base, "_concviz_by", by)
    loop_class, handle = asyncio.base_events.BaseEventLoop, events.Handle
    run = tasks_steps.observed(
        handle._run, _task_types(asyncio), asyncio.Future, events.TimerHandle, _failed
    )
    _patches.put(handle, "_run", functools.wraps(handle._run)(run))
    known = tasks_handles.is_known(handle, loop_class)
    for name in ("_ThreadSafeHandle", "Handle"):
        if hasattr(events, name):
            _patches.put(events, name, tasks_handles.handle_class(getattr(events, name)))
    if known:
        call_soon = tasks_handles.call_soon(loop_class.call_soon, handle, events.Handle, _failed)
        _patches.put(loop_class, "call_soon", call_soon)
        _patches.put(loop_class, "set_debug", tasks_handles.set_debug(loop_class.set_debug))


def _patch_births(asyncio):
    loop_class = asyncio.base_events.BaseEventLoop
    _patches.put(loop_class, "create_task", tasks_created.observed(loop_class.create_task, _failed))
    wrap_future = tasks_created.executor_future(asyncio.futures.wrap_future, _failed)
    _patches.put(asyncio.futures, "wrap_future", wrap_future)
    _patches.put(asyncio, "wrap_future", wrap_future)


def _patch_loops(asyncio):
    loop_class = asyncio.base_events.BaseEventLoop
    _patches.put(loop_class, "_concviz", None)
    _patches.put(loop_class, "run_forever", loops.observed(loop_class.run_forever, tasks_handles.is_ordinary))
    selector_events = getattr(asyncio, "selector_events", None)
    if selector_events is not None:
        loop_class = selector_events.BaseSelectorEventLoop
        for name in ("_add_reader", "_add_writer"):
            _patches.put(loop_class, name, loops.observed_io(getattr(loop_class, name)))


def after_fork():
    """In a forked child: numbers start over, what lives on is registered again when it runs."""
    loops.after_fork()
    await_site.forget()
