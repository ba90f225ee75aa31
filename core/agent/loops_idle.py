"""How long an event loop idles in its selector: told by an attribute of that very selector.

A loop idles as often as its tasks take turns, so what is done here is done in few frames.
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
    select = _epoll(selector, plain) or plain.__get__(selector)

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


# What ``EpollSelector.select`` refers to where ``_epoll`` does the same: CPython 3.9 to 3.12 agree on it.
_NAMES = (
    "math ceil max len _fd_to_key _selector poll InterruptedError select EPOLLIN EVENT_WRITE EPOLLOUT "
    "EVENT_READ _key_from_fd append events"
)


def _epoll(selector, function):
    """``function``, the ``select`` of an epoll selector, in fewer calls, which pays for part of what we cost.

    None where the selector is another, or not known.
    """
    code = getattr(function, "__code__", None)
    try:
        if " ".join(code.co_names) != _NAMES or type(selector).__module__ != "selectors":
            return None
        keys = selector._fd_to_key
        key_of, poll = keys.get, selector._selector.poll
        line = _line_of_poll(function)
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
        for fd, event in found:
            key = key_of(fd)
            if key:
                if event == _EPOLLIN:
                    events = _READ
                else:
                    events = (event & ~_EPOLLIN and _WRITE) | (event & ~_EPOLLOUT and _READ)
                ready.append((key, events & key.events))
        return ready

    return frames.like(select, function, line)


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
