"""uvloop while held: its loop is compiled and picks its callbacks itself; each waits for a turn.

It has no list of what is ready that could be shown, and no clock that could be stopped.
"""

from __future__ import annotations

from . import gates, gates_process, gates_worker, hold_tasks, log, loops, tasks_steps
from .imports import when_imported

_FIXED = 1  # FLAGS: the order of this loop's handles cannot be changed


def _held_begin(begin):
    """``tasks_steps.begin``, which uvloop's callbacks (and no handles) ask before they run."""

    def held_begin(handle, task_types):
        if log.control[0] and not hasattr(handle, "_run"):
            _wait(handle)
        return begin(handle, task_types)

    return held_begin


def _wait(handle):
    me = gates.worker()
    if me is None:
        return
    me.parks()
    try:
        me.lists += 1
        me.say("loop", loops.number_of(handle._loop), _FIXED, hold_tasks._item(0, handle))
        me.line.answer()
    except BaseException as error:
        gates_worker.failed(me, error)
    finally:
        me.goes()


def _hook(uvloop):
    tasks_steps.begin = _held_begin(tasks_steps.begin)
    gates_process.cannot("uvloop")


def install():
    """Hook what observes uvloop as soon as the program imports that."""
    when_imported("uvloop", _hook)
