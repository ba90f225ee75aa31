"""Where a worker stands, as a number: a line of the user's own code and the library call it is inside of.

A code object is looked at once; sites are kept by ``id(code)`` (the code is kept alive) and instruction
offset, because hashing a code object costs thousands of instructions on 3.12 and 3.13.
"""

from __future__ import annotations

import os
import sys

from . import log
from .blame import pass_on
from .layout import CALL_SHIFT, SITE_LIBRARY

USER, LIBRARY, UNSEEN = 0, 1, 2  # UNSEEN: our wrappers, and how every thread or module begins

_getframe = sys._getframe
_here = os.path.abspath(sys.modules[__package__].__path__[0]) + os.sep
# The experiments are a user's own programs, wherever they are installed.
_lab = os.path.join(os.path.dirname(os.path.dirname(_here)), "lab", "")


def _library_roots():
    """Folders whose code is not the user's own: the standard library and installed packages."""
    roots = {os.path.dirname(os.path.abspath(os.__file__))}
    for path in sys.path:
        base = os.path.basename(path.rstrip(os.sep))
        if base in ("site-packages", "dist-packages", "lib-dynload"):
            roots.add(os.path.abspath(path))
    return tuple(r + os.sep for r in roots)


_roots = _library_roots()
_threading = os.path.dirname(os.path.abspath(os.__file__)) + os.sep + "threading.py"
_runpy = os.sep + "runpy.py"  # (at the very end ``os`` is emptied before we are asked for the last time)
_BEGINNINGS = ("_bootstrap", "_bootstrap_inner", "run")
_whose: dict = {}  # id(code) -> USER, LIBRARY or UNSEEN
_keep: list = []  # codes whose ids are keys here
_sites: dict = {}  # (id(user code), instruction, id(call code), instruction) -> number
_calls: list = []  # tables of ``calls``
_places: dict = {}  # third word of a thread's records -> (id(code), instruction) that waits -> see ``recall``
direct: dict = {}  # (id(user code), instruction) -> number, where the user's line itself blocks


def whose(code):
    """USER for the user's own code; LIBRARY for stdlib, site-packages, frozen; UNSEEN for frames to skip."""
    known = _whose.get(id(code))
    if known is None:
        _keep.append(code)
        known = _whose[id(code)] = _look_at(code)
    return known


def _look_at(code):
    name = code.co_filename
    if name.startswith(_here):
        return UNSEEN
    if name == _threading and code.co_name in _BEGINNINGS and "finished" not in code.co_names:
        return UNSEEN  # (Timer.run, which waits, is kept)
    if name == "<frozen runpy>" or name.endswith(_runpy):
        return UNSEEN
    if name.startswith(_lab):
        return USER
    if name.startswith(_roots) or "site-packages" in name or "dist-packages" in name:
        return LIBRARY
    return LIBRARY if name.startswith("<") and name not in ("<string>", "<stdin>") else USER


def is_library(code):
    """True when ``code`` is not the user's own: stdlib, site-packages, frozen, or the agent's."""
    return whose(code) != USER


def intern(frame, inner=None, innermost=None):
    """Number of the site at ``frame``.

    Args:
        inner: the library frame the user's line has called, if any. innermost: the call below it that blocks,
            if it is another one.
    """
    code = frame.f_code
    if inner is None:
        key = (id(code), frame.f_lasti, 0, 0)
    elif innermost is None:
        key = (id(code), frame.f_lasti, id(inner.f_code), inner.f_lasti)
    else:
        key = (id(code), frame.f_lasti, id(inner.f_code), inner.f_lasti, id(innermost.f_code))
    n = _sites.get(key)
    if n is None:
        call = 0
        for below in (innermost, inner):
            if below is not None:
                call = _place(below, call)
        n = _sites[key] = _place(frame, call)
    return n


def _place(frame, call=0):
    code = frame.f_code
    flags = SITE_LIBRARY if is_library(code) else 0
    _keep.append(code)
    return log.site(code.co_filename, frame.f_lineno, _qualified(frame), call, flags)


def _qualified(frame):
    """Qualified name of the function; before 3.11 found through the class of its first argument."""
    code = frame.f_code
    name = getattr(code, "co_qualname", None)
    if name is not None:
        return name
    name = code.co_name
    try:
        first = frame.f_locals[code.co_varnames[0]] if code.co_argcount else None
        for cls in (first if isinstance(first, type) else type(first)).__mro__:
            own = cls.__dict__.get(name)
            own = getattr(own, "__func__", own)
            if getattr(getattr(own, "__wrapped__", own), "__code__", None) is code:
                return cls.__qualname__ + "." + name
    except Exception as error:
        pass_on(error)
    return name


def of(frame):
    """Site of a call made by ``frame``: the nearest frame of the user's own, and the call it made.

    The reason of a wait follows from the chain (``queue.Queue.get`` above a lock's acquire is a queue),
    so the call kept is the outermost library function: the one the user's line names. Below it stands the
    one that blocks, which tells a wait for a signal from one for a turn. Where there is no
    user's frame at all (a pool's idle thread) the outermost library frame takes its place.
    """
    try:
        return direct.get((id(frame.f_code), frame.f_lasti)) or walk(frame)
    except Exception as error:
        pass_on(error)
        return 0


def walk(frame):
    """``of``, for a line that has not blocked by itself before; may raise."""
    outer, inner, _, _, innermost = _ends(frame)
    return _site(outer, inner, innermost)


def _ends(frame):
    """The frames that make a site, None where there is none, and how far from ``frame`` the outer two are.

    That is the user's, the outermost library frame it has called, and, at the end, the call by which the
    innermost module was entered (a semaphore blocks in its condition).
    """
    away = inner_away = before_away = 0
    near = True  # still in the innermost module
    inner = before = first = None  # the outermost library frame so far, the one it called, the last one
    known = _whose.get
    while frame is not None:
        code = frame.f_code
        kind = known(id(code))
        if kind is None:
            kind = whose(code)
        if kind == USER:
            return frame, inner, away, inner_away, first if first is not inner else None
        if kind == LIBRARY:
            before, before_away, inner, inner_away = inner, inner_away, frame, away
            if first is None or (near and code.co_filename == first.f_code.co_filename):
                first = frame
            else:
                near = False
        frame = frame.f_back
        away += 1
    return inner, before, inner_away, before_away, first if first is not before is not None else None


def _site(outer, inner, innermost):
    if outer is None:
        return 0
    n = intern(outer, inner, innermost)
    if inner is None and not is_library(outer.f_code):
        direct[id(outer.f_code), outer.f_lasti] = n
    return n


def recall(frame, key, thread):
    """``walk``, for whom the library makes wait again and again, in a pool's thread perhaps.

    The two frames that make the site are looked at where they were the last time: as far away, each at the
    same instruction? Then the library has come here by the same way.

    Args:
        key: (id(code), instruction) of the frame. thread: the third word of the thread's records.
    """
    try:
        place = _places[thread].get(key)
    except KeyError:
        place = _places.setdefault(thread, {}).get(key)
    if place is not None:
        away, code, at, inner_away, inner_code, inner_at, site = place
        try:
            outer, inner = _getframe(away), _getframe(inner_away)
            if outer.f_code is code and outer.f_lasti == at and (
                inner.f_code is inner_code and inner.f_lasti == inner_at
            ):
                return site
        except ValueError as error:  # the stack is not as deep as that
            pass_on(error)
    outer, inner, away, inner_away, innermost = _ends(frame)
    site = _site(outer, inner, innermost)
    if inner is not None:
        hooks, ours = 0, _getframe()
        while ours is not frame:
            hooks, ours = hooks + 1, ours.f_back
        _places[thread][key] = (
            hooks + away, outer.f_code, outer.f_lasti, hooks + inner_away, inner.f_code, inner.f_lasti, site,
        )
    return site


def forget(thread):
    """A thread has ended, to whose places ``recall`` does not come again."""
    _places.pop(thread, None)


def calls(operation):
    """A table for the calls of one blocking operation, by the caller's instruction, and what fills it.

    It holds (code, word for the register, word for the record): one comparison with the caller's code is
    cheaper than a key made of both. Only a line of the user's own is kept; elsewhere the site depends on
    the callers. What fills it may raise.
    """
    table: dict = {}
    _calls.append(table)

    def look(frame):
        code = frame.f_code
        site = direct.get((id(code), frame.f_lasti)) or walk(frame)
        known = code, site << CALL_SHIFT | operation, operation << 32 | site
        if direct.get((id(code), frame.f_lasti)) == site:
            table[frame.f_lasti] = known
        return known

    return table, look


def caller(depth=2):
    """Site of whoever called the hook; ``depth``: agent frames between this function and the caller."""
    return of(sys._getframe(depth))


def after_fork():
    """A forked child's log knows none of the parent's sites: number them again."""
    _sites.clear()
    direct.clear()
    _places.clear()
    for table in _calls:
        table.clear()
