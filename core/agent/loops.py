"""Event loops: which thread runs which loop, for how long, and when it idles in its selector."""

from __future__ import annotations

import functools
from _thread import get_ident
from itertools import count

from . import layout as L
from . import log, loops_idle, running, tasks_handles
from .blame import pass_on
from .running import Place, places

_IO = L.REF_IO << L.REF_SHIFT
_NUMBER = (1 << L.REF_SHIFT) - 1
_next = count(1).__next__
_live: dict = {}  # Place -> the loop that runs there
begins = None  # type: ignore[var-annotated]  # to be called with a loop that begins to run, where it may be held


def number_of(loop):
    """The loop's number in this process's log."""
    known = getattr(loop, "_concviz_loop", None)
    if known is None or known[0] != running.generation:
        known = loop._concviz_loop = (running.generation, _next())
    return known[1]


def place_of(loop):
    """The place of the calling thread, in which ``loop`` runs."""
    ident, number = get_ident(), number_of(loop)
    place = places.get(ident)
    if place is None or place.loop != number:
        kt, words, block = log.thread()
        place = places[ident] = Place(ident, number, L.STEP | kt, block, words, kt >> L.THREAD_SHIFT)
    return place


def kind_of(loop):
    """What to call a loop: the package it comes from, with what can't be seen of it."""
    package = type(loop).__module__.partition(".")[0]
    return "uvloop: idle time can't be seen" if package == "uvloop" else package


def observed(run_forever, is_ordinary):
    """``run_forever`` with its thread's place kept while it runs, and its records written.

    ``is_ordinary(type(loop))``: whether the loop may know its place, which makes its ``call_soon`` fast.
    """

    @functools.wraps(run_forever)
    def wrapper(self):
        try:
            outer = _enter(self, is_ordinary(type(self)))
        except Exception as error:
            pass_on(error)
            log.hook_failed("asyncio loop")
            return run_forever(self)
        try:
            return run_forever(self)
        except BaseException as error:  # KeyboardInterrupt or SystemExit, without our frame on its way
            error.__traceback__ = error.__traceback__.tb_next
            raise
        finally:
            _leave(self, outer)

    return wrapper


def _enter(loop, is_ordinary):
    """The loop begins: what was going on in this thread (a step that runs a loop of its own) is returned."""
    before = places.get(get_ident())
    doing = None
    if before is not None:
        doing = before.mark, before.mark.ref, before.words[L.STEP_T0]
    place = place_of(loop)
    loop._concviz = place if is_ordinary and not loop.get_debug() else None
    _live[place] = loop
    place.runs(_IO)  # before its first callback it is the selector that acts
    kind = log.text(kind_of(loop))
    t0 = log.now()
    log.emit(t0, 0, L.LOOP_BORN | log.thread()[0], place.loop, kind, 0, 0, 0)
    loops_idle.watch(loop, place, place_of)
    if begins is not None:
        begins(loop)
    return before, doing, t0, kind, place


def _leave(loop, outer):
    """The loop has returned: its record; what was going on before goes on."""
    try:
        before, doing, t0, kind, place = outer
        if place is not before:
            loops_idle.unwatch(loop)
        kt = log.thread()[0]
        log.emit(t0, log.now() - t0, L.LOOP_RUN | kt, place.loop, kind, 0, 0, 0)
        if place is not before:  # else it ran inside itself, and goes on
            loop._concviz = place.words = None
            place.mark = place.other  # which keeps nothing alive
            _live.pop(place, None)
            places.pop(place.ident, None)
        if before is not None and before.words is not None:
            places[place.ident] = before
            mark, cause, step_t0 = doing
            before.mark, mark.ref = mark, cause
            if mark.number:
                log.begin_step(step_t0, mark.number, (0, before.words))
    except Exception as error:
        pass_on(error)
        log.hook_failed("asyncio loop")


def observed_io(add):
    """``_add_reader`` or ``_add_writer``: the handle it makes is run as an effect of the file descriptor."""

    @functools.wraps(add)
    def wrapper(self, fd, callback, *args):
        try:
            handle = add(self, fd, callback, *args)
        except BaseException as error:
            error.__traceback__ = error.__traceback__.tb_next
            raise
        try:
            handle._concviz_by = _IO | (fd if isinstance(fd, int) else fd.fileno()) & _NUMBER
            handle._concviz_at = 0  # it runs many times: when it was made says nothing
            tasks_handles.alike(handle)
        except Exception as error:  # a loop of somebody else's whose handles are not ours
            pass_on(error)
        return handle

    return wrapper


def after_fork():
    """In a forked child: a loop that goes on here is registered anew when it runs its next handle."""
    running.generation += 1
    for loop in _live.values():
        loop._concviz = None
    for place in (*_live, *places.values()):
        place.words = None
    _live.clear()
    places.clear()
