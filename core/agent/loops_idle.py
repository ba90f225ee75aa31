"""How long an event loop idles in its selector: told by an attribute of that very selector.

A loop idles as often as its tasks take turns, so what is done here is done in few frames. Handles of those
who wait to read are put into the ready queue as they are found, for which asyncio makes two calls more.
"""

from __future__ import annotations

import functools
import select as _select
import sys
from math import ceil
from time import perf_counter_ns as now

from . import frames, log
from . import layout as L
from .blame import pass_on
from .tasks_handles import refers_to
from .waits import LEAST_NS, hide

_SELECT = L.OP_LOOP_SELECT
_pack = L.BLOCK_RECORD.pack_into
_EPOLLIN, _EPOLLOUT = getattr(_select, "EPOLLIN", 1), getattr(_select, "EPOLLOUT", 4)
_READ, _WRITE = 1, 2  # selectors.EVENT_READ, EVENT_WRITE

arm = None  # type: ignore[var-annotated]  # to be called when the program is held, where it may be


def watch(loop, place, place_of):
    """Write when ``loop`` idles, from now on.

    Args:
        place: where it runs. place_of: function of the loop: its place in a forked child.
    """
    selector = getattr(loop, "_selector", None)
    if not hasattr(selector, "__dict__") or "select" in selector.__dict__:
        return
    function = type(selector).select
    plain = getattr(function, "__wrapped__", function)  # not through the hook of threads
    select = _epoll(selector, plain, loop, place) or plain.__get__(selector)

    # As ``waits.enter`` and ``waits.leave``, in one frame.
    @functools.wraps(function)
    def idle(timeout=None):
        nonlocal place
        try:
            if timeout is not None and timeout <= 0:
                if arm is not None and log.control[0]:
                    arm()
                place.awake = 0
                return select(timeout)
            try:
                words = place.words
                words[3] = _SELECT
                t0 = words[2] = now()
            except TypeError:  # no words any more: the loop goes on in a forked child
                place = _in_child(loop, place, place_of)
                return select(timeout)
            try:
                return select(timeout)
            finally:
                place.awake = t1 = now()
                if arm is not None and log.control[0]:
                    arm()
                waited = t1 - t0
                if waited < LEAST_NS:
                    words[2] = 0
                else:
                    at = None
                    try:
                        at = next(log.offsets)
                        _pack(log.m, at, t0, waited, place.block, _SELECT << 32, place.loop, at)
                    except log.UNPACKED:  # the log is at its end, or gone
                        log.emit_slowly(at, t0, waited, place.block, 0, _SELECT, place.loop, 0, 0)
        except BaseException as error:
            hide(error)
            raise

    idle._concviz = True  # type: ignore[attr-defined]
    selector.select = idle


def unwatch(loop):
    """Leave the loop's selector as it was."""
    selector = getattr(loop, "_selector", None)
    if hasattr(getattr(selector, "__dict__", {}).get("select"), "_concviz"):
        del selector.select


def _in_child(loop, place, place_of):
    try:
        return place_of(loop)
    except Exception as error:
        pass_on(error)
        return place


# What ``EpollSelector.select`` refers to where ours does the same: CPython 3.9 to 3.12, and since.
_NAMES = (
    "math ceil max len _fd_to_key _selector poll InterruptedError select EPOLLIN EVENT_WRITE EPOLLOUT "
    "EVENT_READ _key_from_fd append events",
    "math ceil len _fd_to_key _selector poll InterruptedError get _NOT_EPOLLIN EVENT_WRITE _NOT_EPOLLOUT "
    "EVENT_READ append events",
)
# The same of a loop's methods that come to a handle from what was found, since CPython 3.10. (3.9, where
# ``_add_callback`` is another, keeps what was found, and with it the handles, while it calls them.)
_QUEUE = {
    "_process_events": (
        "fileobj data selectors EVENT_READ _cancelled _remove_reader _add_callback EVENT_WRITE _remove_writer"
    ),
    "_add_callback": "_cancelled _ready append",
}


def _epoll(selector, function, loop, place):
    """``function``, the ``select`` of an epoll selector, for ``loop``; None where the selector is another.

    Args:
        place: where the loop runs.
    """
    try:
        if type(selector).__module__ != "selectors" or not any(refers_to(function, n) for n in _NAMES):
            return None
        keys = selector._fd_to_key
        key_of, poll = keys.get, selector._selector.poll
        line = _line_of_poll(function)
        place.queues = _queues_as_we_do(loop)
    except Exception as error:
        pass_on(error)
        return None

    def select(timeout=None):
        if timeout is None:
            timeout = -1
        elif timeout <= 0:
            timeout = 0
        else:
            timeout = ceil(timeout * 1e3) * 1e-3
        ready = []
        try:
            found = poll(timeout, len(keys) or 1)
        except InterruptedError:
            return ready
        # (A callback that asks the selector wants to be told.)
        queue = loop._ready if place.queues and place.mark is place.between else None
        for fd, event in found:
            key = key_of(fd)
            if key:
                if event == _EPOLLIN:
                    if queue is not None:
                        try:
                            handle = key.data[0]
                            if not handle._cancelled:
                                queue.append(handle)
                                continue
                        except (AttributeError, TypeError, LookupError):  # it is not the loop's
                            pass
                    events = _READ
                else:
                    events = (event & ~_EPOLLIN and _WRITE) | (event & ~_EPOLLOUT and _READ)
                queue = None  # those behind it come after it
                ready.append((key, events & key.events))
        return ready

    return frames.like(select, function, line)


def _queues_as_we_do(loop):
    """Whether a loop's own methods would queue what was found as we do."""
    run_once = type(loop)._run_once
    return (
        run_once.__module__ == "asyncio.base_events"
        and " _selector select _process_events " in " ".join(run_once.__code__.co_names)
        and all(refers_to(getattr(type(loop), name), names) for name, names in _QUEUE.items())
        # (To look into its ``__dict__`` would slow every use of its attributes from then on: 3.11 and 3.12.)
        and all(getattr(loop, name).__func__ is getattr(type(loop), name) for name in ("_run_once", *_QUEUE))
    )


def _line_of_poll(function):
    """The line of an epoll selector's ``select`` in which it waits."""

    class Asks:
        _fd_to_key = ()

        @property
        def _selector(self):
            return self

        def poll(self, timeout, most):
            self.line = sys._getframe(1).f_lineno
            return ()

    asks = Asks()
    function(asks, 0)
    return asks.line
